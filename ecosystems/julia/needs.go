package julia

import (
	"fmt"
	"slices"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/resolve"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/layout"
)

// need is an artifact that packages of the mirror want. There may be a hundred thousand
// of them.
type need struct {
	*wanter
	tree    treehash.Hash
	machine string              // the kind of machine that it is for; "" if it is not known
	about   *artifacts.Artifact // what the package says; nil if only the tree is known
}

// wanter is the first package that wants an artifact.
type wanter struct {
	pkg    string
	number string        // its version
	path   string        // of its tarball
	from   treehash.Hash // its tree
}

// learn takes down what a package says about the artifact.
func (n *need) learn(a *artifacts.Artifact) {
	n.about, n.machine = a, a.Platform.Machine().String()
}

// by names the package for people.
func (w *wanter) by() string { return w.pkg + " " + w.number }

// emitArtifacts yields the artifacts of all packages that have arrived.
func (p *planner) emitArtifacts() error {
	needs, order, err := p.gatherNeeds()
	if err != nil {
		return err
	}
	if err := p.expectArtifacts(needs, order); err != nil {
		return err
	}
	var paths []string
	for _, tree := range order {
		if p.variants.on {
			paths = append(paths, pkgserver.ArtifactPath(tree))
		}
		if err := p.emitArtifact(needs[tree]); err != nil {
			return err
		}
	}
	if err := p.settle(); err != nil {
		return err
	}
	return p.emitVariants(paths, layout.Content)
}

// gatherNeeds reads what the packages say, and remembers it for the next run.
func (p *planner) gatherNeeds() (map[treehash.Hash]*need, []treehash.Hash, error) {
	needs := map[treehash.Hash]*need{}
	var order []treehash.Hash
	done := map[treehash.Hash]bool{}
	unknown := map[string]bool{}
	err := p.kept(func(_ *shelf, pkg *resolve.Package, k resolve.Kept) error {
		path := pkgserver.PackagePath(pkg.UUID, k.Tree)
		if done[k.Tree] || p.lost[path] {
			return nil
		}
		done[k.Tree] = true
		l, err := p.lessonOf(path, k.Tree)
		if err != nil {
			return err
		}
		switch {
		case l == nil:
			unknown[pkg.Name] = true
			return nil
		case l.err != nil:
			p.notice("broken-package", path, "%s %s: %v; no client can read it, so its artifacts are not mirrored", pkg.Name, k.Version, l.err)
		}
		by := &wanter{pkg: pkg.Name, number: k.Version.String(), path: path, from: k.Tree}
		p.remember(k.Tree, l)
		for _, w := range l.known {
			if needs[w.Tree] == nil {
				needs[w.Tree] = &need{wanter: by, tree: w.Tree, machine: w.Machine}
				order = append(order, w.Tree)
			}
		}
		for i := range l.wanted {
			a := &l.wanted[i]
			n := needs[a.Tree]
			switch {
			case n == nil:
				n = &need{wanter: by, tree: a.Tree}
				n.learn(a)
				needs[a.Tree] = n
				order = append(order, a.Tree)
			case n.about == nil:
				n.learn(a)
			default:
				n.about.Downloads = mergeDownloads(n.about.Downloads, a.Downloads)
			}
		}
		return nil
	})
	slices.SortFunc(p.next.Without, compareHashes)
	if len(unknown) > 0 {
		p.notice(ecosystems.UnknownYet, "", "%s", p.unknownArtifacts(len(unknown)))
	}
	return needs, order, err
}

// unknownArtifacts says that so many packages have not told what they need. With --deep they
// were asked in vain.
func (p *planner) unknownArtifacts(packages int) string {
	whose, wait := fmt.Sprintf("%d packages", packages), "their tarballs are"
	if packages == 1 {
		whose, wait = "1 package", "its tarball is"
	}
	text := fmt.Sprintf("the artifacts of %s are not known before %s here, so they are not in these sums", whose, wait)
	if p.in.Selection.Deep {
		return text + "; not every tarball could be had now"
	}
	return text + "; --deep reads them now"
}

// lessonOf returns what the package at path taught, or nil if it is not here and nothing
// is fetched.
func (p *planner) lessonOf(path string, tree treehash.Hash) (*lesson, error) {
	if l := p.lesson(tree); l != nil {
		return l, nil
	}
	o, ok := p.previous(path)
	if !ok && p.in.Planning {
		return p.peek(path, tree)
	}
	if !ok {
		return nil, fmt.Errorf("package %s arrived, but nobody looked into it", path)
	}
	if err := p.recall(tree, o); err != nil {
		return nil, err
	}
	return p.lesson(tree), nil
}

// remember notes the artifacts of a package for the next run. Of the lesson no more is kept
// than that: where artifacts are from takes most of a run's memory, and from here on only the
// needs have to tell.
func (p *planner) remember(tree treehash.Hash, l *lesson) {
	list := l.trees()
	reduced := nothing
	if len(list) == 0 {
		p.next.Without = append(p.next.Without, tree)
	} else {
		p.next.Artifacts[tree.String()] = list
		reduced = &lesson{known: list}
	}
	if l.err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.learned[tree] = reduced
}

func mergeDownloads(a, b []artifacts.Download) []artifacts.Download {
	for _, d := range b {
		if !slices.Contains(a, d) {
			a = append(a, d)
		}
	}
	return a
}
