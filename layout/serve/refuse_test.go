package serve

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRefuse(t *testing.T) {
	w := httptest.NewRecorder()
	w.Header().Set("Retry-After", "5")
	Refuse(w, http.StatusBadGateway, "no")
	head := expect(t, w.Result(), http.StatusBadGateway, "no\n")
	for name, want := range map[string]string{"Retry-After": "5", "Content-Length": "3", "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"} {
		if got := head.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestReason(t *testing.T) {
	if got := Reason(errors.New("a\nb\x1b[31m\x7f\tc")); got != "a b [31m  c" {
		t.Errorf("%q", got)
	}
	long := Reason(errors.New(strings.Repeat("ü", maxReason)))
	if len(long) > maxReason+5 || !strings.HasSuffix(long, " …") || !utf8.ValidString(long) {
		t.Errorf("%d bytes: %.40q", len(long), long)
	}
}
