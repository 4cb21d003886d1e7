package localserver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/treetar"
	"github.com/offmirror/offmirror/fetch"
)

// askAgain is for how long a repository is left alone that lacked a tree when it was just updated:
// anybody may ask for any tree.
const askAgain = 5 * time.Second

// packageObject makes the tarball of a tree of a package. It need not be that of a version that the
// registry lists still.
func (g *gitRegistry) packageObject(ctx context.Context, pkg *registry.Package, tree treehash.Hash) (fetch.Object, error) {
	info, err := pkg.Info()
	if err != nil {
		return fetch.Object{}, fmt.Errorf("%w: %w", fetch.ErrAbsent, err)
	}
	if info.Repo == "" {
		return fetch.Object{}, fmt.Errorf("%w: Package.toml of %s names no repository", fetch.ErrAbsent, pkg.Name)
	}
	repo, err := g.s.holding(ctx, info.Repo, tree, g.local(), nil)
	if err != nil {
		return fetch.Object{}, fmt.Errorf("%s: %w", pkg.Name, err)
	}
	o, err := g.s.maker.packTree(ctx, packageKey(tree), repo, tree)
	if _, submodule := errors.AsType[*treetar.SubmoduleError](err); submodule || errors.Is(err, treetar.ErrTree) || errors.Is(err, treetar.ErrLimit) {
		return o, fmt.Errorf("%w: tree %s of %s cannot be served: %w", fetch.ErrAbsent, tree, pkg.Name, err)
	}
	return o, err
}

// holding returns the repository of a URL, which has a tree: as it is here if it has it, or else brought
// up to date, or cloned.
func (s *Server) holding(ctx context.Context, url string, tree treehash.Hash, local bool, refs func(string) bool) (*gitrepo.Repo, error) {
	if repo, err := s.repos.Open(url); err == nil && hasTree(ctx, repo, tree) {
		return repo, nil
	}
	u := s.repository(url, local, refs)
	after := askAgain
	if s.lastChange().After(u.standing().attempted) {
		after = 0 // what the registry has just named may have been pushed since
	}
	if err := u.bring(ctx, after); err != nil {
		return nil, err
	}
	repo, err := s.repos.Open(url)
	if err != nil {
		return nil, err
	}
	if !hasTree(ctx, repo, tree) {
		return nil, fmt.Errorf("%w: %s has no tree %s; was its history rewritten, or the version not pushed?", fetch.ErrAbsent, fetch.Redact(url), tree)
	}
	return repo, nil
}

func hasTree(ctx context.Context, repo *gitrepo.Repo, tree treehash.Hash) bool {
	kinds, err := repo.Kinds(ctx, tree.String())
	return err == nil && kinds[tree.String()] == "tree"
}

// maxRepositories bounds how many repositories are kept in mind; those of all registries are fewer.
const maxRepositories = 1 << 16

// repository returns the updates of a repository, of which there is one at a time.
func (s *Server) repository(url string, local bool, refs func(string) bool) *updates {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.repositories[url]
	if u == nil {
		if len(s.repositories) >= maxRepositories {
			clear(s.repositories)
		}
		u = s.newUpdates(func(ctx context.Context) error {
			_, _, err := s.repos.Update(ctx, gitrepo.Source{
				URL: url, Candidates: s.engine.Candidates(url, nil), Strategy: s.strategy, Local: local, Refs: refs,
			})
			if err == nil {
				s.cloned()
			}
			return err
		})
		s.repositories[url] = u
	}
	return u
}
