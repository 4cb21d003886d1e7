package layout

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
	"syscall"
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
	t.foreign(ctx, s.List, yield)
}

// foreign yields the files of the tree that a list does not name, and folders that cannot
// be read.
func (t *tree) foreign(ctx context.Context, l *List, yield func(string, error) bool) {
	t.leave(1)
	c := l.cursor(0)
	c.next()
	t.foreignBelow(ctx, ".", "", &c, yield)
}

// foreignBelow deals with one folder and those below it, and reports whether to go on. It
// moves the cursor as compareFolder does: folders are looked into in the order of the list,
// as there may be a million of them.
func (t *tree) foreignBelow(ctx context.Context, folder, prefix string, c *cursor, yield func(string, error) bool) bool {
	if !t.foreignIn(ctx, folder, prefix, c.list, yield) {
		return false
	}
	for c.valid && hasPrefix(c.path, prefix) {
		name, _, below := strings.Cut(string(c.path[len(prefix):]), "/")
		if !below {
			c.next()
		} else if !t.foreignBelow(ctx, path.Join(folder, name), prefix+name+"/", c, yield) {
			return false
		}
	}
	return true
}

// foreignIn yields the files in one folder that the list does not name, and all that is in
// folders which it does not know.
func (t *tree) foreignIn(ctx context.Context, folder, prefix string, l *List, yield func(string, error) bool) bool {
	if err := ctx.Err(); err != nil {
		yield(folder, err)
		return false
	}
	var names []string // those of folders end in a slash
	goOn := true
	report := func() {
		slices.Sort(names)
		for _, name := range names {
			if below, ok := strings.CutSuffix(name, "/"); !ok {
				goOn = goOn && yield(prefix+name, ErrForeign)
			} else {
				goOn = goOn && t.foreignIn(ctx, path.Join(folder, below), prefix+name, l, yield)
			}
		}
		names = names[:0]
	}
	at, err := t.enter(folder, false)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return true // that its files are missing was said
	}
	if err == nil {
		err = eachIn(at.root, func(name string, mode fs.FileMode) bool {
			if mode.IsDir() {
				if !l.hasFolder(prefix + name) {
					names = append(names, name+"/")
				}
			} else if _, data, _ := l.find(prefix + name); data == nil {
				names = append(names, name)
			}
			if len(names) == maxForeign {
				report()
			}
			return goOn
		})
		report()
	}
	if err != nil {
		goOn = goOn && yield(folder, err)
	}
	return goOn
}

// ErrForeign is what is wrong with a file of a tree that the snapshot does not name.
var ErrForeign = errors.New("is in the tree, but the snapshot does not name it; remove it")
