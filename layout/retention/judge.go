package retention

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"iter"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// judge decides about every object that nothing needs.
func (c *collector) judge(ctx context.Context) error {
	next, stop := c.old.cursor()
	defer stop()
	for i := range c.set.Len() {
		if c.needed.Has(i) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		id := c.set.At(i)
		info, err := c.objects.Stat(id)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
			continue
		}
		if err != nil {
			return err
		}
		if !c.floor.IsZero() && !info.ModTime().Before(c.floor) {
			c.result.Awaited.add(info.Size())
			c.OnObject(Object{id, info.Size(), Awaited, info.ModTime()})
			continue
		}
		since, known, err := next(id)
		if err != nil {
			return err
		}
		if c.named.Has(i) { // whatever was said of it before
			since, known = c.clock.Now, false
		}
		c.dead.Set(i)
		o := Object{ID: id, Size: info.Size(), Fate: Condemned, Since: since}
		switch {
		case c.Config.Grace == 0 || c.passed(since, c.old.now) && c.passed(info.ModTime(), c.old.now.Add(-c.old.jump)):
			o.Fate = Removed
			c.doomed.Set(i)
			c.result.Removed.add(o.Size)
		case known:
			o.Fate = Waiting
			c.result.Waiting.add(o.Size)
		default:
			c.result.Condemned.add(o.Size)
		}
		c.OnObject(o)
	}
	return nil
}

// passed reports whether the grace went by between two times.
func (c *collector) passed(since, now time.Time) bool { return now.Sub(since) >= c.Config.Grace }

// verdicts are those of earlier runs, as they are to be understood now.
type verdicts struct {
	record record
	now    time.Time
	jump   time.Duration // by which the clock was put forward meanwhile
}

// cursor returns a function that tells since when an object is condemned, and whether it was before
// this run. It wants to be asked for objects in their order.
func (v verdicts) cursor() (func(store.ID) (since time.Time, known bool, err error), func()) {
	pull, stop := iter.Pull2(v.record.all())
	at, failed, more := pull()
	return func(id store.ID) (time.Time, bool, error) {
		for more && failed == nil && bytes.Compare(at.id[:], id[:]) < 0 {
			at, failed, more = pull()
		}
		if more && failed != nil {
			return time.Time{}, false, failed
		}
		if since := at.since.Add(v.jump); more && at.id == id && !since.After(v.now) {
			return since, true, nil
		}
		return v.now, false, nil
	}, stop
}

// write writes down what is condemned and stays.
func (c *collector) write() error {
	if c.result.Condemned.Objects+c.result.Waiting.Objects == 0 {
		return layout.RemoveFile(c.root, recordPath)
	}
	return writeRecord(c.root, c.clock, func(yield func(condemned, error) bool) {
		next, stop := c.old.cursor()
		defer stop()
		for i := range c.set.Len() {
			if !c.dead.Has(i) || c.doomed.Has(i) {
				continue
			}
			id := c.set.At(i)
			since, _, err := next(id)
			if c.named.Has(i) {
				since = c.clock.Now
			}
			if !yield(condemned{id, since}, err) {
				return
			}
		}
	})
}
