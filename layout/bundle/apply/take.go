package apply

import (
	"context"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle"
)

// take reads all volumes that are here into the store.
func (a *application) take(ctx context.Context) error {
	if err := a.remember(); err != nil {
		return err
	}
	if err := a.keepLists(ctx); err != nil {
		return err
	}
	total := a.plan.bytes
	w := newWriter(ctx, a.objects, func(id store.ID, volume int, err error) {
		if volume > 0 { // else it is put together from several; see joinOne
			a.damage(volume, &id, err)
		}
	})
	err := a.takeAll(ctx, w, total)
	if err != nil {
		w.stop(err)
	}
	if waited := w.wait(); err == nil {
		err = waited
	}
	a.result.Objects, a.result.Bytes = w.done()
	a.progress(w, len(a.bundle.Volumes), total)
	return err
}

func (a *application) progress(w *writer, volume int, total int64) {
	if a.Progress != nil {
		_, done := w.done()
		a.Progress(Progress{Volume: volume, Volumes: len(a.bundle.Volumes), Bytes: done, Total: total})
	}
}

func (a *application) takeAll(ctx context.Context, w *writer, total int64) error {
	pieces := a.waitingPieces()
	for n := range len(a.bundle.Volumes) {
		if a.bundle.Volumes[n].Err != nil {
			continue
		}
		a.step(StepVolume)
		if err := a.takeVolume(ctx, w, n+1, pieces, total); err != nil {
			if w.ctx.Err() != nil {
				return context.Cause(w.ctx)
			}
			w.mu.Lock()
			err = a.unreadable(n+1, err)
			w.mu.Unlock()
			if err != nil {
				return err
			}
		}
	}
	return a.join(ctx, w)
}

func (a *application) takeVolume(ctx context.Context, w *writer, n int, pieces map[pieceKey]bool, total int64) error {
	r, err := a.bundle.Reader(n)
	if err != nil {
		return err
	}
	defer r.Close()
	for r.Next() {
		e := r.Entry()
		if err := ctx.Err(); err != nil {
			return err
		}
		if !a.due(n, e.Piece, pieces) {
			continue
		}
		a.step(StepObject)
		if err := w.take(n, e.Piece, r); err != nil {
			return err
		}
		a.progress(w, n, total)
	}
	return r.Err()
}

// due reports whether a payload is to be stored now, and marks that it is.
func (a *application) due(n int, p bundle.Piece, pieces map[pieceKey]bool) bool {
	if a.needs != nil {
		if i, ok := a.needs.find(p); ok {
			return a.needs.taken.Set(i)
		}
	}
	key := pieceKey{n, p}
	if wait, piece := pieces[key]; piece {
		pieces[key] = false
		return wait && !a.has(p)
	}
	return a.needs == nil && !a.bundle.IsList(p.SHA256) && !a.has(p)
}

// pieceKey is a piece in its volume.
type pieceKey struct {
	volume int
	bundle.Piece
}

// waitingPieces returns all pieces, and of each whether it must become an object
// of its own because others are not here.
func (a *application) waitingPieces() map[pieceKey]bool {
	waiting := make(map[pieceKey]bool)
	for i := range a.bundle.Manifest.Splits {
		s := &a.bundle.Manifest.Splits[i]
		_, whole := a.parts(s.Piece)
		for k, p := range s.Pieces {
			waiting[pieceKey{s.First + k, p}] = !whole && a.wantsSplit(s)
		}
	}
	return waiting
}

// wantsSplit reports whether what is larger than a volume is to be taken.
func (a *application) wantsSplit(s *bundle.Split) bool {
	if !a.bundle.IsList(s.SHA256) {
		return a.wants(s.Piece)
	}
	for _, j := range a.jobs {
		if j.List == s.Piece {
			return j.list == nil
		}
	}
	return false
}
