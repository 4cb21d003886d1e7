package justmrtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Request is one request that a host was sent.
type Request struct {
	Host   string // URL of the host
	Method string
	Path   string // with the query
	Header http.Header
	Status int // of the answer; 0: there was none
}

// Git reports whether the request was for a git repository.
func (r Request) Git() bool { return strings.HasPrefix(r.Path, gitPrefix) }

// String returns a line such as "GET http://127.0.0.1:1234/a.tgz 200".
func (r Request) String() string {
	return fmt.Sprintf("%s %s%s %d", r.Method, r.Host, r.Path, r.Status)
}

func (u *Upstream) record(r Request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.log = append(u.log, r)
}

// Requests returns what was asked since the beginning or [Upstream.ResetLog], in the order in which the
// answers began. A client that has an answer finds it here.
func (u *Upstream) Requests() []Request {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.log)
}

// ResetLog forgets what was asked.
func (u *Upstream) ResetLog() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.log = nil
}

// noting notes a request before the client can see an answer.
type noting struct {
	http.ResponseWriter
	note func(status int) // the first call counts
}

func (w *noting) WriteHeader(status int) {
	w.note(status)
	w.ResponseWriter.WriteHeader(status)
}

func (w *noting) Write(p []byte) (int, error) {
	w.note(http.StatusOK)
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach what is beneath.
func (w *noting) Unwrap() http.ResponseWriter { return w.ResponseWriter }
