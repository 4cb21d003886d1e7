package julia

import (
	"context"
	"fmt"
	"io"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/treetar"
	"github.com/offmirror/offmirror/fetch"
)

// lesson is what a package's tarball taught about the artifacts that it needs.
type lesson struct {
	wanted []artifacts.Artifact // that some client on one of the platforms may ask for
	known  trees                // the same, as an earlier run remembered them
	err    error                // no client can read the file
}

// nothing is what most packages teach.
var nothing = &lesson{}

// trees returns what is to be remembered.
func (l *lesson) trees() trees {
	if l.wanted == nil {
		return l.known
	}
	list := make(trees, 0, len(l.wanted))
	seen := map[treehash.Hash]int{}
	for _, a := range l.wanted {
		if i, ok := seen[a.Tree]; ok { // lazy only if it is so everywhere
			list[i].Lazy = list[i].Lazy && a.Lazy
			continue
		}
		seen[a.Tree] = len(list)
		list = append(list, wantedTree{a.Tree, a.Lazy, a.Platform.Machine().String()})
	}
	return list
}

// learn takes down what a package says about artifacts.
func (p *planner) learn(tree treehash.Hash, in artifacts.InPackage) {
	l := &lesson{}
	file, err := in.Parse("")
	if err != nil {
		l.err = err
	} else {
		l.wanted = artifacts.Superset(file.Artifacts, p.platforms, p.lazy)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.learned[tree] = l
}

func (p *planner) lesson(tree treehash.Hash) *lesson {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.learned[tree]
}

// learnFrom reads the tarball of a package, unless what it teaches is known. It proves
// the tarball once more, so one that is damaged is an error.
func (p *planner) learnFrom(w ecosystems.Workshop, tree treehash.Hash, o fetch.Object) error {
	if p.lesson(tree) != nil {
		return nil
	}
	f, err := w.Open(o)
	if err != nil {
		return err
	}
	defer f.Close()
	return artifacts.Proof(tree, func(in artifacts.InPackage) { p.learn(tree, in) })(f, o.Size)
}

// recall takes over what an earlier run learned of a package that the mirror has, or
// reads it again.
func (p *planner) recall(tree treehash.Hash, o fetch.Object) error {
	if p.lesson(tree) != nil {
		return nil
	}
	if p.old != nil && p.old.Learning == p.next.Learning {
		known, ok := p.old.Artifacts[tree.String()]
		if ok || p.old.without(tree) {
			p.mu.Lock()
			defer p.mu.Unlock()
			if p.learned[tree] = nothing; len(known) > 0 {
				p.learned[tree] = &lesson{known: known}
			}
			return nil
		}
	}
	if err := p.learnFrom(p.in.Workshop, tree, o); err != nil {
		return fmt.Errorf("package of tree %s: %w; run offmirror verify julia", tree, err)
	}
	return nil
}

// plainGzip returns a tarball in gzip, which every client reads: itself if it is so
// packed, or else written anew.
func plainGzip(ctx context.Context, w ecosystems.Workshop, o fetch.Object, tree treehash.Hash) (fetch.Object, error) {
	f, err := w.Open(o)
	if err != nil {
		return o, err
	}
	defer f.Close()
	var head [treehash.MagicBytes]byte
	n, err := f.ReadAt(head[:], 0)
	if err != nil && n == 0 {
		return o, err
	}
	if treehash.Sniff(head[:n]) == treehash.Gzip {
		return o, nil
	}
	return w.Write(ctx, "julia gzip "+tree.String(), func(dst io.Writer) error { return rewrite(w, dst, o) })
}

// rewrite writes the tarball of an object anew, in normal form and gzip.
func rewrite(w ecosystems.Workshop, dst io.Writer, o fetch.Object) error {
	return withSpool(w, o, func(src io.Reader, spool ecosystems.Spool) error {
		_, err := treetar.Rewrite(dst, src, spool, treehash.Options{})
		return err
	})
}

// withSpool lends an object and a temporary file to use.
func withSpool(w ecosystems.Workshop, o fetch.Object, use func(src io.Reader, spool ecosystems.Spool) error) error {
	f, err := w.Open(o)
	if err != nil {
		return err
	}
	defer f.Close()
	spool, err := w.Spool()
	if err != nil {
		return err
	}
	defer spool.Close()
	return use(f, spool)
}

func packageKey(tree treehash.Hash) string  { return "julia package " + tree.String() }
func artifactKey(tree treehash.Hash) string { return "julia artifact " + tree.String() }
