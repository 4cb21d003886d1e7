package mirror

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// workshop implements [ecosystems.Workshop] for one item of a run, or with an
// empty path for the driver itself.
type workshop struct {
	run  *run
	path string
}

func (w workshop) Fetch(ctx context.Context, q fetch.Request) (fetch.Object, error) {
	if err := w.run.room.expect(q, w.run.engine); err != nil {
		w.run.abort(err)
		return fetch.Object{}, err
	}
	o, err := w.run.fetch(ctx, w.path, q)
	if fetch.IsLocal(err) {
		w.run.abort(err)
	}
	return o, err
}

func (w workshop) Held(q fetch.Request) (fetch.Object, bool) { return w.run.engine.Held(q) }

func (w workshop) Open(o fetch.Object) (layout.File, error) { return w.run.store.Open(o.ID) }

// Write implements [ecosystems.Workshop]. As with downloads, the key is remembered
// before the object is durable, and what an earlier run wrote is read before it is
// believed.
func (w workshop) Write(ctx context.Context, key string, write func(io.Writer) error) (fetch.Object, error) {
	if o, ok := w.known(ctx, key); ok {
		return o, nil
	}
	in, err := w.run.store.Create("")
	if err != nil {
		return fetch.Object{}, w.broken("begin an object", err)
	}
	defer in.Discard() //nolint:errcheck // of what is committed there is nothing left to discard
	tracked := &errorTracker{w: in}
	buffered := bufio.NewWriterSize(tracked, 256<<10)
	if err := write(buffered); err != nil {
		return fetch.Object{}, w.written(tracked, err)
	}
	if err := buffered.Flush(); err != nil {
		return fetch.Object{}, w.written(tracked, err)
	}
	o := fetch.Object{ID: in.ID(), Size: in.Size()}
	if key != "" {
		w.run.engine.Remember(key, o)
	}
	if _, err := in.Commit(ctx); err != nil {
		if ctx.Err() != nil {
			return fetch.Object{}, ctx.Err()
		}
		return fetch.Object{}, w.broken("keep an object", err)
	}
	return o, nil
}

// known returns what was written under a key, unless it is damaged.
func (w workshop) known(ctx context.Context, key string) (fetch.Object, bool) {
	if key == "" {
		return fetch.Object{}, false
	}
	o, ok := w.run.engine.Known(key)
	if !ok || w.run.vouched(w.path, o) {
		return o, ok
	}
	err := w.run.store.RemoveDamaged(ctx, o.ID) // or else writing it anew finds it in place
	return o, err == nil
}

// written tells an error of the disk from one of who wrote.
func (w workshop) written(t *errorTracker, err error) error {
	if t.err != nil {
		return w.broken("write an object", t.err)
	}
	return err
}

// broken ends the run: this machine cannot go on.
func (w workshop) broken(what string, err error) error {
	err = fmt.Errorf("%s: %w", what, err)
	w.run.abort(err)
	return err
}

func (w workshop) Spool() (ecosystems.Spool, error) {
	if w.run.tempDir != "" {
		return w.tempSpool()
	}
	in, err := w.run.store.Create("")
	if err != nil {
		return nil, w.broken("make a temporary file", err)
	}
	return &spool{in: in, run: w.run}, nil
}

// spool is an object that never becomes one.
type spool struct {
	in  *store.Incoming
	run *run
}

func (s *spool) Write(p []byte) (int, error) {
	n, err := s.in.Write(p)
	if err != nil {
		s.run.abort(fmt.Errorf("write a temporary file: %w", err))
	}
	return n, err
}

func (s *spool) ReadAt(p []byte, off int64) (int, error) { return s.in.ReadAt(p, off) }
func (s *spool) Close() error                            { return s.in.Discard() }

// errorTracker remembers the error of a writer.
type errorTracker struct {
	w   io.Writer
	err error
}

func (t *errorTracker) Write(p []byte) (int, error) {
	n, err := t.w.Write(p)
	if err != nil {
		t.err = err
	}
	return n, err
}
