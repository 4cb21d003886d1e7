package mirror

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/offmirror/offmirror/ecosystems/mirror/salvage"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/idset"
)

// problem is what is wrong with an object.
type problem struct {
	kind DamageKind
	text string
}

// census is the distinct objects of all kept snapshots whose lists can be read, in the order of
// their ids, which is the one in which they lie in the store.
type census struct {
	lists  []string // ids of those snapshots, the published one first
	set    *idset.Set
	sizes  []int64 // as the lists have them, by the number in the set
	unlike bool    // two lists give an object different sizes
}

const unknownSize = -1

// objects proves the lists, and the objects that they name. It blames each path that
// needs a bad one: those of the published snapshot, and those of older ones beside them.
func (v *verifier) objects(ctx context.Context) error {
	v.bad, v.wanted = map[store.ID]problem{}, map[store.ID]*salvage.Wanted{}
	c, err := v.takeCensus(ctx)
	if err != nil {
		return err
	}
	v.lists, v.Snapshots, v.Objects = c.lists, len(c.lists), c.set.Len()
	if v.sampler == nil {
		err = v.check(ctx, c, 0, c.set.Len(), !v.opts.Quick)
	} else {
		err = v.checkSample(ctx, c)
	}
	if err == nil && (len(v.bad) > 0 || c.unlike) {
		err = v.blame(ctx, c)
	}
	return err
}

// takeCensus reads the lists twice: numbers for the sizes there are only when all ids
// are known. One that disappears meanwhile was forgotten.
func (v *verifier) takeCensus(ctx context.Context) (*census, error) {
	ids, err := v.history.IDs()
	if err != nil {
		return nil, err
	}
	if i := slices.Index(ids, v.Snapshot); i > 0 {
		ids = slices.Insert(slices.Delete(ids, i, i+1), 0, v.Snapshot)
	}
	c := &census{}
	var builder idset.Builder
	for i, id := range ids {
		if header, err := v.history.Header(id); i == 0 && err == nil && header.Files < 8<<20 {
			builder.Grow(int(header.Files + header.Files/64)) // the others have most of it in common
		}
		_, err := v.history.Scan(id, func(e layout.Entry) error {
			if !e.IsLink() {
				builder.Add(e.Object)
			}
			return ctx.Err()
		})
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err == nil:
			c.lists = append(c.lists, id)
		case errors.Is(err, fs.ErrNotExist):
		default:
			v.damageList(id, err)
		}
	}
	c.set = builder.Set()
	c.sizes = slices.Repeat([]int64{unknownSize}, c.set.Len())
	err = v.each(ctx, c.lists, func(_ string, e layout.Entry) {
		i, ok := c.set.Find(e.Object)
		if ok && c.sizes[i] == unknownSize {
			c.sizes[i] = e.Size
		}
		c.unlike = c.unlike || ok && c.sizes[i] != e.Size
	})
	return c, err
}

