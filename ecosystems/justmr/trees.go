package justmr

import (
	"fmt"
	"io"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// treesDir is where trees are that only a command makes. No host has the name.
const treesDir = gitDir + "trees/"

// findTrees looks for git trees in the repositories: one that is there needs no command. It
// is then part of the repository, which has a ref for it.
func (p *planner) findTrees() error {
	trees := p.sources.sortedTrees()
	for _, g := range p.sources.sortedGit() {
		r := p.repos[g.name]
		if r.err != nil || r.repo == nil {
			continue
		}
		var wanted []string
		for _, t := range trees {
			if t.foundIn == nil {
				wanted = append(wanted, t.ID)
			}
		}
		kinds, err := r.repo.Kinds(p.ctx, wanted...)
		if err != nil {
			return err
		}
		for _, t := range trees {
			if t.foundIn == nil && kinds[t.ID] == "tree" {
				t.foundIn = g
				r.trees = append(r.trees, t.ID)
			}
		}
	}
	for _, t := range trees {
		if g := t.foundIn; g != nil {
			p.trees = append(p.trees, TreeLocation{t.ID, gitDir + g.name, gitrepo.TreeRef(t.ID)})
			p.notice("git-tree", gitDir+g.name, "repository %s: git tree %s is part of this repository, as %s", t.uses[0].title(), t.ID, gitrepo.TreeRef(t.ID))
		}
	}
	return nil
}

// emitTrees yields the content of the git trees that no repository has: of one that is here
// already, of one that a command makes, or what is to be said of it.
func (p *planner) emitTrees() error {
	for _, t := range p.sources.sortedTrees() {
		if t.foundIn != nil {
			continue
		}
		dir := treesDir + t.ID + gitrepo.Suffix
		switch {
		case p.recallTree(t, dir):
		case !p.RunCommands:
			t.err = fmt.Errorf("%w: git tree %s is in no mirrored repository, and its command is not run without run_commands: %q", fetch.ErrAbsent, t.ID, t.Command)
		case p.in.Planning:
			it := p.treeItem(t, dir+"/objects/pack", layout.Content)
			it.Source = ecosystems.Prepared{}
			if err := p.emit(it); err != nil {
				return err
			}
			continue
		default:
			t.err = p.makeTree(t, dir)
		}
		if err := p.emitTree(t, dir, layout.Content); err != nil {
			return err
		}
	}
	return nil
}

// emitMadeTrees yields the rest of the repositories of trees.
func (p *planner) emitMadeTrees() error {
	for _, t := range p.sources.sortedTrees() {
		if t.files == nil || t.err != nil {
			continue
		}
		if err := p.emitTree(t, treesDir+t.ID+gitrepo.Suffix, layout.Index); err != nil {
			return err
		}
		p.trees = append(p.trees, TreeLocation{t.ID, treesDir + t.ID + gitrepo.Suffix, gitrepo.TreeRef(t.ID)})
	}
	return nil
}

func (p *planner) treeItem(t *treeSource, path string, stage layout.Stage) ecosystems.Item {
	return ecosystems.Item{
		Path: path, Stage: stage, Name: "repository " + t.uses[0].title(), Package: t.uses[0].Repository, Reason: "git tree " + t.ID,
	}
}

func (p *planner) emitTree(t *treeSource, dir string, stage layout.Stage) error {
	if p.ctx.Err() != nil {
		return p.ctx.Err()
	}
	if t.err != nil {
		it := p.treeItem(t, dir+"/HEAD", stage)
		it.Source = ecosystems.Failed{Err: t.err}
		return p.emit(it)
	}
	for _, f := range t.files {
		if isContent(f.name) != (stage == layout.Content) {
			continue
		}
		it := p.treeItem(t, dir+"/"+f.name, stage)
		it.Source = f.source
		if err := p.emit(it); err != nil {
			return err
		}
	}
	return nil
}

// treeFile is a file of the repository of a tree.
type treeFile struct {
	name   string
	source ecosystems.Source
}

// recallTree takes a tree over from the current snapshot.
func (p *planner) recallTree(t *treeSource, dir string) bool {
	if p.in.Previous == nil {
		return false
	}
	for e := range p.in.Previous.All(dir + "/") {
		if !e.IsLink() {
			t.files = append(t.files, treeFile{strings.TrimPrefix(e.Path, dir+"/"), ecosystems.Have{Object: fetch.Object{ID: e.Object, Size: e.Size}}})
		}
	}
	return len(t.files) > 0
}

// makeTree runs the command of a tree and makes a repository of what it leaves.
func (p *planner) makeTree(t *treeSource, dir string) error {
	p.in.Notice(ecosystems.Notice{Kind: "command", Path: dir, Text: fmt.Sprintf("repository %s: running %q", t.uses[0].title(), t.Command)})
	folder, remove, err := runCommand(p.ctx, t.Tree)
	if err != nil {
		return fmt.Errorf("%w: git tree %s: %w", fetch.ErrAbsent, t.ID, err)
	}
	defer remove()
	tree, err := gitrepo.ReadTree(p.ctx, folder, t.ID)
	if err != nil {
		return fmt.Errorf("%w: git tree %s: command %q: %w", fetch.ErrAbsent, t.ID, t.Command, err)
	}
	var index []byte
	var sum string
	pack, err := p.in.Workshop.Write(p.ctx, "", func(w io.Writer) error {
		sum, index, err = tree.WritePack(p.ctx, w)
		return err
	})
	if err != nil {
		return fmt.Errorf("git tree %s: %w", t.ID, err)
	}
	stem := "objects/pack/pack-" + sum
	t.files = []treeFile{{stem + ".pack", ecosystems.Have{Object: pack}}, {stem + ".idx", ecosystems.Made{Bytes: index}}}
	for _, f := range tree.Files(stem + ".pack") {
		text, _ := f.Text()
		t.files = append(t.files, treeFile{f.Name, ecosystems.Made{Bytes: text}})
	}
	return nil
}
