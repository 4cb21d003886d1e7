package justmr

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

const gitDir = "git/"

// gitResult is a repository as it stands after the run asked for it.
type gitResult struct {
	done chan struct{}
	repo *gitrepo.Repo
	err  error
}

// reposAtOnce bounds how many repositories are brought up to date at a time.
const reposAtOnce = 4

// startGit begins to bring repositories up to date, beside the files.
func (p *planner) startGit() error {
	list := p.sources.sortedGit()
	if len(list) == 0 {
		return nil
	}
	store, err := p.in.Git(p.ctx, p.GitConfig)
	if err != nil {
		return err
	}
	slots := make(chan struct{}, reposAtOnce)
	for _, g := range list {
		r := &gitResult{done: make(chan struct{})}
		p.repos[g.name] = r
		p.running.Go(func() {
			defer close(r.done)
			select {
			case slots <- struct{}{}:
				defer func() { <-slots }()
				r.repo, r.err = p.obtain(store, g)
			case <-p.ctx.Done():
				r.err = p.ctx.Err()
			}
		})
	}
	return nil
}

// obtain returns a repository that has all pinned commits. One that has them already costs
// no request.
func (p *planner) obtain(store ecosystems.Repositories, g *gitSource) (*gitrepo.Repo, error) {
	var commits []string
	for _, pin := range g.pins {
		commits = union(commits, []string{pin.Commit})
	}
	repo, err := store.Open(g.urls[0])
	if err == nil {
		if has, err := repo.Has(p.ctx, commits...); err == nil && has && !p.deep {
			return repo, nil
		}
	}
	if p.in.Planning {
		return nil, nil
	}
	further := append(append([]string{}, g.urls[1:]...), g.mirrors...)
	repo, _, err = store.Update(p.ctx, gitrepo.Source{
		URL: g.urls[0], Candidates: store.Candidates(g.urls[0], further), Commits: commits, Local: g.local(),
	})
	p.noteGit(g, err)
	return repo, err
}

// local reports whether the repository may be one of this machine: only if it was all
// along this machine's own files that named it.
func (g *gitSource) local() bool {
	return !slices.ContainsFunc(g.uses, func(u use) bool { return isURL(u.Config) })
}

// noteGit notes how the places of a repository were found.
func (p *planner) noteGit(g *gitSource, err error) {
	failed, ok := errors.AsType[*fetch.Error](err)
	if !ok {
		if err == nil {
			p.noteLink(fetch.Attempt{URL: fetch.Redact(g.urls[0])})
		}
		return
	}
	for _, a := range failed.Attempts {
		p.noteLink(a)
	}
}

// emitGit yields the repositories as plain files.
func (p *planner) emitGit() error {
	for _, g := range p.sources.sortedGit() {
		r := p.repos[g.name]
		select {
		case <-r.done:
		case <-p.ctx.Done():
			return p.ctx.Err()
		}
		if err := p.emitRepository(g, r); err != nil {
			return err
		}
	}
	_, err := p.settle()
	return err
}

func (p *planner) emitRepository(g *gitSource, r *gitResult) error {
	it := ecosystems.Item{
		Path: gitDir + g.name + "/HEAD", Stage: layout.Index, Name: "git repository " + g.name,
		Package: g.uses[0].Repository, Reason: "repository " + g.uses[0].title(),
	}
	if r.err != nil {
		it.Source = ecosystems.Failed{Err: r.err}
		return p.emit(it)
	}
	if r.repo == nil {
		it.Source = ecosystems.Prepared{} // of a plan: nobody knows how large it is
		return p.emit(it)
	}
	files, err := r.repo.Export(p.ctx)
	if err != nil {
		it.Source = ecosystems.Failed{Err: err}
		return p.emit(it)
	}
	for _, f := range files {
		it := it
		it.Path, it.Size = gitDir+g.name+"/"+f.Name, f.Size
		if text, small := f.Text(); small {
			it.Source = ecosystems.Made{Bytes: text}
		} else {
			it.Stage = layout.Content
			it.Source = p.packFile(f)
		}
		if err := p.emit(it); err != nil {
			return err
		}
	}
	return nil
}

// packFile is the source of a file of a pack, which is copied once.
func (p *planner) packFile(f gitrepo.File) ecosystems.Prepared {
	return ecosystems.Prepared{
		First: fetch.Request{Key: f.Key()},
		Make: func(ctx context.Context, w ecosystems.Workshop) (fetch.Object, error) {
			return w.Write(ctx, f.Key(), func(dst io.Writer) error {
				_, err := f.WriteTo(dst)
				return err
			})
		},
	}
}

// emitTrees reports the git trees that only a command makes.
func (p *planner) emitTrees() error {
	for _, t := range p.sources.sortedTrees() {
		err := p.emit(ecosystems.Item{
			Path: "tree/" + t.ID, Stage: layout.Content, Name: "repository " + t.uses[0].title(), Reason: "git tree " + t.ID,
			Source: ecosystems.Failed{Err: fmt.Errorf("%w: git tree %s is made by a command, which is not run: %q", fetch.ErrAbsent, t.ID, t.Command)},
		})
		if err != nil {
			return err
		}
	}
	return nil
}
