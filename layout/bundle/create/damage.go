package create

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle"
)

// wrongBytes is about bytes that should be an object and are not.
type wrongBytes struct{ want, got store.ID }

func (e *wrongBytes) Error() string {
	return fmt.Sprintf("object %s: its bytes have SHA-256 %s", e.want, e.got)
}

func (e *wrongBytes) Unwrap() error { return store.ErrDamaged }

// DamagedError is about an object that is not what its name promises, or is not there. Nothing can be
// bundled before it has been mended. It matches what Err matches, and [store.ErrDamaged].
type DamagedError struct {
	ID        store.ID
	Ecosystem string // and Path: which file of which tree it is, if that is known
	Path      string
	Err       error
}

func (e *DamagedError) Error() string {
	what := "a list of a snapshot"
	if e.Path != "" {
		what = e.Ecosystem + ": " + e.Path
	}
	return fmt.Sprintf("%s (object %s) is damaged; offmirror verify --repair mends it, then run again: %v", what, e.ID, e.Err)
}

func (e *DamagedError) Unwrap() []error { return []error{e.Err, store.ErrDamaged} }

// unreadable judges an error of reading an object: what a repair mends is damage, what is wrong with this process
// or machine is not.
func unreadable(id store.ID, err error) error {
	for _, damage := range []error{fs.ErrNotExist, store.ErrDamaged, syscall.EIO, io.EOF} {
		if errors.Is(err, damage) {
			return &DamagedError{ID: id, Err: err}
		}
	}
	return err
}

// locate makes a failure that is about an object one that names the file.
func (s *source) locate(ctx context.Context, err error, ecosystems []bundle.Ecosystem) error {
	damaged, ok := errors.AsType[*DamagedError](err)
	if wrong, is := errors.AsType[*wrongBytes](err); is {
		damaged, ok = &DamagedError{ID: wrong.want, Err: wrong}, true
	}
	if !ok {
		return err
	}
	found := errors.New("found")
	for _, e := range ecosystems {
		h, err := s.history(e.Name)
		if err != nil {
			continue
		}
		_, err = h.Scan(e.Snapshot, func(at layout.Entry) error {
			if !at.IsLink() && at.Object == damaged.ID {
				damaged.Ecosystem, damaged.Path = e.Name, at.Path
				return found
			}
			return ctx.Err()
		})
		if errors.Is(err, found) {
			break
		}
	}
	return damaged
}
