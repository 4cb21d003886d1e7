package justmr

import (
	"context"
	"io"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// isContent tells the files of a repository that are named by what they are from those that
// name them.
func isContent(name string) bool { return strings.HasPrefix(name, "objects/pack/") }

// emitPacks yields the packs of all repositories.
func (p *planner) emitPacks() error {
	return p.withGit(func(g *gitSource, r *gitResult) error {
		if r.repo == nil { // of a plan: nobody knows how large it is
			it := gitItem(g, "objects/pack", layout.Content)
			it.Source = ecosystems.Prepared{From: gitCandidates(p.git, g)}
			return p.emit(it)
		}
		return p.emitGitFiles(g, r, layout.Content)
	})
}

// emitGit yields the other files of all repositories, and further names for those whose
// name has a colon, which libgit2 takes for the end of a host.
func (p *planner) emitGit() error {
	links := map[string]bool{}
	err := p.withGit(func(g *gitSource, r *gitResult) error {
		if err := p.emitGitFiles(g, r, layout.Index); err != nil {
			return err
		}
		host, _, _ := strings.Cut(g.name, "/")
		plain := withoutColon(host)
		if plain == host || links[plain] || r.repo == nil {
			return nil
		}
		links[plain] = true
		return p.emit(ecosystems.Item{
			Path: gitDir + plain, Stage: layout.Index, Name: "link of " + host, Reason: "paths with a colon are no paths to libgit2",
			Source: ecosystems.Link{Target: host},
		})
	})
	if err != nil {
		return err
	}
	_, err = p.settle()
	return err
}

// withoutColon is the further name of a host with a port. No host has a plus sign.
func withoutColon(host string) string { return strings.ReplaceAll(host, ":", "+") }

func (p *planner) emitGitFiles(g *gitSource, r *gitResult, stage layout.Stage) error {
	for _, f := range r.files {
		if isContent(f.Name) != (stage == layout.Content) {
			continue
		}
		it := gitItem(g, f.Name, stage)
		it.Size, it.Source = f.Size, packSource(f)
		if err := p.emit(it); err != nil {
			return err
		}
	}
	return nil
}

func gitItem(g *gitSource, file string, stage layout.Stage) ecosystems.Item {
	return ecosystems.Item{
		Path: gitDir + g.name + "/" + file, Stage: stage, Name: "git repository " + g.name,
		Package: g.uses[0].Repository, Reason: "repository " + g.uses[0].title(),
	}
}

// packSource is the source of a file of a repository. Packs are copied once.
func packSource(f gitrepo.File) ecosystems.Source {
	if text, small := f.Text(); small {
		return ecosystems.Made{Bytes: text}
	}
	return ecosystems.Prepared{
		First: fetch.Request{Key: f.Key()},
		Make: func(ctx context.Context, w ecosystems.Workshop) (fetch.Object, error) {
			return writeFile(ctx, w, f)
		},
	}
}

// writeFile copies the file of a pack into the store.
func writeFile(ctx context.Context, w ecosystems.Workshop, f gitrepo.File) (fetch.Object, error) {
	return w.Write(ctx, f.Key(), func(dst io.Writer) error {
		_, err := f.WriteTo(dst)
		return err
	})
}
