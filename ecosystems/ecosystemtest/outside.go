package ecosystemtest

import (
	"io"
	"iter"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/layout"
)

func checkProof(t *testing.T, s Suite) {
	_, root, driver := s.synced(t)
	for _, d := range root.Verify(driver) {
		t.Errorf("%s: %s", d.Path, d.Error)
	}
	prover, ok := driver.(ecosystems.Prover)
	if !ok {
		return
	}
	root.Current(func(v layout.View) {
		failed := false
		for range prover.Prove(t.Context(), swapped{v}) {
			failed = true
			break
		}
		if !failed {
			t.Error("a snapshot with other objects in the place of its own passes the proof")
		}
	})
}

// swapped is a snapshot in which every file holds the bytes of another one.
type swapped struct{ layout.View }

func (v swapped) Lookup(path string) (layout.Entry, bool) {
	e, ok := v.View.Lookup(path)
	return v.swap(e), ok
}

func (v swapped) All(prefix string) iter.Seq[layout.Entry] {
	return func(yield func(layout.Entry) bool) {
		for e := range v.View.All(prefix) {
			if !yield(v.swap(e)) {
				return
			}
		}
	}
}

func (v swapped) swap(e layout.Entry) layout.Entry {
	if e.IsLink() {
		return e
	}
	for other := range v.View.All("") {
		if !other.IsLink() && other.Object != e.Object {
			e.Object, e.Size = other.Object, other.Size
			break
		}
	}
	return e
}

func checkServing(t *testing.T, s Suite) {
	_, root, driver := s.synced(t)
	root.Current(func(v layout.View) {
		h := driver.Serve(v)
		for e := range v.All("") {
			got := get(t, h, "/"+e.Path, nil)
			file, ok := layout.Follow(v, e.Path)
			if !ok { // a link to a folder
				if got.Code != http.StatusNotFound {
					t.Errorf("GET /%s, a link to %s: %d, want 404", e.Path, e.Link, got.Code)
				}
				continue
			}
			e.Object, e.Size = file.Object, file.Size // the answer is that of the file
			if got.Code != http.StatusOK || int64(got.Body.Len()) != e.Size && !slices.Contains(s.ForClient, e.Path) {
				t.Errorf("GET /%s: %d with %d bytes, want %d", e.Path, got.Code, got.Body.Len(), e.Size)
			}
			checkHeaders(t, h, e, got)
		}
		for _, path := range []string{"/no-such-file", "/../etc/passwd", "/%2e%2e/etc/passwd", "/a\x00b", "/" + strings.Repeat("a/", 2000)} {
			if got := get(t, h, path, nil); got.Code != http.StatusNotFound || got.Body.Len() > 1<<10 {
				t.Errorf("GET %.60q: %d with %d bytes, want a small 404", path, got.Code, got.Body.Len())
			}
		}
	})
}

func checkHeaders(t *testing.T, h http.Handler, e layout.Entry, got *httptest.ResponseRecorder) {
	etag := got.Header().Get("ETag")
	if etag == "" || strings.HasPrefix(etag, "W/") {
		t.Errorf("/%s: ETag %q, want a strong one", e.Path, etag)
	}
	if c := got.Header().Get("Content-Encoding"); c != "" {
		t.Errorf("/%s: Content-Encoding %q on a mirrored file", e.Path, c)
	}
	if got := get(t, h, "/"+e.Path, http.Header{"If-None-Match": {etag}}); got.Code != http.StatusNotModified {
		t.Errorf("/%s with its own ETag: %d, want 304", e.Path, got.Code)
	}
	if got := get(t, h, "//"+e.Path, nil); got.Code != http.StatusOK {
		t.Errorf("//%s: %d, want the file without a redirect", e.Path, got.Code)
	}
}

func get(t *testing.T, h http.Handler, path string, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.URL.Path, r.RequestURI = path, path
	maps.Copy(r.Header, header)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	_, _ = io.Copy(io.Discard, w.Result().Body)
	return w
}

func checkClients(t *testing.T, s Suite) {
	const url = "http://mirror.example:8000/x"
	u := s.Upstream(t)
	guides := s.driver(t, u).Clients(url)
	if len(guides) == 0 {
		t.Fatal("no client is told anything")
	}
	named := false
	for _, g := range guides {
		if g.Client == "" || len(g.Steps) == 0 {
			t.Errorf("client %q has %d steps", g.Client, len(g.Steps))
		}
		for _, step := range g.Steps {
			if step.Text == "" || strings.Contains(step.Text, "\n") {
				t.Errorf("%s: text %q, want one line", g.Client, step.Text)
			}
			if strings.Contains(step.Code, url+"//") {
				t.Errorf("%s: %q doubles a slash", g.Client, step.Code)
			}
			named = named || strings.Contains(step.Code, url)
		}
	}
	if !named {
		t.Error("no step names the mirror's URL")
	}
}
