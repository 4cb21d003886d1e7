package julia

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/julia/classic"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/treetar"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// classicLatest is the newest commit of a package.
type classicLatest struct {
	Path   string        `json:"path"` // of its tarball, below classicRoot
	URL    string        `json:"url"`
	Subdir string        `json:"subdir,omitempty"`
	Origin string        `json:"origin"` // see [registryState.Origin]
	Tree   treehash.Hash `json:"tree"`

	own []string // trees of the package's versions, one of which its repository must have
}

// latestAtOnce is how many repositories of packages are asked at the same time.
const latestAtOnce = 16

// askLatest looks for commits that are newer than those of the current snapshot.
func (c *classicPart) askLatest() (bool, error) {
	if !c.p.options.ClassicLatest || c.p.in.Planning {
		return true, nil
	}
	var mu sync.Mutex
	var asking sync.WaitGroup
	same := true
	for _, l := range c.old.Latest {
		asking.Go(func() {
			_, tree, err := c.newest(c.p.ctx, l)
			mu.Lock()
			defer mu.Unlock()
			same = same && err == nil && tree == l.Tree
		})
	}
	asking.Wait()
	return same, c.p.ctx.Err()
}

// newest brings the repository of a package up to date, once in a run, and returns the tree
// of its newest commit.
func (c *classicPart) newest(ctx context.Context, l classicLatest) (*gitrepo.Repo, treehash.Hash, error) {
	select {
	case c.gits <- struct{}{}:
		defer func() { <-c.gits }()
	case <-ctx.Done():
		return nil, treehash.Hash{}, ctx.Err()
	}
	c.mu.Lock()
	r := c.packages[l.URL]
	if r == nil {
		r = &packageRepo{}
		c.packages[l.URL] = r
	}
	c.mu.Unlock()
	r.once.Do(func() {
		repos, src, err := c.source(l)
		if r.err = err; err == nil {
			r.repo, _, r.err = repos.Update(ctx, src)
		}
	})
	if r.err != nil {
		return nil, treehash.Hash{}, r.err
	}
	id, err := r.repo.Resolve(ctx, "HEAD:"+l.Subdir)
	if err != nil {
		if errors.Is(err, gitrepo.ErrNotFound) {
			err = fmt.Errorf("%w: %s has no commit with it: %w", fetch.ErrAbsent, fetch.Redact(l.URL), err)
		}
		return nil, treehash.Hash{}, err
	}
	tree, err := treehash.ParseHash(id)
	return r.repo, tree, err
}

// source returns how the repository of a package is got: as the registry is that names it.
func (c *classicPart) source(l classicLatest) (ecosystems.Repositories, gitrepo.Source, error) {
	src := gitrepo.Source{URL: l.URL, Refs: isPublished}
	for _, s := range c.p.shelves {
		if g, ok := s.origin.(*gitOrigin); ok && s.label == l.Origin {
			src.Strategy, src.Local = g.from.strategy, g.from.local()
			return g.repos, src, nil
		}
	}
	src.Strategy, _ = parseStrategy(c.p.options.CloneStrategy) // checked with the settings
	repos, err := c.git()
	return repos, src, err
}

// emitLatest yields the newest commit of each package that the mirror has.
func (c *classicPart) emitLatest() error {
	if !c.p.options.ClassicLatest {
		return nil
	}
	list, err := c.tarballs()
	if err != nil {
		return err
	}
	c.latest = map[string]*classicLatest{}
	own := map[string][]string{}
	for _, t := range list {
		path := classic.VersionPath(t.pkg.Name, t.registry, classic.Latest)
		own[path] = append(own[path], t.kept.Tree.String())
	}
	for _, t := range list {
		path := classic.VersionPath(t.pkg.Name, t.registry, classic.Latest)
		if c.latest[path] != nil {
			continue
		}
		info, err := t.pkg.Info()
		if err != nil || info.Repo == "" {
			continue // there is nothing to look into
		}
		l := &classicLatest{Path: path, URL: info.Repo, Subdir: strings.Trim(info.Subdir, "/"), Origin: t.label, own: own[path]}
		c.latest[path] = l
		it := ecosystems.Item{
			Path: path, Stage: layout.Content, Package: t.pkg.Name, Name: "newest commit of " + t.pkg.Name, Reason: "classic_latest",
			Source: ecosystems.Prepared{Make: func(ctx context.Context, w ecosystems.Workshop) (fetch.Object, error) {
				return c.packLatest(ctx, w, l)
			}},
		}
		if why, ok := c.p.absentBefore(classicRoot + path); ok {
			it.Source = ecosystems.Failed{Err: why}
		}
		if _, err := c.put(it); err != nil {
			return err
		}
	}
	return nil
}

