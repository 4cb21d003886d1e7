package serve

import (
	"io"
	"io/fs"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/offmirror/offmirror/layout"
)

// A client has a minute, and a second for each of this many bytes, to take an answer.
const (
	patience   = time.Minute
	slowestBPS = 8 << 10
)

// Static answers GET and HEAD from one snapshot, as the package comment says. It
// takes the whole path of the URL for the path in the tree, and the symbolic links
// at it and on its way (see [layout.Follow]): the answer is that of the file they
// lead to, but it is never immutable, as a link may lead elsewhere tomorrow. A view
// that implements [layout.Dated] gives revalidated files their Last-Modified;
// immutable ones have the time of their object.
func Static(view layout.View, policy Policy, options ...Option) http.Handler {
	s := &static{view: view, policy: policy}
	for _, o := range options {
		o(s)
	}
	return s
}

type static struct {
	view   layout.View
	policy Policy
	types  func(path string) string // nil: all are of the default type
	zstd   func(path string) bool   // nil: there are no variants

	dated  atomic.Pointer[datedText]
	damage repeats
}

func (s *static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !readOnly(w, r) {
		return
	}
	path := NativePath(r.URL.Path)
	e, ok := layout.Follow(s.view, path)
	e, ok, varies := s.variant(path, e, ok, r.Header["Accept-Encoding"])
	if varies {
		w.Header()["Vary"] = varyByEncoding
	}
	if !ok {
		NotFound(w, r)
		return
	}
	f, err := s.view.Open(e)
	if err != nil {
		s.damage.log(e.Object, "cannot serve a damaged file; offmirror verify names all of them", "path", path, "error", err)
		Refuse(w, http.StatusInternalServerError, "this file is damaged on the mirror")
		return
	}
	defer f.Close()
	class := s.class(path, e)
	contentType := octetStream
	if t := s.contentType(e); t != octetStream[0] {
		contentType = []string{t}
	}
	if small, ok := f.(*reader); ok && serveSmall(w, r, small.smallFile, class, contentType, s.lastModified(small.smallFile, class)) {
		return
	}
	serveFile(w, r, f, e, class, contentType, s.modified(f, class))
}

// class returns the class of an answer to a request for path.
func (s *static) class(path string, e layout.Entry) Class {
	if e.Path != path && e.Path != path+ZstdSuffix { // a link was taken
		return Revalidate
	}
	return s.policy(path)
}

func (s *static) contentType(e layout.Entry) string {
	if s.types != nil {
		if t := s.types(e.Path); t != "" {
			return t
		}
	}
	return octetStream[0]
}

// lastModified is the text of what modified returns. The time of a view is the same each time.
func (s *static) lastModified(f *smallFile, class Class) []string {
	dated, ok := s.view.(layout.Dated)
	if class != Revalidate || !ok {
		return f.lastModified
	}
	return s.text(dated.Modified())
}

// text is a time as headers write it.
func (s *static) text(t time.Time) []string {
	if known := s.dated.Load(); known != nil && known.time.Equal(t) {
		return known.text
	}
	fresh := &datedText{t, []string{t.UTC().Format(http.TimeFormat)}}
	s.dated.Store(fresh)
	return fresh.text
}

// datedText is a time as headers write it.
type datedText struct {
	time time.Time
	text []string
}

// variant returns the entry that is to be answered for the one at path, which may
// not exist, and whether that depends on Accept-Encoding.
func (s *static) variant(path string, e layout.Entry, ok bool, encodings []string) (_ layout.Entry, exists, varies bool) {
	if s.zstd == nil {
		return e, ok, false
	}
	if ok {
		path = e.Path
	}
	if !s.zstd(path) {
		return e, ok, false
	}
	v, has := layout.Follow(s.view, path+ZstdSuffix)
	if !has {
		return e, ok, false
	}
	if acceptsZstd(encodings) {
		return v, true, true
	}
	return e, ok, true
}

func (s *static) modified(f layout.File, class Class) time.Time {
	if class == Revalidate {
		if dated, ok := s.view.(layout.Dated); ok {
			return dated.Modified()
		}
	}
	if small, ok := f.(*reader); ok {
		return small.modified
	}
	if file, ok := f.(interface{ Stat() (fs.FileInfo, error) }); ok {
		if info, err := file.Stat(); err == nil {
			return info.ModTime()
		}
	}
	return time.Time{}
}

func serveFile(w http.ResponseWriter, r *http.Request, f io.ReadSeeker, e layout.Entry, class Class, contentType []string, modified time.Time) {
	h := w.Header()
	h["Etag"] = []string{`"` + e.Object.String() + `"`}
	h["Content-Type"] = contentType
	h["Cache-Control"] = []string{class.cacheControl()}
	h["X-Content-Type-Options"] = nosniff
	deadline := time.Now().Add(patience + time.Duration(e.Size/slowestBPS)*time.Second)
	_ = http.NewResponseController(w).SetWriteDeadline(deadline) // what cannot, need not
	http.ServeContent(w, exactly(r, modified), "", modified, f)
}

var (
	octetStream    = []string{"application/octet-stream"}
	nosniff        = []string{"nosniff"}
	varyByEncoding = []string{"Accept-Encoding"}
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
	Refuse(w, http.StatusMethodNotAllowed, "only GET and HEAD are possible")
	return false
}
