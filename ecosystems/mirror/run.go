package mirror

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/semaphore"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// run gathers the items of one plan: it starts each fetch as soon as its item is
// yielded, and knows at any time what has arrived and what failed.
type run struct {
	engine  *fetch.Engine
	store   *store.Store
	room    *room
	abort   func(error) // ends the run
	tempDir string      // where temporary files are made; empty: in the store
	// vouched reports whether the current snapshot has that very object at a path.
	vouched func(path string, o fetch.Object) bool
	// only, if not nil, tells what may be transferred for a path.
	only func(path string, q fetch.Request) bool
	// pulled is what is in the store because clients asked for it, by path.
	pulled map[string]fetch.Object
	slots  *semaphore.Weighted // bounds items under way: transfers, and objects waiting for their group commit

	mu       sync.Mutex
	items    map[string]*slot // by path
	failures []ecosystems.Failure
	untold   []ecosystems.Failure // those that the driver has not been told of
	wanted   int                  // items accepted
	settled  int                  // items that arrived or failed
	bytes    int64                // of the items that arrived

	pending sync.WaitGroup
	tasks   chan task // to workers that have nothing to do
}

// task is one item to be fetched.
type task struct {
	slot *slot
	item ecosystems.Item
	get  func() (fetch.Object, error)
}

// slot is what became of an item.
type slot struct {
	fetch.Object
	link  *ecosystems.Item // if it is a link
	state slotState
}

// holds reports whether the slot has what another item of its path comes with.
func (s *slot) holds(source ecosystems.Source) bool {
	switch src := source.(type) {
	case ecosystems.Have:
		return s.link == nil && s.ID == src.ID
	case ecosystems.Link:
		return s.link != nil && s.link.Source == src
	}
	return false
}

func (s *slot) entry(path string) layout.Entry {
	if s.link != nil {
		return layout.Entry{Path: path, Link: s.link.Source.(ecosystems.Link).Target}
	}
	return layout.Entry{Path: path, Object: s.ID, Size: s.Size}
}

type slotState uint8

const (
	underWay slotState = iota
	arrived
	failed
	withdrawn
)

// itemsAhead is how many items may be under way beside those that are being
// transferred: enough that two commit groups fill while the network goes on, with
// less open files than the lowest limits that are usual (4096).
const itemsAhead = 3072

func newRun(engine *fetch.Engine, st *store.Store, room *room, concurrency int) *run {
	return &run{
		engine: engine, store: st, room: room,
		slots: semaphore.NewWeighted(int64(concurrency) + itemsAhead),
		items: map[string]*slot{},
		tasks: make(chan task),
	}
}

// close lets the workers go. Nothing may be under way or started afterwards.
func (r *run) close() { close(r.tasks) }

// accept takes one item of the plan. An error is the plan's own fault, or the
// run's end; what cannot be had is a failure instead.
func (r *run) accept(ctx context.Context, it ecosystems.Item) error {
	if err := layout.CheckPath(it.Path); err != nil {
		return fmt.Errorf("%s: %w", it.Name, err)
	}
	s, err := r.claim(it)
	if err != nil {
		return err
	}
	switch src := it.Source.(type) {
	case ecosystems.Withdrawn:
		return nil
	case ecosystems.Have:
		r.settle(s, it, src.Object, nil)
		return nil
	case ecosystems.Link:
		if err := layout.CheckLink(it.Path, src.Target); err != nil {
			return fmt.Errorf("%s: %w", it.Name, err)
		}
		r.settle(s, it, fetch.Object{}, nil)
		return nil
	case ecosystems.Failed:
		r.settle(s, it, fetch.Object{}, src.Err)
		return nil
	case ecosystems.Made:
		return r.start(ctx, s, it, func() (fetch.Object, error) {
			id, err := r.store.Put(ctx, src.Bytes)
			if err != nil && ctx.Err() == nil {
				r.abort(fmt.Errorf("%s: %w", it.Name, err))
			}
			return fetch.Object{ID: id, Size: int64(len(src.Bytes))}, err
		})
	case ecosystems.Download:
		if err := r.room.expect(src.Request, r.engine); err != nil {
			return err
		}
		return r.start(ctx, s, it, func() (fetch.Object, error) {
			o, err := r.fetch(ctx, it.Path, src.Request)
			if fetch.IsLocal(err) {
				r.abort(fmt.Errorf("%s: %w", it.Name, err))
			}
			return o, err
		})
	case ecosystems.Prepared:
		return r.start(ctx, s, it, func() (fetch.Object, error) { return src.Make(ctx, workshop{r, it.Path}) })
	default:
		return fmt.Errorf("%s: item %s has no source", it.Name, it.Path)
	}
}

