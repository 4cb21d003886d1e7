package julia

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/classic"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/fetch"
)

// adoptable is where an existing mirror may have an object.
type adoptable struct {
	path    string        // in its folder
	wrapped treehash.Hash // not zero: as a tarball that has this tree in one folder
}

// adopted gets an object from the folders of an existing mirror, or else from upstream.
// What is found there has to satisfy the same proof, whatever it is called; what does not is
// reported and left alone. Nothing in these folders is changed.
func (p *planner) adopted(ctx context.Context, w ecosystems.Workshop, path string, r fetch.Request) (fetch.Object, error) {
	return p.adoptedAs(ctx, w, r, namesOf(path))
}

// adoptedAs is adopted for objects that may have several names, which depend on the folder.
func (p *planner) adoptedAs(ctx context.Context, w ecosystems.Workshop, r fetch.Request, names func(*os.Root) []adoptable) (fetch.Object, error) {
	if o, held := w.Held(r); held {
		if r.URL != "" {
			return w.Fetch(ctx, r) // which looks at what an interrupted run left
		}
		return o, nil
	}
	if o, err := p.adopt(ctx, w, r, names); !errors.Is(err, fs.ErrNotExist) {
		return o, err
	}
	if r.URL == "" {
		return fetch.Object{}, fetch.ErrAbsent
	}
	return w.Fetch(ctx, r)
}

// adopt takes an object over. The error is [fs.ErrNotExist] if there is none that is any good,
// and otherwise one of this run.
func (p *planner) adopt(ctx context.Context, w ecosystems.Workshop, r fetch.Request, names func(*os.Root) []adoptable) (fetch.Object, error) {
	for _, dir := range p.options.Adopt {
		root, err := os.OpenRoot(dir)
		if err != nil {
			continue // said once, by checkAdopted
		}
		for _, a := range names(root) {
			o, err := adoptFrom(ctx, w, root, a, r)
			if err == nil || ctx.Err() != nil || fetch.IsLocal(err) {
				_ = root.Close()
				return o, err
			}
			if !errors.Is(err, fs.ErrNotExist) {
				p.notice("adopt", a.path, "%s in %s is not taken over: %v", a.path, dir, err)
			}
		}
		_ = root.Close()
	}
	return fetch.Object{}, fs.ErrNotExist
}

// adoptedSize returns the size in bytes of what adopt would take over, as far as its name
// and not yet its content tells, so that nobody has to be asked; 0 if there is nothing.
func (p *planner) adoptedSize(names func(*os.Root) []adoptable) int64 {
	for _, dir := range p.options.Adopt {
		root, err := os.OpenRoot(dir)
		if err != nil {
			continue
		}
		var size int64
		for _, a := range names(root) {
			if info, err := root.Stat(a.path); err == nil && info.Mode().IsRegular() && size == 0 {
				size = info.Size()
			}
		}
		if _ = root.Close(); size > 0 {
			return size
		}
	}
	return 0
}

// namesOf returns where mirrors may have what belongs at a path of the tree.
func namesOf(path string) func(*os.Root) []adoptable {
	return func(*os.Root) []adoptable { return append([]adoptable{{path: path}}, classicFiles(path)...) }
}

// checkAdopted says which folders are not there. That is no error: once everything has
// been taken over, the old mirror may go.
func (p *planner) checkAdopted() {
	for _, dir := range p.options.Adopt {
		root, err := os.OpenRoot(dir)
		if err != nil {
			p.notice("adopt", "", "julia.adopt: nothing is taken over: %v", err)
			continue
		}
		_ = root.Close()
	}
}

func adoptFrom(ctx context.Context, w ecosystems.Workshop, root *os.Root, a adoptable, r fetch.Request) (fetch.Object, error) {
	info, err := root.Stat(a.path)
	if err != nil {
		return fetch.Object{}, err
	}
	if !info.Mode().IsRegular() { // to open a pipe would wait for ever
		return fetch.Object{}, errors.New("it is no regular file")
	}
	f, err := root.Open(a.path)
	if err != nil {
		return fetch.Object{}, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return fetch.Object{}, err
	}
	body := io.NewSectionReader(f, 0, info.Size())
	if !a.wrapped.IsZero() {
		return unwrap(ctx, w, body, a.wrapped, r.Key)
	}
	if err := r.Proof(f, info.Size()); err != nil {
		return fetch.Object{}, err
	}
	return w.Write(ctx, r.Key, func(dst io.Writer) error {
		_, err := io.Copy(dst, body)
		return err
	})
}

// unwrap takes over a tarball that has everything in one folder, without the folder.
func unwrap(ctx context.Context, w ecosystems.Workshop, body io.Reader, want treehash.Hash, key string) (fetch.Object, error) {
	return w.Write(ctx, key, func(dst io.Writer) error {
		spool, err := w.Spool()
		if err != nil {
			return err
		}
		defer spool.Close()
		tree, err := classic.Unwrap(dst, body, spool)
		if err != nil {
			return fmt.Errorf("it is not what GitHub or a mirror made: %w", err)
		}
		return tree.Check(want, treehash.Package...)
	})
}
