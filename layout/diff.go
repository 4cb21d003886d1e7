package layout

import "iter"

// Change is one difference between two snapshots, at one path: another object,
// another target of a link, or a link instead of a file. Old is zero when the
// path is new, New is zero when it is gone.
type Change struct {
	Path     string
	Old, New Entry
}

// Added reports whether the path is new.
func (c Change) Added() bool { return c.Old.Path == "" }

// Removed reports whether the path is gone.
func (c Change) Removed() bool { return c.New.Path == "" }

// Diff yields what leads from a to b, sorted by path. Either may be nil, which is
// an empty snapshot.
func Diff(a, b *Snapshot) iter.Seq[Change] {
	return diffLists(a.list(), b.list())
}

func (s *Snapshot) list() *List {
	if s == nil {
		return &List{}
	}
	return s.List
}

func diffLists(a, b *List) iter.Seq[Change] {
	return func(yield func(Change) bool) {
		i, j := 0, 0
		for i < a.Len() || j < b.Len() {
			var c Change
			switch {
			case j == b.Len() || i < a.Len() && a.path(i) < b.path(j):
				c = Change{Path: a.path(i), Old: a.At(i)}
				i++
			case i == a.Len() || b.path(j) < a.path(i):
				c = Change{Path: b.path(j), New: b.At(j)}
				j++
			default:
				same := a.objects[i] == b.objects[j] && a.link(i) == b.link(j)
				c = Change{Path: a.path(i), Old: a.At(i), New: b.At(j)}
				i, j = i+1, j+1
				if same {
					continue
				}
			}
			if !yield(c) {
				return
			}
		}
	}
}
