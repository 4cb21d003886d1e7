package localserver

import (
	"context"
	"errors"
	"time"

	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

const (
	// patience is how long a client waits for news of the sources if there is an older answer.
	patience = 5 * time.Second

	// firstPatience is how long it waits for a source of which nothing is known. What the source is asked for
	// goes on, such as the clone of a registry, and the next client sees it.
	firstPatience = time.Minute
)

// errNothingYet means that no source has ever been reached.
var errNothingYet = errors.New("no registry could be had yet")

// sources are those of a list.
func (s *Server) sources(flavor pkgserver.Flavor) []*updates {
	var list []*updates
	for _, g := range s.registries {
		list = append(list, g.updates)
	}
	if u := s.upstreams[flavor]; u != nil {
		list = append(list, u.updates)
	}
	return list
}

// list returns the registries of a flavor, ordered by UUID, after asking the sources whose time has come.
func (s *Server) list(ctx context.Context, flavor pkgserver.Flavor) ([]pkgserver.Registry, error) {
	type waiting struct {
		ended <-chan struct{}
		have  bool
	}
	var all []waiting
	for _, u := range s.sources(flavor) { // all begin before one is waited for
		if ended, have := u.due(s.minTime); ended != nil {
			all = append(all, waiting{ended, have})
		}
	}
	for _, c := range []struct {
		have     bool
		patience time.Duration
	}{{true, s.patience}, {false, s.firstPatience}} {
		enough, cancel := context.WithTimeout(ctx, c.patience)
		for _, w := range all {
			if w.have != c.have {
				continue
			}
			select {
			case <-w.ended:
			case <-enough.Done():
			}
		}
		cancel()
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return s.merged(flavor)
}

// merged is what the sources say now. Of two that have a registry the first counts: those in git go before
// the Pkg server, so that nobody outside can take the place of a private one.
func (s *Server) merged(flavor pkgserver.Flavor) ([]pkgserver.Registry, error) {
	var list []pkgserver.Registry
	seen := map[uuid.UUID]bool{}
	add := func(r pkgserver.Registry) {
		if !seen[r.UUID] {
			seen[r.UUID] = true
			list = append(list, r)
		}
	}
	for _, g := range s.registries {
		if r, tree := g.current(); r != nil {
			add(pkgserver.Registry{UUID: r.UUID, Tree: tree})
		}
	}
	if u := s.upstreams[flavor]; u != nil {
		for _, r := range u.current() {
			add(r)
		}
	}
	if len(list) > 0 {
		return list, nil
	}
	failed := []error{errNothingYet}
	for _, u := range s.sources(flavor) {
		failed = append(failed, u.standing().err)
	}
	return nil, errors.Join(failed...)
}
