package retention

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/idset"
)

// Options is how [Collect] goes about it. The callbacks may be nil.
type Options struct {
	Config Config
	DryRun bool         // change nothing, and tell what would be done
	Clock  func() Clock // nil: SystemClock

	OnSnapshot func(ecosystem string, v Verdict) // for each snapshot, by ecosystem, those that are kept first
	OnObject   func(Object)                      // for each object that nothing needs, sorted
	OnLeftover func(Leftover)                    // for each thing beside them that is removed
	Trace      func(Step)                        // before each step, and those of layout, for tests that want to stop there
}

// Step is a point in a run of [Collect] at which it may die without harm.
type Step string

// The steps, in their order. Some come several times.
const (
	StepMark    Step = "read what is kept"
	StepPardon  Step = "take off the list what was needed until now"
	StepRelease Step = "bring the second tree to the current snapshot"
	StepForget  Step = "forget a snapshot"
	StepRemove  Step = "remove objects"
	StepRecord  Step = "write down what is condemned"
	StepSweep   Step = "remove leftovers"
	StepDone    Step = "done"
)

// Fate is what becomes of an object that nothing needs.
type Fate string

// The fates.
const (
	Condemned Fate = "condemned" // by this run
	Waiting   Fate = "waiting"   // condemned by an earlier run, or too young a file
	Awaited   Fate = "awaited"   // by a sync that has not come to its end
	Removed   Fate = "removed"
)

// Object is one that nothing needs.
type Object struct {
	ID    store.ID
	Size  int64 // bytes
	Fate  Fate
	Since time.Time // when it was condemned, or if it is awaited, written
}

// Leftover is something beside snapshots and objects that is of no use any more.
type Leftover struct {
	Path string // relative to ROOT
	Why  string
}

// Sum counts objects.
type Sum struct {
	Objects int   `json:"objects"`
	Bytes   int64 `json:"bytes"`
}

func (s *Sum) add(size int64) {
	s.Objects++
	s.Bytes += size
}

// Result is what a run came to; of a dry run, what it would have come to.
type Result struct {
	Kept, Forgotten int // snapshots
	Objects         int // in the store, before
	Needed          int // of those

	Condemned, Waiting, Awaited, Removed Sum

	Unfinished []string // ecosystems with a sync that has not come to its end

	Damage error // of the list of condemned objects, which was begun anew
}

// Collect forgets the snapshots that the rules do not keep, condemns objects that nothing
// needs, and removes those that were condemned long enough ago; see the package's comment. It wants
// the layout.Lock of the root.
//
// It needs 33 bytes of memory for each object of the store, whatever the number of snapshots
// and of their entries.
//
// The result is meaningful with an error too. An error that something kept cannot be read
// comes before anything was changed.
func Collect(ctx context.Context, root *os.Root, objects *store.Store, o Options) (Result, error) {
	c := &collector{root: root, objects: objects, Options: o}
	c.defaults()
	c.clock = c.Clock()
	err := c.collect(ctx)
	return c.result, err
}

type collector struct {
	Options
	root    *os.Root
	objects *store.Store
	clock   Clock
	result  Result
	old     verdicts

	floor   time.Time // what is younger is awaited; zero: nothing
	expired []string  // notes of syncs that nobody goes on with

	set    *idset.Set
	needed idset.Marks // what something kept refers to
	named  idset.Marks // what a snapshot names that is forgotten now
	dead   idset.Marks // what nothing does
	doomed idset.Marks // of those, what is removed now
}

func (c *collector) defaults() {
	if c.Clock == nil {
		c.Clock = SystemClock
	}
	if c.OnSnapshot == nil {
		c.OnSnapshot = func(string, Verdict) {}
	}
	if c.OnObject == nil {
		c.OnObject = func(Object) {}
	}
	if c.OnLeftover == nil {
		c.OnLeftover = func(Leftover) {}
	}
	if c.Trace == nil {
		c.Trace = func(Step) {}
	}
}

