//go:build !linux

package store

import "os"

// bareFile is a file that is read from its beginning to its end.
type bareFile struct{ *os.File }

// openBare opens a regular file in an open folder, and returns its stamp.
func openBare(home *folder, name string) (f bareFile, stamp Stamp, err error) {
	if info, err := home.root.Lstat(name); err != nil {
		return f, stamp, err
	} else if !info.Mode().IsRegular() {
		return f, stamp, errNotRegular
	}
	file, err := OpenRegular(home.root, name)
	if err != nil {
		return f, stamp, err
	}
	info, err := file.Stat()
	if err != nil {
		_ = file.Close()
		return f, stamp, err
	}
	return bareFile{file}, StampOf(info), nil
}

func (f bareFile) Close() { _ = f.File.Close() }
