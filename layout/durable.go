package layout

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/offmirror/offmirror/fetch/store"
)

func failure(what, name string, err error) error { return store.Failure(what, name, err) }

// WriteFile writes a file of a mirror root, whose [Lock] the caller holds: after a
// crash there is the old one, or none, or the whole new one, and the new one when
// WriteFile has returned. Folders above it are made.
func WriteFile(root *os.Root, name string, data []byte, mode fs.FileMode) error {
	return WriteStream(root, name, mode, func(w io.Writer) error { _, err := w.Write(data); return err })
}

// WriteStream is [WriteFile] for content that is written piece by piece. An error of content is
// returned, and the old file stays.
func WriteStream(root *os.Root, name string, mode fs.FileMode, content func(io.Writer) error) error {
	if err := makeFolder(root, path.Dir(name)); err != nil {
		return err
	}
	return replaceFile(root, name, mode, content)
}

// RemoveFile removes a file of a mirror root, whose [Lock] the caller holds, durably. One that is
// not there is no error.
func RemoveFile(root *os.Root, name string) error { return removeFile(root, name) }

func writeFile(root *os.Root, name string, content func(io.Writer) error) error {
	return replaceFile(root, name, 0o644, content)
}

func replaceFile(root *os.Root, name string, mode fs.FileMode, content func(io.Writer) error) error {
	return replace(root, name, mode, func(f *os.File) error {
		w := bufio.NewWriterSize(f, 64<<10)
		if err := content(w); err != nil {
			return err
		}
		return w.Flush()
	})
}

// replace gives content a file that nobody sees before it is whole and durable.
func replace(root *os.Root, name string, mode fs.FileMode, content func(*os.File) error) error {
	fresh := sibling(name)
	f, err := root.OpenFile(fresh, os.O_RDWR|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return failure("write", name, err)
	}
	err = content(f)
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
