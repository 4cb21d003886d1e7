package hexpm

import (
	"net/http"
	"strings"
	"time"

	"github.com/offmirror/offmirror/layout"
)

// Serve implements [ecosystems.Driver]. Hex clients need plain files and little
// else, but that exactly: a strong ETag, without which rebar3 fails; no encoding of
// files that are gzip already, which mix would unpack twice; no redirects, least of
// all relative ones; and doubled slashes, since no client trims the mirror's URL.
func (d *driver) Serve(view layout.View) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
			return
		}
		path := strings.Join(strings.FieldsFunc(r.URL.Path, func(c rune) bool { return c == '/' }), "/")
		e, ok := view.Lookup(path)
		if !ok {
			http.Error(w, "not found", http.StatusNotFound)
			return
		}
		f, err := view.Open(e)
		if err != nil {
			http.Error(w, "the mirror lost this file", http.StatusInternalServerError)
			return
		}
		defer f.Close()
		h := w.Header()
		h.Set("ETag", `"`+e.Object.String()+`"`)
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Cache-Control", cacheControl(path))
		http.ServeContent(w, r, "", time.Time{}, f)
	})
}

// cacheControl says how long an answer may be kept. Tarballs are not called
// immutable: a release can be replaced under the same name for a while.
func cacheControl(path string) string {
	if strings.HasPrefix(path, "installs/") && !strings.Contains(path, ".csv") {
		return "public, max-age=604800, immutable"
	}
	return "public, no-cache"
}
