package serve

import (
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/offmirror/offmirror/layout"
)

// A client has a minute, and a second for each of this many bytes, to take an answer.
const (
	patience   = time.Minute
	slowestBPS = 8 << 10
)

// Static answers GET and HEAD from one snapshot, as the package comment says. It
// takes the whole path of the URL for the path in the tree. A view that
// implements [layout.Dated] gives revalidated files their Last-Modified;
// immutable ones have the time of their object.
func Static(view layout.View, policy Policy) http.Handler {
	return &static{view, policy}
}

type static struct {
	view   layout.View
	policy Policy
}

func (s *static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !readOnly(w, r) {
		return
	}
	path := NativePath(r.URL.Path)
	e, ok := layout.Follow(s.view, path)
	if !ok {
		NotFound(w, r)
		return
	}
	f, err := s.view.Open(e)
	if err != nil {
		slog.Error("cannot serve a damaged file; offmirror verify names all of them", "path", path, "error", err)
		refuse(w, http.StatusInternalServerError, "this file is damaged on the mirror")
		return
	}
	defer f.Close()
	class := s.policy(path)
	serveFile(w, r, f, e, class, s.modified(f, class))
}

func (s *static) modified(f layout.File, class Class) time.Time {
	if class == Revalidate {
		if dated, ok := s.view.(layout.Dated); ok {
			return dated.Modified()
		}
	}
	if file, ok := f.(interface{ Stat() (fs.FileInfo, error) }); ok {
		if info, err := file.Stat(); err == nil {
			return info.ModTime()
		}
	}
	return time.Time{}
}

func serveFile(w http.ResponseWriter, r *http.Request, f io.ReadSeeker, e layout.Entry, class Class, modified time.Time) {
	h := w.Header()
	h["Etag"] = []string{`"` + e.Object.String() + `"`}
	h["Content-Type"] = octetStream
	h["Cache-Control"] = []string{class.cacheControl()}
	h["X-Content-Type-Options"] = nosniff
	deadline := time.Now().Add(patience + time.Duration(e.Size/slowestBPS)*time.Second)
	_ = http.NewResponseController(w).SetWriteDeadline(deadline) // what cannot, need not
	http.ServeContent(w, exactly(r, modified), "", modified, f)
}

var (
	octetStream = []string{"application/octet-stream"}
	nosniff     = []string{"nosniff"}
)

// exactly drops an If-Modified-Since that is not the very time of the file.
func exactly(r *http.Request, modified time.Time) *http.Request {
	since := r.Header.Get("If-Modified-Since")
	if since == "" {
		return r
	}
	if t, err := http.ParseTime(since); err == nil && t.Unix() == modified.Unix() {
		return r
	}
	r = r.WithContext(r.Context())
	r.Header = r.Header.Clone()
	r.Header.Del("If-Modified-Since")
	return r
}

// readOnly refuses what is neither GET nor HEAD.
func readOnly(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	w.Header().Set("Allow", "GET, HEAD")
	refuse(w, http.StatusMethodNotAllowed, "only GET and HEAD are possible")
	return false
}

// NotFound answers 404 with a few plain words, which some clients show.
func NotFound(w http.ResponseWriter, _ *http.Request) {
	refuse(w, http.StatusNotFound, "not found")
}

func refuse(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h["Content-Type"] = []string{"text/plain; charset=utf-8"}
	h["X-Content-Type-Options"] = nosniff
	h["Cache-Control"] = []string{"no-cache"}
	h["Content-Length"] = []string{strconv.Itoa(len(text) + 1)}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
}
