//go:build !linux && !darwin && !freebsd

package store

import "os"

// bareFile is a file that is read from its beginning to its end.
type bareFile struct{ *os.File }

// openBare opens a regular file in an open folder, and returns its size.
func openBare(home *folder, name string) (f bareFile, size int64, err error) {
	if info, err := home.root.Lstat(name); err != nil {
		return f, 0, err
	} else if !info.Mode().IsRegular() {
		return f, 0, errNotRegular
	}
	file, err := OpenRegular(home.root, name)
	if err != nil {
		return f, 0, err
	}
	info, err := file.Stat()
	if err != nil {
		_ = file.Close()
		return f, 0, err
	}
	return bareFile{file}, info.Size(), nil
}

func (f bareFile) Close() { _ = f.File.Close() }
