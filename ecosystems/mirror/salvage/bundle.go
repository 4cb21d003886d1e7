package salvage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle/read"
)

// Bundle is a bundle on media, complete or not. Its signature does not matter: everything that is
// taken of it is proven by a digest that the mirror has.
type Bundle struct {
	name   string
	bundle *read.Bundle
}

// OpenBundle opens the bundle at path: a folder that holds one, or a file of it.
func OpenBundle(path string, o read.Options) (*Bundle, error) {
	b, err := read.Open([]string{path}, o)
	if err != nil {
		return nil, err
	}
	return &Bundle{path, b}, nil
}

// Name implements [Source].
func (b *Bundle) Name() string { return b.name }

// Fetch implements [Source].
func (b *Bundle) Fetch(ctx context.Context, w Wanted, sink Sink) error {
	r, err := b.open(ctx, w.ID, w.Size)
	if err != nil {
		return err
	}
	defer r.Close()
	return sink.Copy(ctx, r)
}

func (b *Bundle) open(ctx context.Context, id store.ID, size int64) (io.ReadCloser, error) {
	r, err := b.bundle.Open(ctx, id, size)
	if errors.Is(err, read.ErrMissing) {
		for _, v := range b.bundle.Volumes {
			if errors.Is(v.Err, read.ErrIdentity) {
				return nil, v.Err // who can open that one may find it there
			}
		}
		err = fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	return r, err
}

// List implements [Lister].
func (b *Bundle) List(ctx context.Context, ecosystem, snapshot string) (io.ReadCloser, error) {
	for _, e := range b.bundle.Manifest.Ecosystems {
		if e.Name == ecosystem && e.Snapshot == snapshot {
			return b.open(ctx, e.List.SHA256, e.List.Size)
		}
	}
	return nil, fs.ErrNotExist
}
