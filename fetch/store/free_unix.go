//go:build linux || darwin || freebsd

package store

import (
	"os"

	"golang.org/x/sys/unix"
)

// FreeSpace returns how many bytes may still be written to the file system of a folder. It is not known
// on every system, and some file systems, those over a network among them, do not tell.
func FreeSpace(root *os.Root) (bytes int64, known bool) {
	dir, err := root.Open(".")
	if err != nil {
		return 0, false
	}
	defer dir.Close()
	var fs unix.Statfs_t
	if err := unix.Fstatfs(int(dir.Fd()), &fs); err != nil {
		return 0, false
	}
	return freeOf(&fs)
}

// freeOf takes a file system that says that it has no blocks at all for one that does not tell.
func freeOf(fs *unix.Statfs_t) (bytes int64, known bool) {
	if fs.Blocks == 0 {
		return 0, false
	}
	return int64(fs.Bavail) * int64(fs.Bsize), true //nolint:unconvert // their types differ among systems
}