// each calls f for the files of the lists.
func (v *verifier) each(ctx context.Context, lists []string, f func(list string, e layout.Entry)) error {
	for _, id := range lists {
		_, err := v.history.Scan(id, func(e layout.Entry) error {
			if !e.IsLink() {
				f(id, e)
			}
			return ctx.Err()
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (v *verifier) listPath(id string) string { return "snapshots/" + v.Ecosystem + "/" + id }

func (v *verifier) damageList(id string, err error) {
	d := Damage{Path: v.listPath(id), Kind: BadList, Error: err.Error()}
	if !slices.ContainsFunc(v.Damage, func(other Damage) bool { return other.Path == d.Path }) {
		v.damage(d)
	}
}

// checkSample reads the objects of the window, piece by piece, and looks for the
// others. Where a piece holds damage, the next run begins again with it if this one
// does not live to tell of it.
func (v *verifier) checkSample(ctx context.Context, c *census) error {
	open := v.sampler.open()
	v.sampler.report.Objects = 0
	for _, piece := range open.pieces() {
		for _, r := range c.ranges(piece) {
			if err := v.check(ctx, c, r[0], r[1], true); err != nil {
				return err
			}
		}
		if len(v.bad) == 0 {
			v.sampler.checked(piece.end())
		}
	}
	for _, r := range c.ranges(v.sampler.window) {
		v.sampler.report.Objects += r[1] - r[0]
	}
	if open.width == 0 {
		return nil
	}
	for _, r := range c.ranges(window{open.end(), -open.width}) { // the rest of the ring
		if err := v.check(ctx, c, r[0], r[1], false); err != nil {
			return err
		}
	}
	return nil
}

// ranges returns the numbers of the objects in a window, as ranges [from, to).
func (c *census) ranges(w window) [][2]int {
	n := c.set.Len()
	if w.width == 0 {
		return [][2]int{{0, n}}
	}
	from, to := c.search(w.from), c.search(w.end())
	switch {
	case w.end() > w.from:
		return [][2]int{{from, to}}
	case w.end() == 0:
		return [][2]int{{from, n}}
	}
	return [][2]int{{from, n}, {0, to}}
}

// search returns the number of the first object at or behind a position.
func (c *census) search(position uint64) int {
	low, high := 0, c.set.Len()
	for low < high {
		if middle := (low + high) / 2; ringPosition(c.set.At(middle)) < position {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// mostTogether is how many objects a worker takes at once: neighbours, for the disk's sake, but few
// if there are few, since one may be as large as all others.
const mostTogether = 32

// check looks at the objects from one number to before another, on all processors.
func (v *verifier) check(ctx context.Context, c *census, from, to int, read bool) error {
	var next, bytes atomic.Int64
	var mu sync.Mutex
	var group sync.WaitGroup
	next.Store(int64(from))
	// One more than processors: somebody has to wait for the disk.
	workers := runtime.GOMAXPROCS(0) + 1
	together := min(mostTogether, (to-from)/(8*workers)+1)
	work := func() {
		for {
			start := int(next.Add(int64(together))) - together
			for i := start; i < min(start+together, to); i++ {
				if ctx.Err() != nil {
					return
				}
				id, size := c.set.At(i), c.sizes[i]
				p, bad := v.object(ctx, id, size, read)
				if bad && ctx.Err() == nil {
					mu.Lock()
					v.bad[id] = p
					mu.Unlock()
				}
				if read && (!bad || p.kind == Damaged) {
					bytes.Add(size)
				}
			}
			if start+together >= to {
				return
			}
		}
	}
	for range min(workers, (to-from)/together+1) {
		group.Go(work)
	}
	group.Wait()
	v.Bytes += bytes.Load()
	return ctx.Err()
}

// object says what is wrong with an object, if anything is.
func (v *verifier) object(ctx context.Context, id store.ID, size int64, read bool) (problem, bool) {
	if read {
		err := v.m.store.Prove(ctx, id, size)
		switch {
		case err == nil:
			return problem{}, false
		case errors.Is(err, fs.ErrNotExist):
			return missingObject(id), true
		}
		return problem{Damaged, err.Error()}, true
	}
	held, ok := v.m.store.Has(id)
	switch {
	case ok && held == size:
		return problem{}, false
	case ok:
		return problem{Damaged, fmt.Sprintf("its object %s has %d bytes instead of %d", id, held, size)}, true
	}
	if info, err := v.m.store.Stat(id); err == nil {
		return problem{Damaged, fmt.Sprintf("its object %s is no regular file but %s", id, info.Mode().Type())}, true
	}
	return missingObject(id), true
}

func missingObject(id store.ID) problem {
	return problem{Lost, fmt.Sprintf("its object %s is not in the store", id)}
}

// somePlaces are enough to find an object by.
const somePlaces = 8

// want takes down that a snapshot needs an object which is bad.
func (v *verifier) want(e layout.Entry, snapshot string) {
	w := v.wanted[e.Object]
	if w == nil {
		w = &salvage.Wanted{ID: e.Object, Size: e.Size, Ecosystem: v.Ecosystem}
		v.wanted[e.Object] = w
	}
	if len(w.Places) < somePlaces {
		w.Places = append(w.Places, salvage.Place{Snapshot: snapshot, Path: e.Path})
	}
}

// blame names the paths that bad objects belong to. What the published snapshot needs is not named
// again for older ones.
func (v *verifier) blame(ctx context.Context, c *census) error {
	type file struct {
		path   string
		object store.ID
	}
	named := map[file]bool{}
	return v.each(ctx, c.lists, func(list string, e layout.Entry) {
		p, bad := v.bad[e.Object]
		if i, ok := c.set.Find(e.Object); !bad && ok && c.sizes[i] != e.Size {
			p, bad = problem{BadList, fmt.Sprintf("the snapshot gives its object %s %d bytes, which has %d", e.Object, e.Size, c.sizes[i])}, true
		}
		if bad && p.kind != BadList {
			v.want(e, list)
		}
		if !bad || named[file{e.Path, e.Object}] {
			return
		}
		named[file{e.Path, e.Object}] = true
		d := Damage{Path: e.Path, Kind: p.kind, Error: p.text, Object: e.Object.String()}
		if list != v.Snapshot {
			d.Snapshot = list
		}
		v.damage(d)
	})
}
