package apply

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle"
	"github.com/offmirror/offmirror/layout/bundle/read"
)

// survey reads the indices of all volumes that are here, before any payload: is
// what the mirror lacks in them, and is there room for it?
func (a *application) survey(ctx context.Context) error {
	complete := true
	for _, j := range a.jobs {
		complete = complete && j.list != nil
	}
	if complete {
		var err error
		if a.needs, err = a.gather(ctx); err != nil {
			return err
		}
	}
	pieces := a.pieceIDs()
	carried, unread := int64(0), false
	for n := range len(a.bundle.Volumes) {
		err := a.entries(ctx, n+1, func(e bundle.Entry) {
			if a.bundle.IsList(e.SHA256) {
				return
			}
			if pieces[e.SHA256] {
				a.placePiece(n+1, e)
				if a.needs == nil {
					return
				}
			} else {
				carried++
			}
			if !a.wants(e.Piece) {
				return
			}
			if a.needs != nil {
				if i, _ := a.needs.find(e.Piece); !a.needs.found.Set(i) {
					return
				}
			}
			a.plan.objects++
			a.plan.bytes += e.Size
		})
		if err != nil {
			unread = true
			if err := a.unreadable(n+1, err); err != nil {
				return err
			}
		}
	}
	carried += a.surveySplits(unread)
	if a.needs != nil {
		if err := a.checkBase(ctx, carried, unread); err != nil {
			return err
		}
	}
	return a.checkRoom()
}

// surveySplits does the same for what is larger than a volume, and returns how many
// objects of that size there are.
func (a *application) surveySplits(unread bool) (objects int64) {
	for i := range a.bundle.Manifest.Splits {
		s := &a.bundle.Manifest.Splits[i]
		if a.bundle.IsList(s.SHA256) {
			continue
		}
		objects++
		if !a.wants(s.Piece) {
			continue
		}
		_, whole := a.parts(s.Piece)
		if a.needs != nil && (whole || unread) {
			i, _ := a.needs.find(s.Piece)
			a.needs.found.Set(i)
		}
		a.plan.waiting = a.plan.waiting || !whole
		a.plan.objects++
		a.plan.bytes += s.Size
	}
	return objects
}

// wants reports whether bytes that a volume holds are to be taken: what a list names
// and the store lacks. As long as a list is missing, everything that the store lacks.
func (a *application) wants(p bundle.Piece) bool {
	if a.needs != nil {
		_, ok := a.needs.find(p)
		return ok
	}
	return !a.has(p)
}

// pieceIDs returns the digests of all pieces.
func (a *application) pieceIDs() map[store.ID]bool {
	ids := make(map[store.ID]bool)
	for _, s := range a.bundle.Manifest.Splits {
		for _, p := range s.Pieces {
			ids[p.SHA256] = true
		}
	}
	return ids
}

func (a *application) placePiece(n int, e bundle.Entry) {
	at := read.Place{Volume: n, Offset: e.Offset, Size: e.Size}
	if _, ok := a.places.find(e.Piece, n); !ok {
		a.places[e.SHA256] = append(a.places[e.SHA256], at)
	}
}

// entries calls each for the entries of volume n.
func (a *application) entries(ctx context.Context, n int, each func(bundle.Entry)) error {
	r, err := a.bundle.Reader(n)
	if err != nil {
		return err
	}
	defer r.Close()
	for r.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		each(r.Entry())
	}
	return r.Err()
}

// unreadable notes why a volume cannot be read, and returns the error if that is not for
// the volume to answer for.
func (a *application) unreadable(n int, err error) error {
	switch {
	case errors.Is(err, read.ErrMissing):
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, read.ErrIdentity):
		return err
	}
	a.damage(n, nil, err)
	return nil
}

// checkBase refuses a bundle which leaves out what this mirror lacks. While volumes
// cannot be read, that is certain only if more is missing than they can hold. What was in
// volumes that have been taken should be here; if it is not, the base is to blame,
// unless the mirror has it.
func (a *application) checkBase(ctx context.Context, carried int64, unread bool) error {
	lacking := int64(0)
	for i := range a.needs.sizes {
		if !a.needs.found.Has(i) {
			lacking++
		}
	}
	possible := unread && lacking <= a.bundle.Manifest.Objects-carried
	if lacking == 0 || possible && !a.allTaken() {
		return nil
	}
	refusal := &BaseError{Bundle: a.name}
	err := a.eachEntry(ctx, func(j *job, e layout.Entry) error {
		i, ok := a.needs.set.Find(e.Object)
		if !ok || e.IsLink() || a.needs.found.Has(i) {
			return nil
		}
		if refusal.Files == 0 {
			refusal.Ecosystem, refusal.Path, refusal.Base = j.Name, e.Path, j.Base
		}
		if refusal.Ecosystem == j.Name {
			refusal.Files++
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, j := range a.jobs {
		if j.Name != refusal.Ecosystem {
			continue
		}
		for _, id := range j.Base {
			if _, err := j.history.Header(id); errors.Is(err, fs.ErrNotExist) {
				refusal.Lacking = append(refusal.Lacking, id)
			}
		}
	}
	if possible && len(refusal.Lacking) == 0 {
		return nil
	}
	return refusal
}

// allTaken reports whether all volumes that are not here have been taken before.
func (a *application) allTaken() bool {
	for _, v := range a.bundle.Volumes {
		if v.Err != nil && (a.state == nil || !slices.Contains(a.state.Taken, v.Number)) {
			return false
		}
	}
	return true
}
