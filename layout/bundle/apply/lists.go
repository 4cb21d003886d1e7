package apply

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle"
	"github.com/offmirror/offmirror/layout/bundle/read"
)

// opener opens the same bytes each time.
type opener func() (io.ReadCloser, error)

// findLists brings the lists of all jobs to hand, as far as they are in the store or in
// the volumes that are here, and proves them. Those that are in a volume become objects,
// unless this is a dry run.
func (a *application) findLists(ctx context.Context) error {
	if err := a.locateLists(ctx); err != nil {
		return err
	}
	for _, j := range a.jobs {
		open, ok := a.source(j.List)
		if !ok {
			continue
		}
		if err := a.proveList(ctx, j, open); err != nil {
			if n, damaged := a.blame(j.List, err); damaged {
				id := j.List.SHA256
				a.damage(n, &id, err)
				continue
			}
			return fmt.Errorf("bundle %s: list of %s: %w", a.name, j.Name, err)
		}
		j.list = open
	}
	return nil
}

// locateLists finds out where the lists lie. They come first in a bundle, so this
// reads little.
func (a *application) locateLists(ctx context.Context) error {
	wanted := make(map[store.ID]bool)
	for _, j := range a.jobs {
		if s := a.bundle.Split(j.List.SHA256); s != nil {
			for _, p := range s.Pieces {
				wanted[p.SHA256] = true
			}
			continue
		}
		wanted[j.List.SHA256] = true
	}
	found, err := a.bundle.Locate(ctx, len(wanted), func(e bundle.Entry) bool { return wanted[e.SHA256] })
	if ctx.Err() != nil {
		return ctx.Err()
	}
	a.places = places(found)
	return a.sift(err)
}

// sift passes over what the survey of all volumes will find again, and stops at what only
// the caller can change.
func (a *application) sift(err error) error {
	if errors.Is(err, read.ErrIdentity) {
		for _, v := range a.bundle.Volumes {
			if errors.Is(v.Err, read.ErrIdentity) {
				return v.Err
			}
		}
	}
	return nil
}

// blame says which volume a list came from that is not what the manifest says.
func (a *application) blame(p bundle.Piece, err error) (volume int, damaged bool) {
	if !errors.Is(err, read.ErrDamaged) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, false
	}
	if at, ok := a.places.any(p.SHA256); ok {
		return at.Volume, true
	}
	if s := a.bundle.Split(p.SHA256); s != nil {
		return s.First, true
	}
	return 0, false
}

// proveList reads a list: that it is the one of the manifest, that it is sound, and
// that the manifest says the truth about it.
func (a *application) proveList(ctx context.Context, j *job, open opener) error {
	count, bytes := int64(0), int64(0)
	header, err := scanList(ctx, j.List, open, func(e layout.Entry) error {
		count++
		bytes += e.Size
		return nil
	})
	if err != nil {
		return err
	}
	if header.ID != j.Snapshot || header.Ecosystem != j.Name || count != j.Files || bytes != j.Bytes {
		return fmt.Errorf("it is snapshot %s of %s with %d files, and the manifest says %s of %s with %d; the bundle was made wrong",
			header.ID, header.Ecosystem, count, j.Snapshot, j.Name, j.Files)
	}
	return nil
}

// scanList reads a list entry by entry. Before it returns without error, what each was
// called with is not proven.
func scanList(ctx context.Context, want bundle.Piece, open opener, each func(layout.Entry) error) (layout.Header, error) {
	r, err := open()
	if err != nil {
		return layout.Header{}, err
	}
	defer r.Close()
	sum := sha256.New()
	tee := io.TeeReader(r, sum)
	s, err := layout.NewScanner(tee)
	if err == nil {
		defer s.Close()
		for s.Next() {
			if err := ctx.Err(); err != nil {
				return layout.Header{}, err
			}
			if err := each(s.Entry()); err != nil {
				return layout.Header{}, err
			}
		}
		err = s.Err()
	}
	if _, failed := io.Copy(io.Discard, tee); failed != nil {
		return layout.Header{}, failed
	}
	if store.ID(sum.Sum(nil)) != want.SHA256 { // whatever else is wrong follows from that
		return layout.Header{}, fmt.Errorf("is %w: its bytes have SHA-256 %x", read.ErrDamaged, sum.Sum(nil))
	}
	if err != nil { // not the fault of a medium
		return layout.Header{}, fmt.Errorf("%w; the bundle was made wrong", err)
	}
	return s.Header(), nil
}

// keepLists makes the lists objects, so that they are here when the volumes are not.
func (a *application) keepLists(ctx context.Context) error {
	for _, j := range a.jobs {
		if j.list == nil || a.has(j.List) {
			continue
		}
		a.step(StepLists)
		r, err := j.list()
		if err != nil {
			return err
		}
		err = a.put(ctx, j.List, r)
		r.Close()
		if err != nil {
			return fmt.Errorf("list of %s: %w", j.Name, err)
		}
		j.list, _ = a.source(j.List)
	}
	return nil
}

// put stores what r yields if it is what it should be.
func (a *application) put(ctx context.Context, want bundle.Piece, r io.Reader) error {
	in, err := a.objects.Create("")
	if err != nil {
		return err
	}
	defer in.Discard()
	if _, err := io.CopyBuffer(struct{ io.Writer }{in}, &interruptible{ctx, io.LimitReader(r, want.Size+1)}, make([]byte, chunkSize)); err != nil {
		return err
	}
	if in.Size() != want.Size || in.ID() != want.SHA256 {
		return fmt.Errorf("is %w: its bytes have SHA-256 %s", read.ErrDamaged, in.ID())
	}
	_, err = in.Commit(ctx)
	return err
}

type interruptible struct {
	ctx context.Context
	r   io.Reader
}

func (i *interruptible) Read(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	return i.r.Read(p)
}

// has reports whether the store holds bytes.
func (a *application) has(p bundle.Piece) bool {
	size, ok := a.objects.Has(p.SHA256)
	return ok && size == p.Size
}
