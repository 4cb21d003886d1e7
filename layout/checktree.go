package layout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
)

// TreeCheck says how a tree is checked. The zero value checks all of the current one.
type TreeCheck struct {
	// Current is the published snapshot, for who has loaded it already.
	Current *Snapshot

	// Read tells of which files the bytes are to be compared where they are no hard links to
	// their objects, whose bytes the store's own check covers. Of others the size has to do.
	// Nil: of all.
	Read func(Entry) bool
}

func (c TreeCheck) read(e Entry) bool { return c.Read == nil || c.Read(e) }

// CheckTree compares the served tree with the current snapshot and yields the
// native path of each file that is missing or is not its object, of each symbolic
// link that is missing or leads elsewhere, and why. A hard link to its object is not
// read: the store's own check covers it. Files and links that the snapshot does not
// name are yielded too.
//
// A publication meanwhile makes it see things: if [History.CurrentID] is another
// afterwards, check again.
func (h *History) CheckTree(ctx context.Context) iter.Seq2[string, error] {
	return h.CheckTreeAs(ctx, TreeCheck{})
}

// CheckTreeAs is [History.CheckTree] that leaves out what c says.
func (h *History) CheckTreeAs(ctx context.Context, c TreeCheck) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		s, err := c.Current, error(nil)
		if s == nil {
			s, err = h.Current()
		}
		if err != nil || s == nil {
			if err != nil {
				yield(h.currentLink(), err)
			}
			return
		}
		live, err := h.showing(s)
		if err != nil {
			yield(h.ecosystem, err)
			return
		}
		h.checkTree(ctx, live, s, c, yield)
	}
}

// showing returns the name of the served tree if that says of itself that it is s.
func (h *History) showing(s *Snapshot) (live string, err error) {
	live, _, err = h.trees()
	if err == nil && live == "" {
		err = fmt.Errorf("the link to the tree is missing; run sync or rollback: %w", fs.ErrNotExist)
	}
	if err == nil && h.marker(live) != s.ID {
		err = fmt.Errorf("the tree does not show snapshot %s, as a publication was interrupted; run sync or rollback", s.ID)
	}
	return live, err
}

// CheckSpare does the same with the tree that is not served, from which the next
// publication will start: it is to hold what its marker says. The paths that it yields
// are relative to ROOT.
func (h *History) CheckSpare(ctx context.Context) iter.Seq2[string, error] {
	return h.CheckSpareAs(ctx, TreeCheck{})
}

// CheckSpareAs is [History.CheckSpare] that leaves out what c says.
func (h *History) CheckSpareAs(ctx context.Context, c TreeCheck) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		live, spare, err := h.trees()
		if err != nil || live == "" {
			return // nothing that would be started from
		}
		id := h.marker(spare)
		if id == "" {
			return
		}
		s := c.Current
		if s == nil || s.ID != id {
			if s, err = h.read(id); err != nil {
				return // the next publication finds that as well, and compares
			}
		}
		h.checkTree(ctx, spare, s, c, func(p string, err error) bool { return yield(path.Join(h.treePath(spare), p), err) })
	}
}

// checkTree compares one of the trees with a snapshot.
func (h *History) checkTree(ctx context.Context, name string, s *Snapshot, c TreeCheck, yield func(string, error) bool) {
	t, err := openTree(h.root, h.treePath(name), h.objects)
	if err != nil {
		yield(".", err)
		return
	}
	defer t.close()
	for e := range s.All("") {
		if err := ctx.Err(); err != nil {
			yield(e.Path, err)
			return
		}
		at, err := t.enter(path.Dir(e.Path), false)
		if err == nil {
			err = t.agrees(at.root, path.Base(e.Path), e, c.read(e))
		}
		if err != nil && !yield(e.Path, err) {
			return
		}
	}
	t.leave(1)
	t.foreign(ctx, ".", s, yield)
}

// foreign yields the files below a folder that the tree has beside those of s, in no
// particular order: the largest folders hold a million, which are not to be in memory at once.
func (t *tree) foreign(ctx context.Context, folder string, s *Snapshot, yield func(string, error) bool) bool {
	dir, err := t.root.Open(folder)
	if err != nil {
		return yield(folder, err)
	}
	defer dir.Close()
	var below []string
	for {
		entries, err := dir.ReadDir(1024)
		for _, e := range entries {
			p := path.Join(folder, e.Name())
			if e.IsDir() {
				below = append(below, p)
				continue
			}
			if _, ok := s.Lookup(p); !ok && !yield(p, ErrForeign) {
				return false
			}
		}
		if err = cmp.Or(ctx.Err(), err); errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return yield(folder, err)
		}
	}
	dir.Close()
	slices.SortFunc(below, strings.Compare)
	for _, p := range below {
		if !t.foreign(ctx, p, s, yield) {
			return false
		}
	}
	return true
}

// ErrForeign is what is wrong with a file of a tree that the snapshot does not name.
var ErrForeign = errors.New("is in the tree, but the snapshot does not name it; remove it")
