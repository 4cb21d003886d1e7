package mirror

import (
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/offmirror/offmirror/layout"
)

// pulledView is a snapshot with what was pulled since. A path that both have is the snapshot's. What was
// pulled before a snapshot and is not in it has been left out by the sync: it is denied now, or withdrawn.
type pulledView struct {
	layout.View
	pulled *pulled
	since  int64 // when the sync of the snapshot began, in seconds since 1970
}

func newPulledView(view layout.View, p *pulled) pulledView {
	v := pulledView{View: view, pulled: p}
	if taken, ok := view.(interface{ Taken() time.Time }); ok {
		v.since = taken.Taken().Unix()
	}
	return v
}

// Lookup implements [layout.View].
func (v pulledView) Lookup(path string) (layout.Entry, bool) {
	if e, ok := v.View.Lookup(path); ok {
		return e, true
	}
	return v.onlyPulled(path)
}

func (v pulledView) onlyPulled(path string) (layout.Entry, bool) {
	o, ok := v.pulled.get(path)
	return layout.Entry{Path: path, Object: o.ID, Size: o.Size}, ok && o.at >= v.since
}

// All implements [layout.View].
func (v pulledView) All(prefix string) iter.Seq[layout.Entry] {
	entries := v.added(prefix)
	return func(yield func(layout.Entry) bool) {
		added := entries
		for e := range v.View.All(prefix) {
			for len(added) > 0 && added[0].Path < e.Path {
				if !yield(added[0]) {
					return
				}
				added = added[1:]
			}
			if !yield(e) {
				return
			}
		}
		for _, e := range added {
			if !yield(e) {
				return
			}
		}
	}
}

// added returns what was pulled below a prefix and the snapshot lacks, sorted by path.
func (v pulledView) added(prefix string) (entries []layout.Entry) {
	v.pulled.mu.RLock()
	paths := slices.Sorted(maps.Keys(v.pulled.at))
	v.pulled.mu.RUnlock()
	for _, path := range paths {
		if !strings.HasPrefix(path, prefix) {
			continue
		}
		if _, both := v.View.Lookup(path); both {
			continue
		}
		if e, ok := v.onlyPulled(path); ok {
			entries = append(entries, e)
		}
	}
	return entries
}

// overlay is what was pulled alone, read with the proofs of the snapshot's site.
type overlay struct{ pulledView }

// Lookup implements [layout.View].
func (v overlay) Lookup(path string) (layout.Entry, bool) { return v.onlyPulled(path) }
