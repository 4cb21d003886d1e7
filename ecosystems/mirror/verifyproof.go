package mirror

import (
	"context"
	"iter"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/layout"
)

// proofs asks the driver for its own. Files whose objects are damaged are reported already:
// the driver does not see them, and what it says of them is that they are missing.
func (v *verifier) proofs(ctx context.Context, snapshot *layout.Snapshot) error {
	prover, ok := v.driver.(ecosystems.Prover)
	if !ok || v.opts.Quick {
		return nil
	}
	view := soundView{snapshot, v}
	for p, err := range prover.Prove(ctx, view) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if e, ok := snapshot.Lookup(p); ok && view.isBad(e) {
			continue
		}
		v.damage(Damage{Path: p, Kind: Refuted, Error: err.Error()})
	}
	return ctx.Err()
}

// soundView hides the entries whose objects are damaged, and knows the sample.
type soundView struct {
	layout.View
	v *verifier
}

var _ ecosystems.Sampled = soundView{}

func (s soundView) InSample(e layout.Entry) bool { return s.v.reads(e) }

func (s soundView) isBad(e layout.Entry) bool {
	_, bad := s.v.bad[e.Object]
	return bad && !e.IsLink()
}

func (s soundView) Lookup(p string) (layout.Entry, bool) {
	e, ok := s.View.Lookup(p)
	return e, ok && !s.isBad(e)
}

func (s soundView) All(prefix string) iter.Seq[layout.Entry] {
	return func(yield func(layout.Entry) bool) {
		for e := range s.View.All(prefix) {
			if !s.isBad(e) && !yield(e) {
				return
			}
		}
	}
}
