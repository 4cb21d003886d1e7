package read

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle"
)

// Place is where bytes lie in a bundle.
type Place struct {
	Volume       int
	Offset, Size int64
}

// Locate returns where those payloads lie that want asks for, which is called for
// each entry of each volume that can be read, in their order. It ends early when n
// are found. Volumes that cannot be read are passed over, and their errors
// returned.
func (b *Bundle) Locate(ctx context.Context, n int, want func(bundle.Entry) bool) (map[store.ID][]Place, error) {
	found := make(map[store.ID][]Place)
	var failed error
	for i := range b.Volumes {
		err := b.scan(ctx, i+1, func(e bundle.Entry) error {
			if want(e) {
				found[e.SHA256] = append(found[e.SHA256], Place{i + 1, e.Offset, e.Size})
			}
			return nil
		})
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		failed = errors.Join(failed, err)
		if len(found) == n {
			break
		}
	}
	return found, failed
}

func (b *Bundle) scan(ctx context.Context, n int, each func(bundle.Entry) error) error {
	r, err := b.Reader(n)
	if err != nil {
		return err
	}
	defer r.Close()
	for r.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := each(r.Entry()); err != nil {
			return err
		}
	}
	return r.Err()
}

// OpenAt opens what lies at places, one after the other. Nothing compares it with
// a digest.
func (b *Bundle) OpenAt(places ...Place) (io.ReadCloser, error) {
	j := &joined{bundle: b, places: places}
	if err := j.next(); err != nil {
		return nil, err
	}
	return j, nil
}

// joined reads parts of volumes one after the other, with one volume open at a time.
type joined struct {
	bundle *Bundle
	places []Place
	handle *handle
	r      io.Reader
}

func (j *joined) next() error {
	_ = j.Close()
	if len(j.places) == 0 {
		return io.EOF
	}
	at := j.places[0]
	j.places = j.places[1:]
	v, m, err := j.bundle.volume(at.Volume)
	if err != nil {
		return err
	}
	if at.Offset < 0 || at.Size < 0 || at.Offset > m.Size-at.Size {
		return fmt.Errorf("%s: nothing lies at %d", v.Path, at.Offset)
	}
	if j.handle, err = j.bundle.open(v); err != nil {
		return err
	}
	j.r = j.handle.section(at.Offset, at.Size)
	return nil
}

func (j *joined) Read(p []byte) (int, error) {
	for {
		if j.handle == nil {
			return 0, io.EOF
		}
		n, err := j.r.Read(p)
		if !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return n, err
		}
		if err := j.next(); n > 0 || err != nil {
			return n, err
		}
	}
}

func (j *joined) Close() error {
	if j.handle == nil {
		return nil
	}
	j.handle.Close()
	j.handle = nil
	return nil
}

// table is where each payload of the bundle lies, sorted by digest: 64 bytes each.
type table struct{ rows []row }

type row struct {
	id    store.ID
	place Place
}

// Open opens an object or a list of the bundle, wherever its bytes lie, for whoever
// wants one of them: the first call reads all indices. An object that the volumes at
// hand do not hold in this size gives an error that matches [ErrMissing].
//
// Whether the bytes are those of the object is for the caller to prove.
func (b *Bundle) Open(ctx context.Context, id store.ID, size int64) (io.ReadCloser, error) {
	t, err := b.places(ctx)
	if err != nil {
		return nil, err
	}
	pieces := []bundle.Piece{{SHA256: id, Size: size}}
	first := 0 // any volume
	if s := b.splits[id]; s != nil && s.Size == size {
		pieces, first = s.Pieces, s.First
	}
	var places []Place
	for i, p := range pieces {
		n := 0
		if first > 0 {
			n = first + i
		}
		at, ok := t.find(p, n)
		if !ok {
			return nil, fmt.Errorf("object %s %w in the volumes of %s that are here", id, ErrMissing, b.Manifest.Name)
		}
		places = append(places, at)
	}
	return b.OpenAt(places...)
}

// places reads all indices once.
func (b *Bundle) places(ctx context.Context) (*table, error) {
	b.mu.Lock()
	t := b.table
	b.mu.Unlock()
	if t != nil {
		return t, nil
	}
	t = &table{}
	for i := range b.Volumes {
		err := b.scan(ctx, i+1, func(e bundle.Entry) error {
			t.rows = append(t.rows, row{e.SHA256, Place{i + 1, e.Offset, e.Size}})
			return nil
		})
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil && b.Volumes[i].Err == nil && !errors.Is(err, ErrDamaged) {
			return nil, err
		}
	}
	slices.SortStableFunc(t.rows, func(a, b row) int { return slices.Compare(a.id[:], b.id[:]) })
	b.mu.Lock()
	b.table = t
	b.mu.Unlock()
	return t, nil
}

// find looks for bytes in volume n, or in any.
func (t *table) find(p bundle.Piece, n int) (Place, bool) {
	i, _ := slices.BinarySearchFunc(t.rows, p.SHA256, func(r row, id store.ID) int { return slices.Compare(r.id[:], id[:]) })
	for ; i < len(t.rows) && t.rows[i].id == p.SHA256; i++ {
		if at := t.rows[i].place; at.Size == p.Size && (n == 0 || at.Volume == n) {
			return at, true
		}
	}
	return Place{}, false
}
