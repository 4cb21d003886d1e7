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
	return t.compareFolder(ctx, ".", "", l, 0, l.Len())
}

// compareFolder deals with one folder, whose paths begin with prefix and are the
// entries from i to before end.
func (t *tree) compareFolder(ctx context.Context, folder, prefix string, l *List, i, end int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	at, err := t.enter(folder, true)
	if err != nil {
		return err
	}
	there, err := listFolder(at.root)
	if err != nil {
		return failure("read the folder", path.Join(t.path, folder), err)
	}
	t.touched[folder] = true // a killed run may have changed it and not synced it
	for i < end {
		name, _, below := strings.Cut(l.path(i)[len(prefix):], "/")
		mode, exists := there[name]
		delete(there, name)
		if !below {
			if err := t.compareFile(folder, name, l.At(i), exists, mode); err != nil {
				return fmt.Errorf("%s: %w", path.Join(t.path, l.path(i)), err)
			}
			i++
			continue
		}
		if exists && !mode.IsDir() {
			if err := t.discard(folder, name); err != nil {
				return err
			}
		}
		inside := prefix + name + "/"
		next := l.search(prefix + name + "0") // the byte after the slash
		if err := t.compareFolder(ctx, path.Join(folder, name), inside, l, i, next); err != nil {
			return err
		}
		i = next
	}
	for name := range there {
		if err := t.discard(folder, name); err != nil {
			return err
		}
	}
	return nil
}

func (t *tree) compareFile(folder, name string, e Entry, exists bool, mode fs.FileMode) error {
	at, err := t.enter(folder, false)
	if err != nil {
		return err
	}
	if exists {
		if !mode.IsDir() && t.holds(at.root, name, e) == nil {
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

func listFolder(root *os.Root) (map[string]fs.FileMode, error) {
	dir, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	there := make(map[string]fs.FileMode)
	for {
		entries, err := dir.ReadDir(1024)
		for _, e := range entries {
			there[e.Name()] = e.Type()
		}
		if errors.Is(err, io.EOF) {
			return there, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
