package julia

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/julia/classic"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/treetar"
	"github.com/offmirror/offmirror/fetch"
)

// gitOrigin is an [origin]: a registry in git, and packages from the repositories that it
// names.
type gitOrigin struct {
	p     *planner
	from  gitRegistry
	repos ecosystems.Repositories
	repo  *gitrepo.Repo // of the registry

	mu       sync.Mutex
	packages map[string]*packageRepo // by URL
}

// askGit brings the registries in git up to date.
func (p *planner) askGit() error {
	for _, r := range p.git {
		s, err := p.askGitRegistry(r)
		if err != nil && r.IgnoreInvalid && p.ctx.Err() == nil {
			p.notice("invalid-registry", "", "registry %s is left out: %v", r.title(), err)
			continue
		}
		if err != nil {
			return fmt.Errorf("registry %s: %w", r.title(), err)
		}
		p.replaceShelves(s)
		p.shelve(s)
	}
	return nil
}

// replaceShelves takes away what a server has of a registry that the configuration gets
// from git: no list may name a registry twice.
func (p *planner) replaceShelves(s *shelf) {
	p.shelves = slices.DeleteFunc(p.shelves, func(other *shelf) bool {
		if other.uuid != s.uuid || other.tree == s.tree {
			return false
		}
		p.notice("replaced-registry", other.path(), "registry %s comes from %s, not from the server", s.uuid, s.label)
		return true
	})
}

func (r gitRegistry) title() string {
	if r.Name != "" {
		return r.Name
	}
	return fetch.Redact(r.URL)
}

func (p *planner) askGitRegistry(r gitRegistry) (*shelf, error) {
	config := maps.Clone(p.options.GitConfig)
	if config == nil {
		config = map[string]string{}
	}
	maps.Copy(config, r.GitConfig)
	repos, err := p.in.Git(p.ctx, config)
	if err != nil {
		return nil, err
	}
	g := &gitOrigin{p: p, from: r, repos: repos, packages: map[string]*packageRepo{}}
	if r.Name != "" {
		if err := p.adoptRepo(repos, r.URL, classic.RegistryPath(r.Name)+gitrepo.Suffix); err != nil {
			return nil, err
		}
	}
	g.repo, _, err = repos.Update(p.ctx, gitrepo.Source{
		URL: r.URL, Candidates: repos.Candidates(r.URL, r.Mirrors), Strategy: r.strategy, Local: true, Refs: isPublished,
	})
	if err != nil {
		if g.repo = p.keptRepo(repos, r, err); g.repo == nil {
			return nil, err
		}
	}
	id, err := g.repo.Resolve(p.ctx, "HEAD^{tree}")
	if err != nil {
		return nil, err
	}
	s := &shelf{p: p, origin: g, label: "git " + fetch.Redact(r.URL)}
	if s.tree, err = treehash.ParseHash(id); err != nil {
		return nil, err
	}
	s.before = p.old.registry(s.label, s.uuid)
	if s.before != nil && s.before.Tree == s.tree {
		s.uuid = s.before.UUID
		return s, nil
	}
	err = s.openUnknown()
	if err != nil && s.before != nil && p.mayStay(r) {
		p.notice(ecosystems.KeptOld, "", "registry %s stays as it was: %v", r.title(), err)
		s.tree, s.uuid, s.registry = s.before.Tree, s.before.UUID, nil
		return s, nil
	}
	return s, err
}

// mayStay reports whether a registry that cannot be brought up to date is to be published as
// it was: the user said that the run goes on without it, and clients must not lose it.
func (p *planner) mayStay(r gitRegistry) bool {
	return p.ctx.Err() == nil && (r.IgnoreInvalid || p.in.Selection.AllowPartial)
}

// keptRepo returns the mirror's copy of a registry that could not be brought up to date, or nil.
func (p *planner) keptRepo(repos ecosystems.Repositories, r gitRegistry, why error) *gitrepo.Repo {
	repo, err := repos.Open(r.URL)
	if err != nil || !p.mayStay(r) {
		return nil
	}
	p.notice(ecosystems.KeptOld, "", "registry %s stays as it was: %v", r.title(), why)
	return repo
}

// openUnknown reads a registry whose UUID only its content tells.
func (s *shelf) openUnknown() (err error) {
	if s.object, err = s.origin.tarball(s.p.ctx, s); err != nil {
		return err
	}
	f, err := s.p.in.Workshop.Open(s.object)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := registry.Read(f, registry.Options{})
	if err != nil {
		return err
	}
	s.uuid = r.UUID
	return s.open()
}

// tarball implements [origin].
func (g *gitOrigin) tarball(ctx context.Context, s *shelf) (fetch.Object, error) {
	return g.p.in.Workshop.Write(ctx, "julia registry "+s.tree.String(), func(w io.Writer) error {
		return packTree(ctx, w, g.repo, s.tree)
	})
}

// packTree writes the tarball of a tree, from git's own objects.
func packTree(ctx context.Context, w io.Writer, repo *gitrepo.Repo, tree treehash.Hash) error {
	objects, err := repo.Objects(ctx)
	if err != nil {
		return err
	}
	err = treetar.PackGit(w, objects, tree, treetar.Limits{})
	return errors.Join(err, objects.Close())
}

// local reports whether the registry is on this machine by the configuration. Then the
// repositories that it names may be so, too; an index from elsewhere must not choose
// what of this machine is published.
func (r gitRegistry) local() bool {
	return filepath.IsAbs(r.URL) || strings.HasPrefix(r.URL, "file:")
}

// packageRepo is the repository of packages, brought up to date once in a run.
type packageRepo struct {
	once sync.Once
	repo *gitrepo.Repo
	err  error
}
