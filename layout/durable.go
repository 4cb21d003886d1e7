package layout

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"

	"github.com/offmirror/offmirror/fetch/store"
)

// failure names what could not be done, and for a full disk what to do about it.
func failure(what, name string, err error) error {
	if !errors.Is(err, store.ErrFull) && (errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)) {
		err = fmt.Errorf("%w (%w)", store.ErrFull, err)
	}
	return fmt.Errorf("%s %s: %w", what, name, err)
}

// writeFile writes a file so that after a crash there is the old one, or none,
// or the whole new one.
func writeFile(root *os.Root, name string, content func(io.Writer) error) error {
	fresh := sibling(name)
	f, err := root.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return failure("write", name, err)
	}
	w := bufio.NewWriterSize(f, 64<<10)
	err = content(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = root.Rename(fresh, name)
	}
	if err == nil {
		err = syncFolder(root, path.Dir(name))
	}
	if err != nil {
		_ = root.Remove(fresh)
		return failure("write", name, err)
	}
	return nil
}

// pointLink makes name a symbolic link to target in one step.
func pointLink(root *os.Root, target, name string) error {
	fresh := sibling(name)
	err := root.Remove(fresh)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = root.Symlink(target, fresh)
	}
	if err == nil {
		err = root.Rename(fresh, name)
	}
	if err == nil {
		err = syncFolder(root, path.Dir(name))
	}
	if err != nil {
		_ = root.Remove(fresh)
		return failure("point the link", name, err)
	}
	return nil
}

// sibling is where the next version of name is made: one at a time, which the
// lock of the root sees to, so that a dead run's is overwritten.
func sibling(name string) string {
	dir, base := path.Split(name)
	return dir + "." + base + ".new"
}

// removeFile removes a file durably. One that is not there is no error.
func removeFile(root *os.Root, name string) error {
	err := root.Remove(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = syncFolder(root, path.Dir(name))
	}
	if err != nil {
		return failure("remove", name, err)
	}
	return nil
}

// makeFolder makes a folder and those above it, durably.
func makeFolder(root *os.Root, name string) error {
	if _, err := root.Stat(name); err == nil {
		return nil
	}
	if err := root.MkdirAll(name, 0o755); err != nil {
		return failure("make the folder", name, err)
	}
	for at := path.Dir(name); ; at = path.Dir(at) {
		if err := syncFolder(root, at); err != nil {
			return failure("sync the folder", at, err)
		}
		if at == "." {
			return nil
		}
	}
}

func syncFolder(root *os.Root, name string) error {
	dir, err := root.Open(name)
	if err != nil {
		return err
	}
	defer dir.Close()
	return store.SyncFolder(dir)
}

func writeText(root *os.Root, name, text string) error {
	return writeFile(root, name, func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
}
