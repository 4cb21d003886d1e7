package main

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
)

// juliaServer is a package server of Julia. It makes its tarballs when they are asked
// for, so it needs more time for each than a [repository] does.
type juliaServer struct {
	*juliatest.Upstream
	names []string // of packages
	next  int      // place of the package that publishes next
	round int      // how often all have published
}

// generateJulia makes the server that spec asks for, which will be at a URL. The same spec
// gives the same server.
func generateJulia(spec UpstreamSpec, url string) *juliaServer {
	s := &juliaServer{Upstream: juliatest.New(juliatest.WithBaseURL(url))}
	s.PublishBulk(juliatest.Bulk{
		Packages: spec.Packages, Versions: spec.Tarballs(), Artifacts: spec.Artifacts, Bytes: spec.Bytes,
	})
	for _, r := range s.Releases() {
		s.names = append(s.names, r.Name)
	}
	slices.Sort(s.names)
	s.names = slices.Compact(s.names)
	s.Hash() // a state, before anybody waits for it
	return s
}

// ServeHTTP answers, and remembers nothing.
func (s *juliaServer) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	s.Upstream.ServeHTTP(w, q)
	s.ResetLog()
}

// publish adds one version to each of the next count packages.
func (s *juliaServer) publish(count int) error {
	for range min(count, len(s.names)) {
		s.Publish(s.names[s.next], juliatest.Version{Number: fmt.Sprintf("1.%d.0", 1000+s.round)})
		if s.next++; s.next == len(s.names) {
			s.next = 0
			s.round++
		}
	}
	s.Hash()
	return nil
}