func (c *collector) collect(ctx context.Context) error {
	if err := c.Config.Check(); err != nil {
		return err
	}
	if err := c.index(); err != nil {
		return err
	}
	histories, err := c.survey()
	if err != nil {
		return nothingDone(err)
	}
	if c.floor, err = c.awaited(); err != nil {
		return nothingDone(err)
	}
	c.Trace(StepMark)
	if err := c.mark(ctx, histories); err != nil {
		return nothingDone(err)
	}
	if err := c.reprieve(ctx, histories); err != nil {
		return nothingDone(err)
	}
	for _, h := range histories {
		for _, v := range h.kept {
			c.OnSnapshot(h.Ecosystem(), v)
		}
		c.result.Kept += len(h.kept)
		if err := c.forget(ctx, h); err != nil {
			return err
		}
	}
	if err := c.judge(ctx); err != nil {
		return err
	}
	if !c.DryRun {
		failed := c.remove(ctx) // what stays is condemned nevertheless
		if ctx.Err() != nil {
			return ctx.Err()
		}
		c.Trace(StepRecord)
		if err := c.write(); err != nil && failed == nil {
			failed = fmt.Errorf("what was found to be of no use is not written down, so the next run begins anew with it: %w", err)
		}
		if failed != nil {
			return failed
		}
	}
	c.Trace(StepSweep)
	if err := c.sweep(histories); err != nil {
		return err
	}
	c.Trace(StepDone)
	return nil
}

func nothingDone(err error) error { return fmt.Errorf("nothing was forgotten or removed: %w", err) }

// index lists the store.
func (c *collector) index() error {
	n := 0
	for _, err := range c.objects.Names() {
		if err != nil {
			return err
		}
		n++
	}
	var b idset.Builder
	b.Grow(n)
	for id, err := range c.objects.Names() {
		if err != nil {
			return err
		}
		b.Add(id)
	}
	c.set = b.Set()
	c.needed, c.named, c.dead, c.doomed = c.set.NewMarks(), c.set.NewMarks(), c.set.NewMarks(), c.set.NewMarks()
	c.result.Objects = c.set.Len()
	return nil
}

// need marks an object, if it is in the store.
func (c *collector) need(id store.ID) {
	if i, ok := c.set.Find(id); ok && c.needed.Set(i) {
		c.result.Needed++
	}
}

// mark reads whatever is kept.
func (c *collector) mark(ctx context.Context, histories []*surveyed) error {
	for _, h := range histories {
		for _, v := range h.kept {
			_, err := h.Scan(v.ID, func(e layout.Entry) error {
				if !e.IsLink() {
					c.need(e.Object)
				}
				return ctx.Err()
			})
			if err != nil {
				return err
			}
		}
	}
	if err := objectsIn(c.root, driversFolder, c.need); err != nil {
		return err
	}
	if err := namesInFile(c.root, shelfFile, objectDigits, asObject(c.need)); err != nil {
		return err
	}
	if err := objectsIn(c.root, pulledFolder, c.need); err != nil {
		return err
	}
	return c.markApplying(ctx)
}

// forget removes the snapshots that are not kept, after the tree that may still show one of them.
func (c *collector) forget(ctx context.Context, h *surveyed) error {
	gone := make(map[string]bool, len(h.forgotten))
	for _, v := range h.forgotten {
		gone[v.ID] = true
	}
	stale, err := h.StaleSpare(func(id string) bool { return gone[id] })
	if err != nil {
		return err
	}
	if stale {
		c.OnLeftover(Leftover{"state/trees/" + h.Ecosystem(), "the tree that is not served shows what is kept no more"})
	}
	if stale && !c.DryRun {
		c.Trace(StepRelease)
		if _, err := h.ReleaseSpare(ctx, func(id string) bool { return gone[id] }); err != nil {
			return err
		}
	}
	for _, v := range h.forgotten {
		c.OnSnapshot(h.Ecosystem(), v)
		if c.DryRun {
			c.result.Forgotten++
			continue
		}
		c.Trace(StepForget)
		if err := h.Forget(v.ID); err != nil {
			return err
		}
		c.result.Forgotten++
	}
	return ctx.Err()
}

// remove removes what is doomed.
func (c *collector) remove(ctx context.Context) error {
	want := c.result.Removed
	if want.Objects == 0 {
		return nil
	}
	c.Trace(StepRemove)
	removed, err := c.objects.RemoveAll(ctx, func(yield func(store.ID) bool) {
		for i := range c.set.Len() {
			if c.doomed.Has(i) && !yield(c.set.At(i)) {
				return
			}
		}
	})
	if removed == want.Objects {
		return err
	}
	c.result.Removed.Objects = removed
	for i := range c.set.Len() {
		if !c.doomed.Has(i) {
			continue
		}
		if size, there := c.objects.Has(c.set.At(i)); there {
			c.doomed.Clear(i)
			c.result.Removed.Bytes -= size
			c.result.Waiting.add(size)
		}
	}
	if err == nil {
		err = errors.New("objects vanished while gc was running: somebody changes the store without its lock")
	}
	return err
}
