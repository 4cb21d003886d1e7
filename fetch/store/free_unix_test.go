//go:build linux || darwin || freebsd

package store

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestFreeSpace(t *testing.T) {
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if bytes, known := FreeSpace(root); !known || bytes <= 0 {
		t.Errorf("of the temporary folder: %d, %v", bytes, known)
	}
	root.Close()
	if bytes, known := FreeSpace(root); known || bytes != 0 {
		t.Errorf("of a closed root: %d, %v", bytes, known)
	}
}

func TestFileSystemsThatDoNotTell(t *testing.T) {
	for _, c := range []struct {
		name  string
		fs    unix.Statfs_t
		bytes int64
		known bool
	}{
		{"no blocks at all", unix.Statfs_t{Bsize: 4096}, 0, false},
		{"full", unix.Statfs_t{Bsize: 4096, Blocks: 10}, 0, true},
		{"blocks for others only", unix.Statfs_t{Bsize: 4096, Blocks: 10, Bfree: 2}, 0, true},
		{"some room", unix.Statfs_t{Bsize: 512, Blocks: 10, Bfree: 4, Bavail: 3}, 1536, true},
	} {
		if bytes, known := freeOf(&c.fs); bytes != c.bytes || known != c.known {
			t.Errorf("%s: %d, %v; want %d, %v", c.name, bytes, known, c.bytes, c.known)
		}
	}
}