// fetch gets an object. One that the store holds although the current snapshot
// does not vouch for it was left by a run that ended early, perhaps with the
// machine: it is read before it is believed.
func (r *run) fetch(ctx context.Context, path string, q fetch.Request) (fetch.Object, error) {
	if _, held := r.engine.Held(q); r.only != nil && path != "" && !held && !r.only(path, q) {
		return fetch.Object{}, errUnwanted
	}
	if o, ok := r.pulled[path]; ok && r.satisfies(o, q) == nil {
		return o, nil
	}
	result, err := r.engine.Fetch(ctx, q)
	if err != nil || result.Outcome != fetch.Held || r.vouched(path, result.Object) {
		return result.Object, err
	}
	if err := r.store.RemoveDamaged(ctx, result.ID); !errors.Is(err, store.ErrDamaged) {
		return result.Object, err
	}
	result, err = r.engine.Fetch(ctx, q)
	return result.Object, err
}

// claim reserves the item's path. A later item may take the place of one that
// failed or was withdrawn, or repeat one with the same object; two different
// files at one path are a mistake that no reader could resolve.
func (r *run) claim(it ecosystems.Item) (*slot, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	old := r.items[it.Path]
	if _, gone := it.Source.(ecosystems.Withdrawn); gone {
		r.supersede(it.Path, old)
		delete(r.items, it.Path)
		return nil, nil
	}
	if old != nil && (old.state == underWay || old.state == arrived) {
		if old.state != arrived || !old.holds(it.Source) {
			return nil, fmt.Errorf("%s: two items claim the path %s", it.Name, it.Path)
		}
		return old, nil
	}
	r.supersede(it.Path, old)
	s := &slot{}
	r.items[it.Path] = s
	r.wanted++
	return s, nil
}

// supersede makes an earlier item at path count for nothing, whether it failed or
// is still under way. The caller holds mu.
func (r *run) supersede(path string, old *slot) {
	if old == nil {
		return
	}
	old.state = withdrawn
	other := func(f ecosystems.Failure) bool { return f.Item.Path == path }
	r.failures = slices.DeleteFunc(r.failures, other)
	r.untold = slices.DeleteFunc(r.untold, other)
}

// start fetches in the background, holding back the driver while enough is under way.
func (r *run) start(ctx context.Context, s *slot, it ecosystems.Item, get func() (fetch.Object, error)) error {
	if err := r.slots.Acquire(ctx, 1); err != nil {
		return err
	}
	r.pending.Add(1)
	t := task{s, it, get}
	select {
	case r.tasks <- t:
	default:
		go r.work(t)
	}
	return nil
}

// work does one task after the other. Workers are kept, because the stack of each
// new one would have to grow again to the depth of a request.
func (r *run) work(t task) {
	for more := true; more; t, more = <-r.tasks {
		o, err := t.get()
		r.settle(t.slot, t.item, o, err)
		r.slots.Release(1)
		r.pending.Done()
	}
}

// settle records what became of an item.
func (r *run) settle(s *slot, it ecosystems.Item, o fetch.Object, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.state != underWay {
		return // the same object yielded again, or superseded meanwhile
	}
	r.settled++
	if err == nil {
		s.Object, s.state = o, arrived
		if _, isLink := it.Source.(ecosystems.Link); isLink {
			link := it // so that other items stay on the stack
			s.link = &link
		}
		r.bytes += o.Size
		return
	}
	s.state = failed
	f := ecosystems.Failure{Item: it, Err: err}
	r.untold = append(r.untold, f)
	if !it.Optional || !f.Absent() {
		r.failures = append(r.failures, f)
	}
}

// wait blocks until nothing is under way, and returns the end of the run if it was cut short.
func (r *run) wait(ctx context.Context) error {
	r.pending.Wait()
	return ctx.Err()
}

// settleAll is the driver's [ecosystems.Input.Settle].
func (r *run) settleAll(ctx context.Context) ([]ecosystems.Failure, error) {
	if err := r.wait(ctx); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	untold := r.untold
	r.untold = nil
	return untold, nil
}

// outcome returns what arrived, sorted by path, without the links that lead to
// what did not, and what is missing from it: absent for good, and failed for now.
func (r *run) outcome() (entries []layout.Entry, absent, failures []ecosystems.Failure) {
	r.mu.Lock()
	defer r.mu.Unlock()
	entries = make([]layout.Entry, 0, len(r.items))
	for path, s := range r.items {
		if s.state == arrived {
			entries = append(entries, s.entry(path))
		}
	}
	slices.SortFunc(entries, func(a, b layout.Entry) int { return strings.Compare(a.Path, b.Path) })
	entries, dangling := r.withoutDangling(entries)
	for _, f := range slices.Concat(r.failures, dangling) {
		if f.Absent() {
			absent = append(absent, f)
		} else {
			failures = append(failures, f)
		}
	}
	byPath := func(a, b ecosystems.Failure) int { return strings.Compare(a.Item.Path, b.Item.Path) }
	slices.SortFunc(absent, byPath)
	slices.SortFunc(failures, byPath)
	return entries, absent, failures
}
