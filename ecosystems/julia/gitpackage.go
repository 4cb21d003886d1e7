package julia

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/treetar"
	"github.com/offmirror/offmirror/fetch"
)

// pack implements [origin].
func (g *gitOrigin) pack(_ *shelf, pkg *registry.Package, release registry.Release) (ecosystems.Prepared, error) {
	info, err := pkg.Info()
	if err != nil {
		return ecosystems.Prepared{}, fmt.Errorf("%w: %w", fetch.ErrAbsent, err)
	}
	if info.Repo == "" {
		return ecosystems.Prepared{}, fmt.Errorf("%w: Package.toml of %s names no repository", fetch.ErrAbsent, pkg.Name)
	}
	return ecosystems.Prepared{Make: func(ctx context.Context, w ecosystems.Workshop) (fetch.Object, error) {
		if err := g.p.adoptAnew(ctx, w, pkg, release); err != nil {
			return fetch.Object{}, err
		}
		o, err := w.Write(ctx, packageKey(release.Tree), func(dst io.Writer) error {
			repo, err := g.holding(ctx, info.Repo, release.Tree)
			if err != nil {
				return err
			}
			err = packTree(ctx, dst, repo, release.Tree)
			if _, submodule := errors.AsType[*treetar.SubmoduleError](err); submodule {
				return fmt.Errorf("%w: %s %s cannot be mirrored: %w", fetch.ErrAbsent, pkg.Name, release.Version, err)
			}
			return err
		})
		if err != nil {
			return o, err
		}
		return o, g.p.learnFrom(w, release.Tree, o)
	}}, nil
}

// holding returns a repository that has a tree. Upstream is asked only if the copy here
// lacks it, and once in a run however many packages and versions are in it.
func (g *gitOrigin) holding(ctx context.Context, url string, tree treehash.Hash) (*gitrepo.Repo, error) {
	if repo, err := g.repos.Open(url); err == nil && hasTree(ctx, repo, tree) {
		return repo, nil
	}
	g.mu.Lock()
	r := g.packages[url]
	if r == nil {
		r = &packageRepo{}
		g.packages[url] = r
	}
	g.mu.Unlock()
	r.once.Do(func() {
		r.repo, _, r.err = g.repos.Update(ctx, gitrepo.Source{URL: url, Strategy: g.from.strategy, Local: g.from.local()})
	})
	if r.err != nil {
		return nil, r.err
	}
	if !hasTree(ctx, r.repo, tree) {
		return nil, fmt.Errorf("%w: %s has no tree %s (any more); was its history rewritten?", fetch.ErrAbsent, fetch.Redact(url), tree)
	}
	return r.repo, nil
}

func hasTree(ctx context.Context, repo *gitrepo.Repo, tree treehash.Hash) bool {
	kinds, err := repo.Kinds(ctx, tree.String())
	return err == nil && kinds[tree.String()] == "tree"
}
