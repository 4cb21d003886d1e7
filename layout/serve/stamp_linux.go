package serve

import (
	"io/fs"
	"syscall"
)

// inode tells a file from another in its place, and when its inode was last written
// to, which no program can set back.
type inode struct {
	device, number uint64
	seconds, nanos int64
}

func inodeOf(info fs.FileInfo) inode {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return inode{}
	}
	return inode{uint64(s.Dev), s.Ino, int64(s.Ctim.Sec), int64(s.Ctim.Nsec)} //nolint:unconvert // narrower elsewhere
}
