package receipt

import (
	"context"
	"fmt"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/idset"
)

// complete looks for every object of a snapshot that was not seen before.
func complete(ctx context.Context, h *layout.History, objects *store.Store, id string, known *seen) error {
	var fresh idset.Builder
	if len(known.sets) == 0 { // all will be fresh, and a set that grows step by step takes twice the memory
		header, err := h.Header(id)
		if err != nil {
			return err
		}
		fresh.Grow(int(min(header.Files, maxGrow)))
	}
	n := 0
	_, err := h.Scan(id, func(e layout.Entry) error {
		if n++; n%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if e.IsLink() || known.has(e.Object) {
			return nil
		}
		size, ok := objects.Has(e.Object)
		switch {
		case !ok:
			return fmt.Errorf("%s: its object %s is not in the store", e.Path, e.Object)
		case size != e.Size:
			return fmt.Errorf("%s: its object %s has %d bytes, not %d", e.Path, e.Object, size, e.Size)
		}
		fresh.Add(e.Object)
		return nil
	})
	if err != nil {
		return err
	}
	known.add(fresh.Set())
	return nil
}

// maxGrow is how many ids a header is believed to announce.
const maxGrow = 4 << 20

// maxSets is how many sets are searched one after the other before they become one.
const maxSets = 4

// seen is the objects that were found already. Snapshots of a mirror share most of them.
type seen struct{ sets []*idset.Set }

func (s *seen) has(id store.ID) bool {
	for _, set := range s.sets {
		if set.Has(id) {
			return true
		}
	}
	return false
}

func (s *seen) add(set *idset.Set) {
	if set.Len() == 0 {
		return
	}
	if s.sets = append(s.sets, set); len(s.sets) <= maxSets {
		return
	}
	later := s.sets[1:] // the first is of a whole snapshot, the others of what changed between snapshots
	total := 0
	for _, set := range later {
		total += set.Len()
	}
	var all idset.Builder
	all.Grow(total)
	for i, set := range later {
		for j := range set.Len() {
			all.Add(set.At(j))
		}
		later[i] = nil // each is let go of as soon as it is copied
	}
	s.sets = append(s.sets[:1], all.Set())
}
