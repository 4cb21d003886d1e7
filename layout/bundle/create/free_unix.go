//go:build linux || darwin || freebsd

package create

import (
	"os"

	"golang.org/x/sys/unix"
)

// free returns how many bytes may still be written to the file system of a folder. It is not known
// on every system.
func free(root *os.Root) (int64, bool) {
	dir, err := root.Open(".")
	if err != nil {
		return 0, false
	}
	defer dir.Close()
	var fs unix.Statfs_t
	if err := unix.Fstatfs(int(dir.Fd()), &fs); err != nil {
		return 0, false
	}
	return int64(fs.Bavail) * int64(fs.Bsize), true //nolint:unconvert // their types differ among systems
}
