package store

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// startWriteBack asks the kernel to begin writing f's pages now, without
// waiting, so that a later fsync finds most of the work done. It is a hint: its
// failure is found by the fsync.
func startWriteBack(f *os.File) {
	_ = unix.SyncFileRange(int(f.Fd()), 0, 0, unix.SYNC_FILE_RANGE_WRITE)
}

// rename moves a file from one open folder to another. Both names are single
// elements, so no symbolic link can lead elsewhere.
func rename(_ *os.Root, from *folder, name string, to *folder, newName string) error {
	for {
		err := unix.Renameat(int(from.dir.Fd()), name, int(to.dir.Fd()), newName)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// SyncFolder makes the names in an open folder durable. File systems that
// cannot sync a folder (some network and FUSE ones) are taken at their word.
func SyncFolder(dir *os.File) error {
	err := dir.Sync()
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		return nil
	}
	return err
}
