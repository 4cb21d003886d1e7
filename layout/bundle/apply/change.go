package apply

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// describe compares each list that is at hand with what is published.
func (a *application) describe(ctx context.Context) error {
	for i := range a.result.Changes {
		c := &a.result.Changes[i]
		for _, j := range a.jobs {
			if j.Name == c.Ecosystem && j.list != nil {
				if err := a.diff(ctx, c, j); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// diff counts what leads from the published snapshot to the new one. Both are sorted by
// path, so it needs no memory for them.
func (a *application) diff(ctx context.Context, c *Change, j *job) error {
	old, err := scanOld(a.root, j)
	if err != nil {
		return err
	}
	defer old.close()
	_, err = scanList(ctx, j.List, j.list, func(e layout.Entry) error {
		for old.more && old.s.Entry().Path < e.Path {
			c.Removed++
			old.next()
		}
		was := layout.Entry{}
		if old.more && old.s.Entry().Path == e.Path {
			was = old.s.Entry()
			old.next()
		}
		switch {
		case was == e:
		case was.Path == "":
			c.Added++
			c.Bytes += e.Size
		default:
			c.Changed++
			c.Bytes += e.Size
		}
		return nil
	})
	for old.more {
		c.Removed++
		old.next()
	}
	if err == nil {
		err = old.err()
	}
	c.Known = err == nil
	return err
}

// oldSnapshot is the published snapshot, entry by entry; none if nothing was published.
type oldSnapshot struct {
	f    io.Closer
	s    *layout.Scanner
	path string
	more bool
}

func scanOld(root *os.Root, j *job) (*oldSnapshot, error) {
	o := &oldSnapshot{}
	if j.previous == "" {
		return o, nil
	}
	o.path = "snapshots/" + j.Name + "/" + j.previous
	f, err := store.OpenRegular(root, o.path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.path, err)
	}
	o.f = f
	if o.s, err = layout.NewScanner(f); err != nil {
		f.Close()
		return nil, &layout.DamagedError{Path: o.path, Err: err}
	}
	o.next()
	return o, nil
}

func (o *oldSnapshot) next() { o.more = o.s.Next() }

func (o *oldSnapshot) err() error {
	if o.s == nil || o.s.Err() == nil {
		return nil
	}
	return &layout.DamagedError{Path: o.path, Err: o.s.Err()}
}

func (o *oldSnapshot) close() {
	if o.s != nil {
		o.s.Close()
		o.f.Close()
	}
}
