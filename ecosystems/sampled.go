package ecosystems

import "github.com/offmirror/offmirror/layout"

// Sampled is a view that is given to a [Prover] when only a part of a mirror is to be
// proven: all of the snapshot is in it, and some entries are in the sample.
type Sampled interface {
	layout.View
	InSample(layout.Entry) bool
}

// InSample reports whether a proof should read the bytes of an entry that is named by its content. It
// depends on the entry's object alone. Without a sample everything is in it.
// What lists other things, and is cheap to prove, a proof may always read: nobody
// has compared its bytes with its SHA-256 then.
func InSample(view layout.View, e layout.Entry) bool {
	s, ok := view.(Sampled)
	return !ok || s.InSample(e)
}
