package page

import (
	"cmp"
	"context"
	"errors"
	"iter"

	"github.com/offmirror/offmirror/layout"
)

// errEnough ends the reading of a list whose rest nobody wants.
var errEnough = errors.New("nobody wants more")

// scan yields the entries of a kept snapshot as they are read, which takes no memory for the list, and in the end an
// error, if there was one.
func scan(ctx context.Context, h *layout.History, id string) iter.Seq2[layout.Entry, error] {
	return func(yield func(layout.Entry, error) bool) {
		_, err := h.Scan(id, func(e layout.Entry) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			if !yield(e, nil) {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(layout.Entry{}, err)
		}
	}
}

// differences yields what leads from one snapshot to another, by path. Unlike [layout.Diff] it loads neither, so
// that looking at a difference takes no memory and drives nothing out of it that clients use.
func differences(ctx context.Context, h *layout.History, from, to string) iter.Seq2[layout.Change, error] {
	return func(yield func(layout.Change, error) bool) {
		nextOld, stopOld := iter.Pull2(scan(ctx, h, from))
		defer stopOld()
		nextNew, stopNew := iter.Pull2(scan(ctx, h, to))
		defer stopNew()
		old, errOld, hasOld := nextOld()
		fresh, errNew, hasNew := nextNew()
		for hasOld || hasNew {
			if err := cmp.Or(errOld, errNew); err != nil {
				yield(layout.Change{}, err)
				return
			}
			order := cmp.Compare(old.Path, fresh.Path)
			switch {
			case !hasOld:
				order = 1
			case !hasNew:
				order = -1
			}
			c, changed := layout.Change{Path: fresh.Path}, old != fresh
			if order <= 0 {
				c.Path, c.Old = old.Path, old
				old, errOld, hasOld = nextOld()
			}
			if order >= 0 {
				c.New = fresh
				fresh, errNew, hasNew = nextNew()
			}
			if changed && !yield(c, nil) {
				return
			}
		}
	}
}
