package layout

import (
	"bytes"
	"iter"
)

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
	return func(yield func(Change) bool) {
		from, to := a.list().cursor(0), b.list().cursor(0)
		_ = differences(&from, &to, func(old, fresh *record) bool {
			var c Change
			if old != nil {
				c.Old = old.entry()
				c.Path = c.Old.Path
			}
			if fresh != nil {
				c.New = fresh.entry()
				c.Path = c.New.Path
			}
			return yield(c)
		})
	}
}

func (s *Snapshot) list() *List {
	if s == nil {
		return &List{}
	}
	return s.List
}

// differences calls each with what leads from a to b, sorted by path: with two records
// of the same path, or with one and nil. It ends early when each returns false. The
// error is that of a or b.
func differences(a, b walk, each func(old, fresh *record) bool) error {
	hasA, hasB := a.next(), b.next()
	for hasA || hasB {
		if !hasA && a.err() != nil || !hasB && b.err() != nil {
			break // what is left of the other is no difference
		}
		var order int
		switch {
		case !hasB:
			order = -1
		case !hasA:
			order = 1
		default:
			order = bytes.Compare(a.at().path, b.at().path)
		}
		goOn := true
		switch {
		case order < 0:
			goOn = each(a.at(), nil)
		case order > 0:
			goOn = each(nil, b.at())
		case !a.at().sameContent(b.at()):
			goOn = each(a.at(), b.at())
		}
		if !goOn {
			return nil
		}
		if order <= 0 {
			hasA = a.next()
		}
		if order >= 0 {
			hasB = b.next()
		}
	}
	if err := a.err(); err != nil {
		return err
	}
	return b.err()
}
