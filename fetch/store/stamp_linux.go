package store

import (
	"io/fs"
	"syscall"

	"golang.org/x/sys/unix"
)

// inode tells a file from another in its place, and when its inode was last written
// to, which no program can set back.
type inode struct {
	device, number uint64
	changed        int64 // nanoseconds
}

func inodeOf(info fs.FileInfo) inode {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return inode{}
	}
	return inode{uint64(s.Dev), s.Ino, s.Ctim.Nano()} //nolint:unconvert // narrower elsewhere
}

func stampOfBare(s *unix.Stat_t) Stamp {
	return Stamp{s.Size, s.Mtim.Nano(), inode{uint64(s.Dev), s.Ino, s.Ctim.Nano()}} //nolint:unconvert // as above
}
