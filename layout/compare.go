package layout

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/offmirror/offmirror/fetch/store"
)

// compare makes the tree hold exactly l, whatever it holds now: what is right
// stays, everything else goes, what is missing comes.
func (t *tree) compare(ctx context.Context, l *List) error {
	t.leave(1)
	clear(t.touched)
	t.touched["."] = true
	c := l.cursor(0)
	c.next()
	return t.compareFolder(ctx, ".", "", &c, new(bits))
}

// compareFolder deals with one folder, whose paths begin with prefix. It leaves the
// cursor, which is at its first entry, at the first one behind it. The bits are set of
// files that are there.
func (t *tree) compareFolder(ctx context.Context, folder, prefix string, c *cursor, there *bits) error {
	if err := t.pause(ctx); err != nil {
		return err
	}
	if _, err := t.enter(folder, true); err != nil {
		return err
	}
	if err := t.clean(ctx, folder, prefix, c.list, there); err != nil {
		return err
	}
	t.touched[folder] = true // a killed run may have changed it and not synced it
	for c.valid && hasPrefix(c.path, prefix) {
		name, _, below := strings.Cut(string(c.path[len(prefix):]), "/")
		if !below {
			if err := t.compareFile(folder, name, c.entry(), there.has(c.index-1)); err != nil {
				return fmt.Errorf("%s: %w", path.Join(t.path, string(c.path)), err)
			}
			c.next()
			continue
		}
		if err := t.compareFolder(ctx, path.Join(folder, name), prefix+name+"/", c, there); err != nil {
			return err
		}
	}
	return nil
}

// maxForeign is how many names that do not belong into a folder are gathered at a time.
const maxForeign = 10_000

// clean discards what a folder holds and the list does not: other names, a folder for
// a file, anything else for a folder. It sets the bits of files that are there.
func (t *tree) clean(ctx context.Context, folder, prefix string, l *List, there *bits) error {
	for {
		var foreign []string
		at, err := t.enter(folder, false)
		if err != nil {
			return err
		}
		err = eachIn(at.root, func(name string, mode fs.FileMode) bool {
			i, data, _ := l.find(prefix + name)
			switch {
			case data != nil && !mode.IsDir():
				there.set(i)
			case mode.IsDir() && data == nil && l.hasFolder(prefix+name):
			default:
				foreign = append(foreign, name)
			}
			return len(foreign) < maxForeign
		})
		if err != nil {
			return failure("read the folder", path.Join(t.path, folder), err)
		}
		for _, name := range foreign {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := t.discard(folder, name); err != nil {
				return err
			}
		}
		if len(foreign) < maxForeign {
			return nil
		}
	}
}

func (t *tree) compareFile(folder, name string, e Entry, exists bool) error {
	at, err := t.enter(folder, false)
	if err != nil {
		return err
	}
	if exists {
		if t.holds(at.root, name, e) == nil {
			return nil
		}
		if err := t.discard(folder, name); err != nil {
			return err
		}
		if at, err = t.enter(folder, false); err != nil {
			return err
		}
	}
	return t.place(at, name, e)
}

// discard removes a file, or a folder with all that is in it.
func (t *tree) discard(folder, name string) error {
	t.step(StepRemove)
	at, err := t.enter(folder, false)
	if err == nil {
		err = at.root.RemoveAll(name)
	}
	if err != nil {
		return failure("remove", path.Join(t.path, folder, name), err)
	}
	return nil
}

// holds says why a file of the tree is not the object of an entry, or a symbolic
// link not the one that the entry is; nil if it is. A hard link to the object is; a
// copy is read.
func (t *tree) holds(root *os.Root, name string, e Entry) error {
	return t.agrees(root, name, e, true)
}

// agrees is holds for which the size of a copy may have to do.
func (t *tree) agrees(root *os.Root, name string, e Entry, read bool) error {
	info, err := root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("is missing in the tree")
	}
	if err != nil {
		return err
	}
	if e.IsLink() {
		return holdsLink(root, name, e.Link, info.Mode())
	}
	if info.Mode().Type() == fs.ModeSymlink {
		return errors.New("is a symbolic link instead of a file")
	}
	if !info.Mode().IsRegular() {
		return errors.New("is not a regular file")
	}
	if info.Size() != e.Size {
		return fmt.Errorf("has %d bytes instead of %d", info.Size(), e.Size)
	}
	object, err := t.objects.Stat(e.Object)
	if err == nil && os.SameFile(info, object) || !read {
		return nil
	}
	f, err := store.OpenRegular(root, name)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	if got := sum.Sum(nil); !bytes.Equal(got, e.Object[:]) {
		return fmt.Errorf("is %w: its bytes have SHA-256 %x", store.ErrDamaged, got)
	}
	return nil
}

func holdsLink(root *os.Root, name, target string, mode fs.FileMode) error {
	if mode.Type() != fs.ModeSymlink {
		return fmt.Errorf("is not the symbolic link to %s that it should be", target)
	}
	got, err := root.Readlink(name)
	if err == nil && got != target {
		err = fmt.Errorf("links to %s instead of %s", quoteShort(got), target)
	}
	return err
}

// eachIn calls each with what is in a folder, in no order, until it returns false.
func eachIn(root *os.Root, each func(name string, mode fs.FileMode) bool) error {
	dir, err := root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	for {
		entries, err := dir.ReadDir(1024)
		for _, e := range entries {
			if !each(e.Name(), e.Type()) {
				return nil
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
