package mirror_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve"
)

// served is a toy whose files are served.
type served struct{ *toy }

func (served) Serve(view layout.View) http.Handler { return serve.Static(view, serve.AlwaysRevalidate) }

func TestHandlerServesWhatHasADriver(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	w.mustSync()
	get := func(h http.Handler, path string) (int, string) {
		r := httptest.NewRecorder()
		h.ServeHTTP(r, httptest.NewRequest(http.MethodGet, path, nil))
		body, _ := io.ReadAll(r.Body)
		return r.Code, string(body)
	}
	h := w.mirror().Handler(map[string]ecosystems.Driver{"toy": served{w.driver}})
	if code, body := get(h, "/toy/a"); code != http.StatusOK || body != "alpha" {
		t.Errorf("%d %q", code, body)
	}
	if code, _ := get(w.mirror().Handler(nil), "/toy/a"); code != http.StatusNotFound {
		t.Errorf("without a driver: %d", code)
	}
}

func TestLockIsTheOneOfSyncs(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	unlock, err := w.mirror().Lock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.sync(ecosystems.Selection{}); err == nil || !strings.Contains(err.Error(), "pid") {
		t.Errorf("sync beside a lock: %v", err)
	}
	unlock()
	w.mustSync()
}
