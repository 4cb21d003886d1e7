package ecosystemtest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/offmirror/offmirror/ecosystems"
)

// Server serves a root.
type Server struct {
	URL string // of the ecosystem, without a slash at the end
	End func() // may be called again; at the end of the test it is

	r *Root
}

// Serve serves the root by its driver, and if pull is set, fetches what it lacks.
func (r *Root) Serve(d ecosystems.Driver, pull bool) *Server {
	r.t.Helper()
	m := r.open()
	drivers := map[string]ecosystems.Driver{r.Ecosystem.Name: d}
	handler, end := http.Handler(m.Handler(drivers)), func() error { return nil }
	if pull {
		p, err := m.PullThrough(context.Background(), drivers)
		if err != nil {
			r.t.Fatalf("pulling: %v", err)
		}
		handler, end = p.Handler(), p.Close
	}
	server := httptest.NewServer(handler)
	s := &Server{URL: server.URL + "/" + r.Ecosystem.Name, r: r}
	s.End = sync.OnceFunc(func() {
		server.Close()
		if err := end(); err != nil {
			r.t.Errorf("end of pulling: %v", err)
		}
		r.close(m)
	})
	r.t.Cleanup(s.End)
	return s
}

// Get asks for a path and returns what came. An answer that breaks off is one of status 0.
func (s *Server) Get(path string) (status int, body string) {
	s.r.t.Helper()
	resp, err := http.Get(s.URL + "/" + path) //nolint:noctx // in a test
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, string(data)
	}
	return resp.StatusCode, string(data)
}
