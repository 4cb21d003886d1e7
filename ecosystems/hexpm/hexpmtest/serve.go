package hexpmtest

import (
	"io"
	"net/http"
	"strings"
)

// ServeHTTP answers as repo.hex.pm and builds.hex.pm do.
func (u *Upstream) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	counted := &countingWriter{ResponseWriter: w, status: http.StatusOK}
	defer func() { u.record(req, counted) }() // also when an intercept aborts
	if f := u.interceptor(); f != nil && f(counted, req) {
		return
	}
	u.serve(counted, req)
}

func (u *Upstream) serve(w http.ResponseWriter, req *http.Request) {
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	path := strings.TrimPrefix(req.URL.Path, "/")
	if u.builds != "" && (strings.HasPrefix(path, "installs/") || strings.HasPrefix(path, "builds/")) {
		http.Redirect(w, req, u.builds+req.URL.EscapedPath(), http.StatusMovedPermanently)
		return
	}
	revalidate := strings.Contains(req.Header.Get("Cache-Control"), "no-cache")
	u.mu.Lock()
	allowed := u.allowed(path, req.Header.Get("Authorization"))
	var o *object
	if allowed {
		o = u.current(path, look{revalidate: revalidate})
	}
	u.mu.Unlock()
	switch {
	case !allowed:
		http.Error(w, "unauthorized", http.StatusUnauthorized)
		return
	case o == nil:
		http.Error(w, "not found", u.missing)
		return
	}
	body, done, err := o.open()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer done()
	h := w.Header()
	h.Set("ETag", o.etag)
	h.Set("Cache-Control", o.cache)
	h.Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, req, "", o.modified, body)
}

// allowed reports whether a request with that Authorization may see a path. The
// caller holds the lock.
func (u *Upstream) allowed(path, authorization string) bool {
	rest, ok := strings.CutPrefix(path, "repos/")
	if !ok {
		return true
	}
	name, rest, _ := strings.Cut(rest, "/")
	r := u.repos[name]
	if r == nil || r.token == "" || strings.TrimPrefix(authorization, "Bearer ") == r.token {
		return true
	}
	policy, ok := strings.CutPrefix(rest, "policies/")
	return ok && r.public[policy]
}

// countingWriter notes what was answered.
type countingWriter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *countingWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *countingWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// ReadFrom keeps the kernel's copy-free path from a spooled file to the socket.
func (w *countingWriter) ReadFrom(r io.Reader) (int64, error) {
	n, err := io.Copy(w.ResponseWriter, r)
	w.bytes += n
	return n, err
}

// Unwrap lets an intercept use http.ResponseController.
func (w *countingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
