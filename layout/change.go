package layout

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
)

// change leads the tree from what it holds, entries that come as a stream, to what it is to
// hold, by their difference. The latter is read twice: of what is to come two bits an
// entry are remembered until all that is to go has gone.
//
// A stream proves itself at its end only. If the error is about that, the tree holds
// nobody knows what.
func (t *tree) change(ctx context.Context, from walk, to func() (w walk, end func(), err error)) error {
	var emptied []string
	var failed error
	var fresh, other bits
	w, end, err := to()
	if err != nil {
		return err
	}
	defer func() { end() }()
	c := &counted{walk: w}
	err = differences(from, c, func(old, now *record) bool {
		switch {
		case now == nil:
			if failed = ctx.Err(); failed == nil {
				failed = t.remove(string(old.path), &emptied)
			}
		case old == nil:
			fresh.set(c.n - 1)
		default:
			other.set(c.n - 1)
		}
		return failed == nil
	})
	if err = cmp.Or(failed, err); err != nil {
		return err
	}
	t.leave(1)
	t.removeEmpty(emptied)
	end()
	if w, end, err = to(); err != nil {
		end = func() {}
		return err
	}
	for c = (&counted{walk: w}); c.next(); {
		there := other.has(c.n - 1)
		if !there && !fresh.has(c.n-1) {
			continue
		}
		if err := t.pause(ctx); err != nil {
			return err
		}
		e := c.at().entry()
		at, err := t.enter(path.Dir(e.Path), true)
		if err == nil && there {
			err = at.root.Remove(path.Base(e.Path))
		}
		if err == nil {
			err = t.place(at, path.Base(e.Path), e)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path.Join(t.path, e.Path), err)
		}
	}
	return c.err()
}

// counted is a walk that has gone n steps.
type counted struct {
	walk
	n int
}

func (c *counted) next() bool {
	c.n++
	return c.walk.next()
}

// remove removes a file and adds its folder to emptied, once.
func (t *tree) remove(name string, emptied *[]string) error {
	t.step(StepRemove)
	folder := path.Dir(name)
	at, err := t.enter(folder, false)
	if err == nil {
		err = at.root.Remove(path.Base(name))
	}
	if err != nil {
		return failure("remove", path.Join(t.path, name), err)
	}
	if !t.touched[folder] {
		t.touched[folder] = true
		*emptied = append(*emptied, folder)
	}
	return nil
}

// removeEmpty removes those of the folders that are empty, and then the ones above them.
func (t *tree) removeEmpty(folders []string) {
	slices.SortFunc(folders, func(a, b string) int { return strings.Compare(b, a) }) // the ones below first
	for _, folder := range folders {
		for folder != "." && t.root.Remove(folder) == nil {
			delete(t.touched, folder)
			folder = path.Dir(folder)
			t.touched[folder] = true
		}
	}
}
