package serve_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/offmirror/offmirror/layout/serve"
)

func TestMadeAnswersHaveAnETagAndAreNotKept(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serve.Made(w, r, "application/json", []byte(`{"a": 1}`))
	})
	ask := func(method, etag string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "/list.json", nil)
		r.Header.Set("If-None-Match", etag)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	first := ask(http.MethodGet, "")
	etag := first.Header().Get("ETag")
	if first.Code != http.StatusOK || first.Body.String() != `{"a": 1}` || etag == "" ||
		first.Header().Get("Cache-Control") != "no-cache" || first.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%d %v %s", first.Code, first.Header(), first.Body)
	}
	if again := ask(http.MethodGet, etag); again.Code != http.StatusNotModified {
		t.Errorf("with its ETag: %d", again.Code)
	}
	if head := ask(http.MethodHead, ""); head.Header().Get("Content-Length") != "8" || head.Body.Len() != 0 {
		t.Errorf("HEAD: %v, %d bytes", head.Header(), head.Body.Len())
	}
}
