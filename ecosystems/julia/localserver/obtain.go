package localserver

import (
	"context"
	"errors"
	"fmt"

	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/stream"
)

// obtaining returns the stream of an object that is not on the shelf.
func (s *Server) obtaining(o pkgserver.Object) *stream.Stream {
	path := o.Path()
	return s.group.Get(path, func(ctx context.Context, f fetch.Follower) (fetch.Object, error) {
		before, begun := s.extent(), s.now()
		s.log.Info("fetching", "resource", "/"+path)
		got, err := s.obtain(ctx, o, f)
		if err != nil {
			if ctx.Err() == nil {
				s.failures.note(path, before, err)
				s.log.Warn("cannot be had", "resource", "/"+path, "error", err)
			}
			return got, err
		}
		s.shelf.put(path, got)
		s.failures.forget(path)
		s.log.Info("fetched", "resource", "/"+path, "bytes", got.Size, "seconds", s.now().Sub(begun).Seconds())
		return got, nil
	})
}

// obtain gets an object from where it may be, in order: the registries in git that know of it, the Pkg
// server, and then the registries again that may have come to know of it since.
func (s *Server) obtain(ctx context.Context, o pkgserver.Object, f fetch.Follower) (fetch.Object, error) {
	tried := &fetch.Error{URL: "/" + o.Path()}
	try := func(where string, get func() (fetch.Object, error)) (got fetch.Object, ok bool, err error) {
		got, err = get()
		switch {
		case err == nil:
			return got, true, nil
		case ctx.Err() != nil:
			return got, false, ctx.Err()
		case fetch.IsLocal(err):
			return got, false, err
		}
		if !errors.Is(err, errNotHere) {
			tried.Attempts = append(tried.Attempts, fetch.Attempt{URL: where, Err: err})
		}
		return got, false, nil
	}
	if got, ok, err := try("cache_dir", func() (fetch.Object, error) { return s.adopt(ctx, o) }); ok || err != nil {
		return got, err
	}
	asked := map[*gitRegistry]bool{}
	private := func() (fetch.Object, bool, error) {
		for _, g := range s.registries {
			get := g.knows(o)
			if get == nil || asked[g] {
				continue
			}
			asked[g] = true
			if got, ok, err := try(fetch.Redact(g.url), func() (fetch.Object, error) { return get(ctx) }); ok || err != nil {
				return got, ok, err
			}
		}
		return fetch.Object{}, false, nil
	}
	if o.Kind == "artifact" && len(s.registries) > 0 {
		if got, ok, err := try("private packages", func() (fetch.Object, error) { return s.privateArtifact(ctx, o.Tree, f) }); ok || err != nil {
			return got, err
		}
	}
	if got, ok, err := private(); ok || err != nil {
		return got, err
	}
	if s.server != "" {
		got, ok, err := try(fetch.Redact(s.server), func() (fetch.Object, error) { return s.pull(ctx, o, f) })
		if ok || err != nil {
			return got, err
		}
	}
	if o.Kind != "artifact" {
		for _, g := range s.registries {
			if asked[g] {
				continue
			}
			if err := g.bring(ctx, askAgain); err != nil && ctx.Err() == nil {
				tried.Attempts = append(tried.Attempts, fetch.Attempt{URL: fetch.Redact(g.url), Err: err})
			}
		}
		if got, ok, err := private(); ok || err != nil {
			return got, err
		}
	}
	if len(tried.Attempts) == 0 {
		return fetch.Object{}, fmt.Errorf("/%s: %w", o.Path(), fetch.ErrAbsent)
	}
	return fetch.Object{}, tried
}

// knows returns what makes an object out of a registry in git, or nil if that has not heard of it.
func (g *gitRegistry) knows(o pkgserver.Object) func(context.Context) (fetch.Object, error) {
	r, _ := g.current()
	if r == nil {
		return nil
	}
	switch o.Kind {
	case "registry":
		if r.UUID == o.UUID {
			return func(ctx context.Context) (fetch.Object, error) { return g.registryObject(ctx, o.UUID, o.Tree) }
		}
	case "package":
		if pkg, ok := r.Package(o.UUID); ok {
			return func(ctx context.Context) (fetch.Object, error) { return g.packageObject(ctx, pkg, o.Tree) }
		}
	}
	return nil
}

// absent reports whether nobody has it, as opposed to: not now.
func absent(err error) bool { return errors.Is(err, fetch.ErrAbsent) }
