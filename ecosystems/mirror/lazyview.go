package mirror

import (
	"fmt"
	"iter"

	"github.com/offmirror/offmirror/layout"
)

// lazyView loads a snapshot when it is first looked at: a run that finds
// nothing new never does, whatever the size of the mirror.
type lazyView struct {
	load func() (*layout.Snapshot, error)
}

// A snapshot that cannot be read is taken for an empty one: the driver then
// plans everything, and what the store holds is not fetched again.
func (v *lazyView) view() layout.View {
	s, err := v.load()
	if err != nil || s == nil {
		return emptyView{}
	}
	return s
}

func (v *lazyView) Lookup(path string) (layout.Entry, bool)  { return v.view().Lookup(path) }
func (v *lazyView) All(prefix string) iter.Seq[layout.Entry] { return v.view().All(prefix) }
func (v *lazyView) Open(e layout.Entry) (layout.File, error) { return v.view().Open(e) }

type emptyView struct{}

func (emptyView) Lookup(string) (layout.Entry, bool) { return layout.Entry{}, false }
func (emptyView) All(string) iter.Seq[layout.Entry]  { return func(func(layout.Entry) bool) {} }
func (emptyView) Open(e layout.Entry) (layout.File, error) {
	return nil, fmt.Errorf("%s: no snapshot to read it from", e.Path)
}
