package upstreamtest

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"
)

// Answer is what a good upstream would say to a request.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // whole, whatever range was asked for
}

// good asks the base for the whole body, without conditions and ranges.
func good(base http.Handler, r *http.Request) Answer {
	whole := r.Clone(r.Context())
	if r.Method == http.MethodHead {
		whole.Method = http.MethodGet
	}
	for _, h := range []string{"Range", "If-Range", "If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since"} {
		whole.Header.Del(h)
	}
	rec := httptest.NewRecorder()
	base.ServeHTTP(rec, whole)
	a := Answer{Status: rec.Code, Header: rec.Header(), Body: rec.Body.Bytes()}
	a.Header.Del("Content-Length")
	if a.Status == http.StatusOK && a.Header.Get("ETag") == "" {
		a.Header.Set("ETag", ETagOf(a.Body))
	}
	return a
}

// ETagOf returns the strong entity tag that a body gets if its handler sets none.
func ETagOf(body []byte) string { return fmt.Sprintf(`"%x"`, sha256.Sum256(body)) }

// Exchange is one request that a [Step] answers.
type Exchange struct {
	Writer  http.ResponseWriter
	Request *http.Request
	Good    Answer
}

// Answer writes a as a good server would: conditions, ranges and HEAD included.
func (x *Exchange) Answer(a Answer) {
	maps.Copy(x.Writer.Header(), a.Header)
	if a.Status != http.StatusOK {
		x.Writer.WriteHeader(a.Status)
		if x.Request.Method != http.MethodHead {
			_, _ = x.Writer.Write(a.Body)
		}
		return
	}
	if a.Header.Get("Content-Type") == "" {
		x.Writer.Header().Set("Content-Type", "application/octet-stream")
	}
	http.ServeContent(x.Writer, x.Request, "", time.Time{}, bytes.NewReader(a.Body))
}

// Files is a base that serves fixed bodies by path. It must not be changed while
// it is served; see [Tree] for one that may.
type Files map[string][]byte

// ServeHTTP writes the body, or 404.
func (f Files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, ok := f[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write(body)
}

// Tree is a base whose files may change while it is served.
type Tree struct {
	mu    sync.RWMutex
	files Files
}

// Put adds or replaces a file; a nil body removes it.
func (t *Tree) Put(path string, body []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.files == nil {
		t.files = Files{}
	}
	if body == nil {
		delete(t.files, path)
		return
	}
	t.files[path] = body
}

// ServeHTTP writes the body, or 404.
func (t *Tree) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	t.files.ServeHTTP(w, r)
}
