package layout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/offmirror/offmirror/fetch/store"
)

// MendTree puts right what [History.CheckTreeAs] finds wrong with the served tree, as far as
// the store has the objects, file by file: each one is replaced in one step, so
// readers see what was there or what belongs there. Files whose object is
// missing stay as they are. The spare tree, if it is not what its marker says, loses
// the marker and is compared by the next publication, which [History.Rebuild]
// does at once.
//
// Where the tree or the link to it is missing, or shows another snapshot, it is made
// anew by Rebuild, and every object has to be there.
func (h *History) MendTree(ctx context.Context, c TreeCheck) error {
	s, err := c.Current, error(nil)
	if s == nil {
		s, err = h.Current()
	}
	if err != nil || s == nil {
		return err
	}
	live, err := h.showing(s)
	if err != nil {
		return h.Rebuild(ctx)
	}
	for p, wrong := range h.CheckSpareAs(ctx, c) {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("mend: %s: %w", p, cmp.Or(err, wrong))
		}
		if err := removeFile(h.root, h.markerPath(other(live))); err != nil {
			return fmt.Errorf("mend: %w", err)
		}
		break
	}
	t, err := openTree(h.root, h.treePath(live), h.objects)
	if err != nil {
		return h.Rebuild(ctx)
	}
	defer t.close()
	t.step = h.step
	if err := t.mend(ctx, s, c); err != nil {
		return fmt.Errorf("mend %s: %w", h.ecosystem, err)
	}
	return nil
}

func (t *tree) mend(ctx context.Context, s *Snapshot, c TreeCheck) error {
	for e := range s.All("") {
		if err := ctx.Err(); err != nil {
			return err
		}
		folder, name := path.Split(e.Path)
		folder = path.Clean(folder)
		at, err := t.enter(folder, false)
		if err == nil && t.agrees(at.root, name, e, c.read(e)) == nil {
			continue
		}
		if size, ok := t.objects.Has(e.Object); !e.IsLink() && (!ok || size != e.Size) {
			continue
		}
		if err := t.replace(folder, name, e); err != nil {
			return fmt.Errorf("%s: %w", path.Join(t.path, e.Path), err)
		}
	}
	var foreign []string
	t.foreign(ctx, s.List, func(p string, err error) bool {
		if errors.Is(err, ErrForeign) {
			foreign = append(foreign, p)
		}
		return true
	})
	for _, p := range foreign {
		if err := t.discard(path.Dir(p), path.Base(p)); err != nil {
			return err
		}
		t.touched[path.Dir(p)] = true
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return t.sync()
}

// mending is what a file is called before it takes the place of another.
const mending = ".offmirror-mending"

// replace puts an entry where something else may be.
func (t *tree) replace(folder, name string, e Entry) error {
	at, err := t.enter(folder, true)
	if err != nil && !errors.Is(err, store.ErrFull) {
		if err = t.clearWay(folder); err == nil {
			at, err = t.enter(folder, true)
		}
	}
	if err != nil {
		return err
	}
	if err := at.root.Remove(mending); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return failure("remove", path.Join(t.path, folder, mending), err)
	}
	if info, err := at.root.Lstat(name); err == nil && info.IsDir() {
		if err := t.discard(folder, name); err != nil {
			return err
		}
		if at, err = t.enter(folder, true); err != nil {
			return err
		}
	}
	if err := t.place(at, mending, e); err != nil {
		return err
	}
	if err := at.root.Rename(mending, name); err != nil {
		_ = at.root.Remove(mending)
		return failure("replace", path.Join(t.path, folder, name), err)
	}
	return nil
}

// clearWay removes what is no folder on the way to one.
func (t *tree) clearWay(folder string) error {
	t.leave(1)
	at := ""
	for name := range strings.SplitSeq(folder, "/") {
		at = path.Join(at, name)
		info, err := t.root.Lstat(at)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && !info.IsDir() {
			return t.discard(path.Dir(at), name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
