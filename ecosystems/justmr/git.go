package justmr

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/fetch"
)

const gitDir = "git/"

// gitResult is a repository as it stands after the run asked for it.
type gitResult struct {
	done  chan struct{}
	repo  *gitrepo.Repo
	err   error            // why there is none
	lost  map[string]error // pinned commits that it lacks, and why
	files []gitrepo.File   // the repository as plain files
	trees []string         // git trees that are taken from it
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
	p.git = store
	slots := make(chan struct{}, reposAtOnce)
	for _, g := range list {
		r := &gitResult{done: make(chan struct{}), lost: map[string]error{}}
		p.repos[g.name] = r
		p.running.Go(func() {
			defer close(r.done)
			select {
			case slots <- struct{}{}:
				defer func() { <-slots }()
				p.obtain(store, g, r)
			case <-p.ctx.Done():
				r.err = p.ctx.Err()
			}
		})
	}
	return nil
}

// waitGit waits until all repositories are as they will be.
func (p *planner) waitGit() error {
	for _, g := range p.sources.sortedGit() {
		select {
		case <-p.repos[g.name].done:
		case <-p.ctx.Done():
			return p.ctx.Err()
		}
	}
	return nil
}

// commits returns the commits that must be there.
func (g *gitSource) commits() []string {
	var commits []string
	seen := map[string]bool{}
	for _, pin := range g.pins {
		if !seen[pin.Commit] {
			seen[pin.Commit] = true
			commits = append(commits, pin.Commit)
		}
	}
	return commits
}

// identity is the URL by which the store knows the repository, whatever spelling comes first.
func (g *gitSource) identity() string {
	host, path, _ := strings.Cut(g.name, "/")
	if host == "localhost" {
		return "/" + path
	}
	return "https://" + host + "/" + path
}

// obtain brings a repository to where it has all pinned commits. One that has them already
// costs no request.
func (p *planner) obtain(store ecosystems.Repositories, g *gitSource, r *gitResult) {
	wanted := g.commits()
	id := gitrepoURL(g)
	r.repo, r.err = store.Open(id)
	if r.err == nil && !p.deep {
		if has, err := r.repo.Has(p.ctx, wanted...); err == nil && has {
			return
		}
	}
	if p.in.Planning {
		r.repo, r.err = nil, nil
		return
	}
	src := gitrepo.Source{URL: id, Candidates: gitCandidates(store, g), Commits: wanted, Local: true, Refs: isHistory}
	repo, update, err := store.Update(p.ctx, src)
	if r.err != nil && errors.Is(err, gitrepo.ErrLacks) {
		// A first clone that lacks a commit leaves nothing. What it had is worth having, and then all
		// places together may have everything.
		src.Commits = nil
		if _, _, err2 := store.Update(p.ctx, src); err2 == nil {
			src.Commits = wanted
			repo, update, err = store.Update(p.ctx, src)
		}
	}
	p.noteGit(update, err)
	if err == nil {
		r.repo, r.err = repo, nil
		return
	}
	// What one place had stays, although it lacked a commit.
	if r.repo, r.err = store.Open(id); r.err != nil {
		r.err = err
		return
	}
	kinds, err2 := r.repo.Kinds(p.ctx, wanted...)
	if err2 != nil {
		r.err = err2
		return
	}
	for _, id := range wanted {
		if kinds[id] != "commit" {
			r.lost[id] = err
		}
	}
	if len(r.lost) == 0 && p.ctx.Err() == nil {
		p.notice(ecosystems.KeptOld, gitDir+g.name, "git repository %s: %v; its pinned commits are here", g.name, err)
	}
}

// gitrepoURL is a URL of which the name is that of the repository.
func gitrepoURL(g *gitSource) string {
	for _, u := range g.urls {
		if name, err := gitrepo.Name(u); err == nil && name == g.name {
			return u
		}
	}
	return g.identity()
}

// isHistory chooses the refs that are mirrored: not those that servers make for merge requests.
func isHistory(ref string) bool {
	return slices.ContainsFunc([]string{"refs/heads/", "refs/tags/", "refs/notes/"}, func(p string) bool { return strings.HasPrefix(ref, p) })
}

// gitCandidates returns where a repository is looked for: local mirrors of each primary URL,
// and then all URLs, preferred hosts first.
func gitCandidates(store ecosystems.Repositories, g *gitSource) []string {
	var list []string
	for _, u := range g.urls {
		local := store.Candidates(u, nil)
		if i := slices.Index(local, u); i >= 0 {
			local = local[:i]
		}
		list = union(list, local)
	}
	primary, others := g.candidates()
	return union(list, store.Candidates(primary, others))
}

// noteGit notes how the places of a repository were found.
func (p *planner) noteGit(done gitrepo.Update, err error) {
	if err == nil {
		p.noteLink(fetch.Attempt{URL: done.From})
	}
	if failed, ok := errors.AsType[*fetch.Error](err); ok {
		for _, a := range failed.Attempts {
			p.noteLink(a)
		}
	}
}

// here are the pins of a repository whose commits are here.
func (g *gitSource) here(r *gitResult) []pin {
	return slices.DeleteFunc(slices.Clone(g.pins), func(p pin) bool { return r.lost[p.Commit] != nil })
}

// exportGit makes lists of plain files of all repositories.
func (p *planner) exportGit() error {
	for _, g := range p.sources.sortedGit() {
		r := p.repos[g.name]
		if r.err != nil || r.repo == nil {
			continue
		}
		if err := r.repo.Compact(p.ctx); err != nil {
			return err
		}
		r.files, r.err = r.repo.ExportPinned(p.ctx, g.here(r), r.trees...)
		if p.ctx.Err() != nil {
			return p.ctx.Err()
		}
	}
	return nil
}

// failure says what a repository, or a commit of it, means to those who use it.
func gitFailure(g *gitSource, at string, uses []use, err error) ecosystems.Item {
	return ecosystems.Item{
		Path: gitDir + g.name + "/" + at, Name: "repository " + uses[0].title(), Package: uses[0].Repository,
		Reason: "git repository " + g.name, Source: ecosystems.Failed{Err: err},
	}
}

// emitLost yields what cannot be had of git.
func (p *planner) emitLost() error {
	for _, g := range p.sources.sortedGit() {
		r := p.repos[g.name]
		if r.err != nil {
			if err := p.emit(gitFailure(g, "HEAD", g.uses, r.err)); err != nil {
				return err
			}
			continue
		}
		told := map[string]bool{}
		for _, pin := range g.pins {
			if why := r.lost[pin.Commit]; why != nil && !told[pin.Commit] {
				told[pin.Commit] = true
				err := fmt.Errorf("commit %s of branch %q: %w", pin.Commit, pin.Branch, why)
				if err := p.emit(gitFailure(g, "commit/"+pin.Commit, g.pinUses[pin], err)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// withGit calls f for each repository that is part of the snapshot.
func (p *planner) withGit(f func(g *gitSource, r *gitResult) error) error {
	for _, g := range p.sources.sortedGit() {
		if r := p.repos[g.name]; r.err == nil {
			if err := f(g, r); err != nil {
				return err
			}
		}
	}
	return p.ctx.Err()
}
