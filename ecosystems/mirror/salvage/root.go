package salvage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// Root is another mirror root on disk, or a folder that holds native trees below the names
// of their ecosystems, as a copy for a web server does.
type Root struct {
	name    string
	root    *os.Root
	objects *store.Store // nil: there is none
	own     bool         // it is the mirror that is being repaired
}

// OpenRoot opens the folder at path, of which nothing is changed.
func OpenRoot(path string) (*Root, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	r := &Root{name: path, root: root}
	if r.objects, err = store.Open(root); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return r, nil
}

// Trees is the mirror itself as a source: an object that is gone from the store may still lie in one
// of the trees, under its path or as a copy.
func Trees(root *os.Root) *Root { return &Root{name: "this mirror's own trees", root: root, own: true} }

// Name implements [Source].
func (r *Root) Name() string { return r.name }

// Fetch implements [Source]. The store is looked at before the trees.
func (r *Root) Fetch(ctx context.Context, w Wanted, sink Sink) error {
	err := fs.ErrNotExist
	if r.objects != nil {
		if err = r.copy(ctx, func() (*os.File, error) { return r.objects.Open(w.ID) }, w, sink); err == nil || errors.Is(err, ErrHere) {
			return err
		}
	}
	for _, name := range r.names(w) {
		other := r.copy(ctx, func() (*os.File, error) { return store.OpenRegular(r.root, name) }, w, sink)
		if other == nil || errors.Is(other, ErrHere) || ctx.Err() != nil {
			return other
		}
		if !errors.Is(other, fs.ErrNotExist) || err == nil {
			err = other
		}
	}
	return err
}

func (r *Root) names(w Wanted) (names []string) {
	for _, place := range w.Places {
		if layout.CheckPath(place.Path) != nil {
			continue
		}
		if !r.own {
			names = append(names, path.Join(w.Ecosystem, place.Path))
			continue
		}
		for _, tree := range []string{"a", "b"} {
			names = append(names, path.Join("state/trees", w.Ecosystem, tree, place.Path))
		}
	}
	return names
}

func (r *Root) copy(ctx context.Context, open func() (*os.File, error), w Wanted, sink Sink) error {
	f, err := open()
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && info.Size() != w.Size {
		err = fmt.Errorf("it has %d bytes instead of %d", info.Size(), w.Size)
	}
	if err != nil {
		return err
	}
	return sink.Copy(ctx, f)
}

// List implements [Lister].
func (r *Root) List(_ context.Context, ecosystem, snapshot string) (io.ReadCloser, error) {
	return store.OpenRegular(r.root, path.Join("snapshots", ecosystem, snapshot))
}

// Close lets go of the folder, unless it is the mirror's own.
func (r *Root) Close() error {
	if r.own {
		return nil
	}
	return errors.Join(r.objects.Close(), r.root.Close())
}
