package create

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// startWriteBack asks the kernel to begin writing a range of a file now, without waiting. It is a
// hint: its failure is found by the fsync.
func startWriteBack(f *os.File, from, size int64) {
	_ = unix.SyncFileRange(int(f.Fd()), from, size, unix.SYNC_FILE_RANGE_WRITE)
}

// setDirect makes writes go around the page cache, or through it again. Around it, a large file costs half of the
// processor's time, pushes nothing out of memory, and needs no long fsync at its end. It is
// tried only on local file systems that are known for it.
func setDirect(f *os.File, direct bool) bool {
	fd := int(f.Fd())
	if direct && !knownForDirect(fd) {
		return false
	}
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err != nil {
		return false
	}
	if flags &^= unix.O_DIRECT; direct {
		flags |= unix.O_DIRECT
	}
	_, err = unix.FcntlInt(uintptr(fd), unix.F_SETFL, flags)
	return err == nil
}

func knownForDirect(fd int) bool {
	const exfat = 0x2011bab0
	var fs unix.Statfs_t
	if unix.Fstatfs(fd, &fs) != nil {
		return false
	}
	switch int64(fs.Type) { //nolint:unconvert // its type differs among architectures
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC, unix.MSDOS_SUPER_MAGIC, exfat:
		return true
	}
	return false
}

// refusesDirect reports whether a write failed because it went around the page cache.
func refusesDirect(err error) bool { return errors.Is(err, unix.EINVAL) }
