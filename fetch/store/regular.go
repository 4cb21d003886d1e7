package store

import (
	"fmt"
	"io"
	"os"
	"syscall"
)

// OpenRegular opens a file of a mirror root for reading. A root may come from anybody:
// a pipe in the place of a file would keep whoever opens it waiting for ever, so what is
// no regular file is an error.
func OpenRegular(root *os.Root, name string) (*os.File, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	return onlyRegular(f, name, err)
}

func onlyRegular(f *os.File, name string, err error) (*os.File, error) {
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: not a regular file", name)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// ReadRegular reads a file that OpenRegular would open, of at most limit bytes.
func ReadRegular(root *os.Root, name string, limit int64) ([]byte, error) {
	f, err := OpenRegular(root, name)
	return readAll(f, name, limit, err)
}

// ReadFile reads a file that somebody named by its path: a key, a receipt, a manifest. As in a mirror
// root, what is no regular file is an error and nobody waits for a pipe, and so is what has more than
// limit bytes.
func ReadFile(path string, limit int64) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) //nolint:gosec // the user's choice
	f, err = onlyRegular(f, path, err)
	return readAll(f, path, limit, err)
}

func readAll(f *os.File, name string, limit int64, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s: larger than %d bytes", name, limit)
	}
	return data, err
}