// packLatest writes the tarball of a package's newest commit. Where upstream is gone, the last one
// that was seen goes on being the newest.
func (c *classicPart) packLatest(ctx context.Context, w ecosystems.Workshop, l *classicLatest) (fetch.Object, error) {
	repo, tree, err := c.newest(ctx, *l)
	if err == nil {
		err = l.prove(ctx, repo)
	}
	if err != nil {
		old, ok := c.rememberedLatest(l)
		before, here := c.before(l.Path)
		if ok && here && ctx.Err() == nil && isAbsent(err) {
			c.p.notice(ecosystems.KeptOld, classicRoot+l.Path, "%s is kept as it was: %v", l.Path, err)
			l.Tree = old.Tree
			c.note(l.Path, before)
			return before, nil
		}
		if isAbsent(err) {
			err = fmt.Errorf("%w: %w", fetch.ErrAbsent, err)
		}
		return fetch.Object{}, err
	}
	l.Tree = tree
	if err := c.enter(ctx); err != nil {
		return fetch.Object{}, err
	}
	defer c.leave()
	folder := classic.Folder(l.URL, tree)
	o, err := w.Write(ctx, "julia classic "+folder+" "+tree.String(), func(dst io.Writer) error {
		objects, err := repo.Objects(ctx)
		if err != nil {
			return err
		}
		err = classic.WrapGit(dst, objects, tree, folder)
		if _, submodule := errors.AsType[*treetar.SubmoduleError](err); submodule {
			err = fmt.Errorf("%w: %w", fetch.ErrAbsent, err)
		}
		return errors.Join(err, objects.Close())
	})
	if err == nil {
		c.note(l.Path, o)
	}
	return o, err
}

// prove reports whether a repository is that of the package. Packages name their repositories
// themselves, and this machine may see some that the readers of the mirror may not: what
// is in one is published only if it has a version of the package.
func (l *classicLatest) prove(ctx context.Context, repo *gitrepo.Repo) error {
	kinds, err := repo.Kinds(ctx, l.own...)
	if err != nil {
		return err
	}
	for _, kind := range kinds {
		if kind == "tree" {
			return nil
		}
	}
	return fmt.Errorf("%w: %s has none of the package's versions: is it another's?", fetch.ErrAbsent, fetch.Redact(l.URL))
}

func (c *classicPart) rememberedLatest(l *classicLatest) (classicLatest, bool) {
	if c.old == nil {
		return classicLatest{}, false
	}
	i := slices.IndexFunc(c.old.Latest, func(o classicLatest) bool { return o.Path == l.Path && o.URL == l.URL })
	if i < 0 {
		return classicLatest{}, false
	}
	return c.old.Latest[i], true
}

// emitLatestSums yields the checksums of those that arrived.
func (c *classicPart) emitLatestSums(content io.Writer) error {
	for _, path := range slices.Sorted(maps.Keys(c.latest)) {
		l := c.latest[path]
		if c.p.lost[classicRoot+path] {
			continue
		}
		o, ok := c.object(path)
		if !ok {
			if err := c.emitSum(path); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintln(content, path, l.Tree)
		c.next.Latest = append(c.next.Latest, *l)
		if err := c.file(path+classic.SumSuffix, "checksum", layout.Content, []byte(o.ID.String()+"\n")); err != nil {
			return err
		}
	}
	return nil
}
