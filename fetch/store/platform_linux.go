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

// awaitWriteBack waits until f's pages are written, and returns the error that
// writing them met. It makes nothing durable.
func awaitWriteBack(f *os.File) error {
	for {
		err := unix.SyncFileRange(int(f.Fd()), 0, 0, unix.SYNC_FILE_RANGE_WAIT_BEFORE)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// syncFileSystem makes everything durable that was written to the file system
// of dir, by whomever.
func syncFileSystem(dir *os.File) error { return unix.Syncfs(int(dir.Fd())) }

// syncsTogether reports whether syncFileSystem can be relied on for the file
// system of dir. Network, FUSE and layered file systems may leave it to somebody
// else.
func syncsTogether(dir *os.File) bool {
	var fs unix.Statfs_t
	if unix.Fstatfs(int(dir.Fd()), &fs) != nil {
		return false
	}
	switch int64(fs.Type) { //nolint:unconvert // its type differs among architectures
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC:
		return true
	}
	return false
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
