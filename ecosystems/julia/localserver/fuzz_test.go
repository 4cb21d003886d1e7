package localserver_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/localserver"
)

// Whatever is asked for, the answer is small, and no panic; and nothing is there in a server whose only
// source is not.
func FuzzPaths(f *testing.F) {
	dir := f.TempDir()
	cfg := localserver.DefaultConfig()
	cfg.LocalRegistry = localserver.URLs{filepath.Join(dir, "nothing.git")}
	cfg.CacheDir, cfg.GitClonesDir = filepath.Join(dir, "cache"), filepath.Join(dir, "clones")
	s, err := localserver.Open(f.Context(), localserver.Options{Config: cfg, Fetch: quick(), Now: newClock().Now})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.Close() })
	for _, path := range []string{
		"/", "/meta", "/registries", "/registries.eager", "/artifact/" + strings.Repeat("0", 40), "/julia/meta", "//meta//", "/julia/../meta", "/julia",
		"/package/23338594-aafe-5451-b93e-139f81909106/" + strings.Repeat("f", 40), "/registry/../../state/lock", "/%00", "/state/objects", "/artifact/%2e%2e/x",
	} {
		f.Add(path, "GET", "bytes=0-")
		f.Add(path, "HEAD", "")
	}
	f.Fuzz(func(t *testing.T, path, method, header string) {
		r, err := http.NewRequestWithContext(t.Context(), "GET", "/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Method, r.URL = method, &url.URL{Path: path}
		r.Header = http.Header{"Range": {header}, "Julia-Registry-Preference": {header}, "Julia-Ci-Variables": {header}}
		w := httptest.NewRecorder()
		localserver.Site{Server: s}.ServeHTTP(w, r)
		isMeta := strings.Contains(path, "meta")
		if w.Code < 400 && !isMeta || w.Body.Len() > 4096 {
			t.Errorf("%s %q: %d with %d bytes", method, path, w.Code, w.Body.Len())
		}
	})
}
