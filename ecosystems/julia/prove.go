package julia

import (
	"context"
	"iter"

	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/layout"
)

// Prove implements [ecosystems.Prover].
func (d *driver) Prove(ctx context.Context, view layout.View) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for e := range view.All("") {
			o, err := pkgserver.ParsePath(e.Path)
			if err != nil {
				continue
			}
			if err := proveObject(view, e, o); err != nil && !yield(e.Path, err) || ctx.Err() != nil {
				return
			}
		}
		for path, err := range d.proveReleases(ctx, view) {
			if !yield(path, err) {
				return
			}
		}
	}
}

func proveObject(view layout.View, e layout.Entry, o pkgserver.Object) error {
	f, err := view.Open(e)
	if err != nil {
		return err
	}
	defer f.Close()
	rules := treehash.Package
	if o.Kind == "registry" {
		rules = treehash.Registry
	}
	return treehash.Proof(o.Tree, rules...)(f, e.Size)
}
