package localserver

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
)

// gitRegistry is a registry in git, and the packages that it names.
type gitRegistry struct {
	*updates
	s   *Server
	url string // as configured, absolute

	mu    sync.RWMutex
	state *registry.Registry // nil: nothing is known
	tree  treehash.Hash
}

// maxRegistry bounds the memory that the files of a registry may take; General takes a tenth.
const maxRegistry = 512 << 20

func (s *Server) newGitRegistry(url string) *gitRegistry {
	g := &gitRegistry{s: s, url: absoluteRepository(url)}
	g.updates = s.newUpdates(g.ask)
	return g
}

// current returns the state that is served, and its tree.
func (g *gitRegistry) current() (*registry.Registry, treehash.Hash) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.state, g.tree
}

// local reports whether the registry is on this machine by the configuration. Then the repositories
// that it names may be so, too; an index from elsewhere must not choose what of this machine is published.
func (g *gitRegistry) local() bool {
	return filepath.IsAbs(g.url) || strings.HasPrefix(g.url, "file:")
}

// ask brings the registry up to date. What is served changes when the new state has proven to be a
// registry, as a tarball that is here.
func (g *gitRegistry) ask(ctx context.Context) error {
	repo, _, err := g.s.repos.Update(ctx, gitrepo.Source{
		URL: g.url, Candidates: g.s.engine.Candidates(g.url, nil), Strategy: g.s.strategy, Local: true, Refs: isPublished,
	})
	if err != nil {
		return err
	}
	id, err := repo.Resolve(ctx, "HEAD^{tree}")
	if err != nil {
		return err
	}
	tree, err := treehash.ParseHash(id)
	if err != nil {
		return err
	}
	if state, now := g.current(); state != nil && now == tree {
		return nil
	}
	r, err := g.make(ctx, repo, tree)
	if err != nil {
		return err
	}
	for _, problem := range r.Problems() {
		g.s.log.Warn("an entry of a registry is of no use", "registry", r.Name, "problem", problem)
	}
	g.serve(r, tree)
	g.s.changed()
	return nil
}

// isPublished leaves out what hosts keep for themselves, such as pull requests.
func isPublished(ref string) bool {
	return strings.HasPrefix(ref, "refs/heads/") || strings.HasPrefix(ref, "refs/tags/")
}

// make makes the tarball of a state of the registry, and reads it.
func (g *gitRegistry) make(ctx context.Context, repo *gitrepo.Repo, tree treehash.Hash) (*registry.Registry, error) {
	o, err := g.s.maker.packTree(ctx, registryKey(tree), repo, tree)
	if err != nil {
		return nil, err
	}
	r, err := g.s.readRegistry(o, tree)
	if err != nil {
		return nil, fmt.Errorf("%s at tree %s is no registry: %w", fetch.Redact(g.url), tree, err)
	}
	g.s.shelf.put(pkgserver.RegistryPath(r.UUID, tree), o)
	return r, nil
}

// readRegistry reads the tarball of a registry, and proves it.
func (s *Server) readRegistry(o fetch.Object, tree treehash.Hash) (*registry.Registry, error) {
	f, err := s.store.Open(o.ID)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := registry.Read(f, registry.Options{Limits: treehash.Limits{Bytes: 4 << 30, Collect: maxRegistry}})
	if err != nil {
		return nil, err
	}
	if r.Hash() != tree {
		return nil, fmt.Errorf("%w: its tarball has the tree %s", treehash.ErrMismatch, r.Hash())
	}
	return r, nil
}

func (g *gitRegistry) serve(r *registry.Registry, tree treehash.Hash) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.state, g.tree = r, tree
}

// registryObject makes the tarball of any state of the registry, such as the one before the last, which
// clients that read the list a moment ago ask for.
func (g *gitRegistry) registryObject(ctx context.Context, id uuid.UUID, tree treehash.Hash) (fetch.Object, error) {
	repo, err := g.s.holding(ctx, g.url, tree, true, isPublished)
	if err != nil {
		return fetch.Object{}, err
	}
	r, err := g.make(ctx, repo, tree)
	if err != nil {
		return fetch.Object{}, fmt.Errorf("%w: %w", fetch.ErrAbsent, err)
	}
	o, ok := g.s.shelf.get(pkgserver.RegistryPath(id, tree))
	if !ok || r.UUID != id {
		return o, fmt.Errorf("%w: tree %s is a state of registry %s", fetch.ErrAbsent, tree, r.UUID)
	}
	return o, nil
}

// registryKey and its like name tarballs, wherever they come from; a sync of the same root would use
// the same names.
func registryKey(tree treehash.Hash) string { return "julia registry " + tree.String() }
func packageKey(tree treehash.Hash) string  { return "julia package " + tree.String() }
func artifactKey(tree treehash.Hash) string { return "julia artifact " + tree.String() }

// restore takes up the state of an earlier process. What is not whole any more is left to the next update.
func (g *gitRegistry) restore(ctx context.Context, past pastSource) {
	o, ok := g.s.shelf.get(pkgserver.RegistryPath(past.UUID, past.Tree))
	if !ok || !g.s.shelf.ready(ctx, pkgserver.RegistryPath(past.UUID, past.Tree)) {
		return
	}
	r, err := g.s.readRegistry(o, past.Tree)
	if err != nil || r.UUID != past.UUID {
		g.s.log.Warn("the last state of a registry cannot be read; it will be made anew", "registry", fetch.Redact(g.url), "error", errors.Join(err, store.ErrDamaged))
		return
	}
	g.serve(r, past.Tree)
	g.restored(past.Succeeded)
}
