package julia

import (
	"fmt"

	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/fetch"
)

// peek returns what a package teaches that is not part of the mirror yet, for a plan. It
// looks into what runs before left in the store; with --deep, the tarball is fetched, as
// if it were an index.
func (p *planner) peek(path string, tree treehash.Hash) (*lesson, error) {
	if p.upstream == "" {
		return nil, nil
	}
	r := server{p}.request(path)
	r.Key = packageKey(tree)
	r.Proof = artifacts.Proof(tree, func(in artifacts.InPackage) { p.learn(tree, in) })
	o, held := p.in.Workshop.Held(r)
	if !held && !p.in.Selection.Deep {
		return nil, nil
	}
	var err error
	if !held {
		o, err = p.in.Workshop.Fetch(p.ctx, r)
	}
	if err != nil {
		if p.ctx.Err() != nil || fetch.IsLocal(err) {
			return nil, err
		}
		return nil, nil // the sync will say what is wrong with it
	}
	if err := p.learnFrom(p.in.Workshop, tree, o); err != nil {
		return nil, err
	}
	return p.lesson(tree), nil
}

// reread reads the package again that wants an artifact of which only the tree is
// remembered.
func (p *planner) reread(n *need) error {
	o, ok := p.previous(n.path)
	if !ok {
		return fmt.Errorf("%s: the current snapshot remembers its artifacts, but does not have it", n.by())
	}
	p.mu.Lock()
	delete(p.learned, n.from)
	p.mu.Unlock()
	if err := p.learnFrom(p.in.Workshop, n.from, o); err != nil {
		return fmt.Errorf("%s: %w; run offmirror verify julia", n.by(), err)
	}
	for _, a := range p.lesson(n.from).wanted {
		if a.Tree == n.tree {
			n.learn(&a)
			return nil
		}
	}
	return fmt.Errorf("%s: it does not say any more where artifact %s is from", n.by(), n.tree)
}
