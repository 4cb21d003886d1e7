package retention

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/layout/serve"
)

// A reader who has a snapshot open gets the files that other snapshots need as well, and a plain error for those
// that are gone; nobody gets half a file.
func TestReadersOfAForgottenSnapshot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rules = Config{KeepLast: 1, Grace: day24}
	s := w.publish("hex", "only here", "everywhere")
	handler := serve.Static(s, serve.AlwaysRevalidate)
	get := func(content string) (int, string) {
		r := httptest.NewRecorder()
		path := ""
		for e := range s.All("") {
			if e.Object == idOf(content) {
				path = e.Path
			}
		}
		handler.ServeHTTP(r, httptest.NewRequest(http.MethodGet, "/"+strings.ReplaceAll(path, " ", "%20"), nil))
		return r.Code, r.Body.String()
	}
	w.now = w.now.Add(time.Hour)
	w.publish("hex", "new", "everywhere")

	w.mustCollect() // forgets
	if code, body := get("only here"); code != http.StatusOK || body != "only here" {
		t.Errorf("during the grace: %d, %q", code, body)
	}
	w.now = w.now.Add(day24)
	w.mustCollect() // removes
	code, body := get("only here")
	if code < 400 || strings.Contains(body, "only here") || strings.Count(strings.TrimSpace(body), "\n") > 0 || strings.Contains(body, w.dir) {
		t.Errorf("after it: %d, %q", code, body)
	}
	if code, body := get("everywhere"); code != http.StatusOK || body != "everywhere" {
		t.Errorf("what is needed: %d, %q", code, body)
	}
}
