package retention

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/idset"
)

// An object may be condemned, needed again, and lose that need again before gc has
// looked. Then the grace begins anew: it is for whoever still reads what was forgotten a moment ago.

// reprieve reads what earlier runs have condemned, and takes off the list what a snapshot names that is
// about to be forgotten.
func (c *collector) reprieve(ctx context.Context, histories []*surveyed) error {
	r, damage, err := openRecord(c.root)
	if err != nil {
		return err
	}
	c.result.Damage = damage
	c.old = verdicts{record: r, now: c.clock.Now, jump: c.clock.jump(r.clock)}
	if !r.there {
		return nil
	}
	some := false
	for _, h := range histories {
		for _, v := range h.forgotten {
			_, err := h.Scan(v.ID, func(e layout.Entry) error {
				if i, ok := c.set.Find(e.Object); ok && !e.IsLink() && !c.needed.Has(i) {
					some = c.named.Set(i) || some
				}
				return ctx.Err()
			})
			if err != nil {
				return err
			}
		}
	}
	if !some || c.DryRun {
		return nil
	}
	c.Trace(StepPardon)
	return pardon(r, func(id store.ID) bool {
		i, ok := c.set.Find(id)
		return ok && c.named.Has(i)
	})
}

// pardon takes objects off the list. Where there is no room for a new list there is none
// afterwards, and everything is condemned anew.
func pardon(r record, named func(store.ID) bool) error {
	err := writeRecord(r.root, r.clock, func(yield func(condemned, error) bool) {
		for c, err := range r.all() {
			if (err != nil || !named(c.id)) && !yield(c, err) {
				return
			}
		}
	})
	if errors.Is(err, store.ErrFull) {
		err = layout.RemoveFile(r.root, recordPath)
	}
	return err
}

// Forget forgets one snapshot, as layout.History.Forget does, and sees to it that the grace of what only
// this snapshot names begins now. It refuses one that a bundle builds on, unless that is told to be of no importance.
// It wants the layout.Lock of the root.
func Forget(ctx context.Context, root *os.Root, h *layout.History, ref string, bundledToo bool) (id string, err error) {
	if id, err = h.Forgettable(ref); err != nil {
		return id, err
	}
	if !bundledToo {
		bundled, err := Needed(root, func(store.ID) {})
		if err != nil {
			return id, err
		}
		if bundled[NeededSnapshot{h.Ecosystem(), id}] {
			return id, &BundledError{h.Ecosystem(), id}
		}
	}
	if _, err := h.ReleaseSpare(ctx, func(shown string) bool { return shown == id }); err != nil {
		return id, err
	}
	if err := release(ctx, root, h, id); err != nil {
		return id, err
	}
	return id, h.Forget(id)
}

// BundledError says that the next bundle builds on a snapshot.
type BundledError struct{ Ecosystem, ID string }

func (e *BundledError) Error() string {
	return fmt.Sprintf("the next bundle builds on snapshot %s of %s; make a bundle that does not, or forget it all the same with --force", e.ID, e.Ecosystem)
}

// release takes off the list what a snapshot names that is about to be forgotten.
func release(ctx context.Context, root *os.Root, h *layout.History, id string) error {
	r, damage, err := openRecord(root)
	if err != nil {
		return err
	}
	if damage != nil || !r.there {
		return nil // everything is condemned anew anyway
	}
	var b idset.Builder
	for c, err := range r.all() {
		if err != nil {
			return err
		}
		b.Add(c.id)
	}
	set := b.Set()
	marks, some := set.NewMarks(), false
	_, err = h.Scan(id, func(e layout.Entry) error {
		if i, ok := set.Find(e.Object); ok && !e.IsLink() {
			some = marks.Set(i) || some
		}
		return ctx.Err()
	})
	if _, damaged := errors.AsType[*layout.DamagedError](err); damaged || errors.Is(err, fs.ErrNotExist) {
		return layout.RemoveFile(root, recordPath) // it may have named anything
	}
	if err != nil || !some {
		return err
	}
	return pardon(r, func(id store.ID) bool {
		i, ok := set.Find(id)
		return ok && marks.Has(i)
	})
}
