package julia

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch"
)

// adopted gets an object from the folders of an existing mirror, or else from upstream.
// What is found there has to satisfy the same proof.
func (p *planner) adopted(ctx context.Context, w ecosystems.Workshop, path string, r fetch.Request) (fetch.Object, error) {
	if o, held := w.Held(r); held {
		return o, nil
	}
	for _, dir := range p.options.Adopt {
		o, err := adoptFrom(ctx, w, dir, path, r)
		switch {
		case err == nil:
			return o, nil
		case ctx.Err() != nil:
			return o, ctx.Err()
		case !errors.Is(err, fs.ErrNotExist):
			p.notice("adopt", path, "%s in %s is not taken over: %v", path, dir, err)
		}
	}
	if r.URL == "" {
		return fetch.Object{}, fetch.ErrAbsent
	}
	return w.Fetch(ctx, r)
}

func adoptFrom(ctx context.Context, w ecosystems.Workshop, dir, path string, r fetch.Request) (fetch.Object, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fetch.Object{}, err
	}
	defer root.Close()
	f, err := root.Open(path)
	if err != nil {
		return fetch.Object{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fetch.Object{}, err
	}
	if !info.Mode().IsRegular() {
		return fetch.Object{}, errors.New("it is no regular file")
	}
	if err := r.Proof(f, info.Size()); err != nil {
		return fetch.Object{}, err
	}
	return w.Write(ctx, r.Key, func(dst io.Writer) error {
		_, err := io.Copy(dst, io.NewSectionReader(f, 0, info.Size()))
		return err
	})
}
