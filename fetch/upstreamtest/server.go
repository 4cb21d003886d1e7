// Package upstreamtest is an HTTP server for tests that behaves like a good
// upstream until its script says otherwise.
//
// A [Server] wraps any handler, which needs to know nothing about HTTP but how
// to write a body: strong entity tags, conditional requests, ranges and HEAD
// are the Server's. [Server.Script] gives a path a list of steps, each of which
// answers one request, in order; when they are used up, the path is good again.
//
//	up := upstreamtest.New(t, upstreamtest.Files{"/a.tar": body})
//	up.Script("/a.tar", upstreamtest.Truncate(1000), upstreamtest.RetryAfter(429, "5"))
//
// Every request is logged, and can be counted. [NewInMemory] makes a server
// without sockets, whose time is that of a testing/synctest bubble.
package upstreamtest

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Server is a scripted upstream. All its methods may be called at any time.
type Server struct {
	URL string // without a trailing slash

	// Dial connects to a server of [NewInMemory], whatever the address; nil
	// for others.
	Dial DialFunc

	base    http.Handler
	http    *httptest.Server // nil for one in memory
	running sync.WaitGroup   // handlers

	mu       sync.Mutex
	scripts  map[string][]Step
	always   map[string]Step
	requests []Request
}

// Request is one request as it arrived.
type Request struct {
	Method string
	Host   string
	Path   string
	Query  string
	Header http.Header
}

// New starts a server on 127.0.0.1 that ends with the test. A nil base answers
// 404 to everything that no script is written for.
func New(t testing.TB, base http.Handler) *Server {
	t.Helper()
	s := newServer(base)
	s.http = httptest.NewServer(s)
	s.URL = s.http.URL
	t.Cleanup(s.close)
	return s
}

// NewTLS is [New] with HTTPS. See [Server.CertificatePEM].
func NewTLS(t testing.TB, base http.Handler) *Server {
	t.Helper()
	s := newServer(base)
	s.http = httptest.NewUnstartedServer(s)
	s.http.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that do not trust us are tests, too
	s.http.StartTLS()
	s.URL = s.http.URL
	t.Cleanup(s.close)
	return s
}

func newServer(base http.Handler) *Server {
	if base == nil {
		base = http.NotFoundHandler()
	}
	return &Server{base: base, scripts: map[string][]Step{}, always: map[string]Step{}}
}

// close ends connections that a script keeps open, too.
func (s *Server) close() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// Addr returns the address that the server listens at, as HOST:PORT.
func (s *Server) Addr() string {
	return strings.TrimPrefix(strings.TrimPrefix(s.URL, "https://"), "http://")
}

// Script appends steps to the script of a path. The path "*" stands for every
// path that has no script of its own, and "//HOST/path" for a path asked for
// under that host name only.
func (s *Server) Script(path string, steps ...Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scripts[path] = append(s.scripts[path], steps...)
}

// Always lets a step answer every request for a path once its script is used up.
// A nil step ends that. Paths are those of [Server.Script].
func (s *Server) Always(path string, step Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.always[path] = step
}

// Left returns how many steps of a path's script have not been used.
func (s *Server) Left(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.scripts[path])
}

// Requests returns all requests so far, in the order of their arrival.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Count returns how many requests there were for a path, by any method; the path
// "*" counts all.
func (s *Server) Count(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.requests {
		if path == "*" || r.Path == path || path == "//"+r.Host+r.Path {
			n++
		}
	}
	return n
}

// Forget empties the log, not the scripts.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

// ServeHTTP answers by script, or well.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.running.Add(1)
	defer s.running.Done()
	step := s.next(r)
	x := &Exchange{Writer: w, Request: r, Good: good(s.base, r)}
	if step == nil {
		step = OK()
	}
	step(x)
}

// next logs the request and takes the step for it.
func (s *Server) next(r *http.Request) Step {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{
		Method: r.Method, Host: r.Host, Path: r.URL.Path, Query: r.URL.RawQuery, Header: r.Header.Clone(),
	})
	keys := []string{"//" + r.Host + r.URL.Path, r.URL.Path, "*"}
	for _, key := range keys {
		if steps := s.scripts[key]; len(steps) > 0 {
			s.scripts[key] = steps[1:]
			return steps[0]
		}
	}
	for _, key := range keys {
		if step := s.always[key]; step != nil {
			return step
		}
	}
	return nil
}

// abort closes a connection without ceremony: the peer sees a reset, not an end.
func abort(w http.ResponseWriter) {
	if hj, ok := w.(http.Hijacker); ok {
		if conn, _, err := hj.Hijack(); err == nil {
			if tcp, ok := conn.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0)
			}
			_ = conn.Close()
			return
		}
	}
	panic(http.ErrAbortHandler)
}
