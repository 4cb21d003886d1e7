package apply

import (
	"context"
	"fmt"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle"
	"github.com/offmirror/offmirror/layout/idset"
)

// needs is the objects that the lists name and the store lacked when it was asked: 40
// bytes each.
type needs struct {
	set   *idset.Set
	sizes []int64
	found idset.Marks // in a volume that is here, or in pieces of which some are to come
	taken idset.Marks // handed to the store
}

// gather reads the lists of all jobs. Each must be at hand.
func (a *application) gather(ctx context.Context) (*needs, error) {
	var b idset.Builder
	err := a.eachEntry(ctx, func(_ *job, e layout.Entry) error {
		if !e.IsLink() && !a.has(bundle.Piece{SHA256: e.Object, Size: e.Size}) {
			b.Add(e.Object)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	n := &needs{set: b.Set()}
	n.sizes = make([]int64, n.set.Len())
	for i := range n.sizes {
		n.sizes[i] = -1
	}
	n.found, n.taken = n.set.NewMarks(), n.set.NewMarks()
	err = a.eachEntry(ctx, func(j *job, e layout.Entry) error {
		i, ok := n.set.Find(e.Object)
		if !ok || e.IsLink() {
			return nil
		}
		if n.sizes[i] >= 0 && n.sizes[i] != e.Size {
			return fmt.Errorf("bundle %s: %s: %s has two sizes, %d and %d; it was made wrong", a.name, j.Name, e.Path, e.Size, n.sizes[i])
		}
		n.sizes[i] = e.Size
		return nil
	})
	return n, err
}

func (a *application) eachEntry(ctx context.Context, each func(*job, layout.Entry) error) error {
	for _, j := range a.jobs {
		if _, err := scanList(ctx, j.List, j.list, func(e layout.Entry) error { return each(j, e) }); err != nil {
			return err
		}
	}
	return nil
}

// find returns the number of bytes that are needed.
func (n *needs) find(p bundle.Piece) (int, bool) {
	i, ok := n.set.Find(p.SHA256)
	return i, ok && n.sizes[i] == p.Size
}

// promised reports whether everything was found in the volumes.
func (n *needs) promised() bool {
	for i := range n.sizes {
		if !n.found.Has(i) {
			return false
		}
	}
	return true
}

// arrived reports whether the store holds everything now.
func (n *needs) arrived(objects *store.Store) bool {
	for i, want := range n.sizes {
		if size, ok := objects.Has(n.set.At(i)); !ok || size != want {
			return false
		}
	}
	return true
}
