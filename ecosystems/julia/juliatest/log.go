package juliatest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Request is one request that an [Upstream] answered.
type Request struct {
	Method string
	Path   string // without the leading slash
	Query  string
	Host   string
	Header http.Header
	Status int   // of the answer
	Bytes  int64 // of the answer's body
	CDN    bool  // it came to [Upstream.CDN]
}

// Conditional reports whether the request carried a validator.
func (r Request) Conditional() bool {
	return r.Header.Get("If-None-Match") != "" || r.Header.Get("If-Modified-Since") != ""
}

func (u *Upstream) record(req *http.Request, w *countingWriter, cdn bool) {
	r := Request{
		Method: req.Method, Path: strings.TrimPrefix(req.URL.Path, "/"), Query: req.URL.RawQuery, Host: req.Host,
		Header: req.Header.Clone(), Status: w.status, Bytes: w.bytes, CDN: cdn,
	}
	u.logMu.Lock()
	defer u.logMu.Unlock()
	u.log = append(u.log, r)
}

// Requests returns what was asked since the beginning or [Upstream.ResetLog], in
// the order in which the answers ended. A client that has read an answer to its end
// finds it here.
func (u *Upstream) Requests() []Request {
	u.logMu.Lock()
	defer u.logMu.Unlock()
	return slices.Clone(u.log)
}

// Count returns how many requests were made for paths that begin with prefix.
func (u *Upstream) Count(prefix string) int {
	n := 0
	for _, r := range u.Requests() {
		if strings.HasPrefix(r.Path, prefix) {
			n++
		}
	}
	return n
}

// ResetLog forgets what was asked.
func (u *Upstream) ResetLog() {
	u.logMu.Lock()
	defer u.logMu.Unlock()
	u.log = nil
}

// Intercept lets f answer requests: where it returns true, it has. It may also
// wait, or panic with http.ErrAbortHandler to break the connection. A nil f ends it.
func (u *Upstream) Intercept(f func(http.ResponseWriter, *http.Request) bool) {
	u.logMu.Lock()
	defer u.logMu.Unlock()
	u.intercept = f
}

func (u *Upstream) interceptor() func(http.ResponseWriter, *http.Request) bool {
	u.logMu.Lock()
	defer u.logMu.Unlock()
	return u.intercept
}

// countingWriter notes what was answered.
type countingWriter struct {
	http.ResponseWriter
	status int
	bytes  int64
	record func() // to be called before the client can know that the answer has ended
}

func (w *countingWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *countingWriter) Write(p []byte) (int, error) {
	w.bytes += int64(len(p))
	if w.Header().Get("Content-Length") == strconv.FormatInt(w.bytes, 10) {
		w.record()
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets an intercept use http.ResponseController.
func (w *countingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
