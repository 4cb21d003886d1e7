package hexpmtest

import (
	"net/http"
	"slices"
	"strings"
)

// Request is one request that an [Upstream] answered.
type Request struct {
	Method          string
	Path            string // without the leading slash, as in [Upstream.Paths]
	Status          int    // of the answer
	Bytes           int64  // of the answer's body
	IfNoneMatch     string
	IfModifiedSince string
	Range           string
	CacheControl    string
	UserAgent       string
	Authorized      bool // some Authorization was sent
}

// Conditional reports whether the request carried a validator.
func (r Request) Conditional() bool { return r.IfNoneMatch != "" || r.IfModifiedSince != "" }

func (u *Upstream) record(req *http.Request, w *countingWriter) {
	h := req.Header
	r := Request{
		Method: req.Method, Path: strings.TrimPrefix(req.URL.Path, "/"), Status: w.status, Bytes: w.bytes,
		IfNoneMatch: h.Get("If-None-Match"), IfModifiedSince: h.Get("If-Modified-Since"), Range: h.Get("Range"),
		CacheControl: h.Get("Cache-Control"), UserAgent: h.Get("User-Agent"), Authorized: h.Get("Authorization") != "",
	}
	u.logMu.Lock()
	defer u.logMu.Unlock()
	u.log = append(u.log, r)
}

// Requests returns what was asked since the beginning or [Upstream.ResetLog], in
// the order in which the answers ended.
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
