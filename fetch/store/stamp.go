package store

import (
	"io/fs"
	"time"
)

// Stamp is what of a file changes when somebody changes the file: two that are equal
// mean that it has not been written to, as far as its file system can tell. It can be compared.
type Stamp struct {
	Size     int64
	modified int64 // nanoseconds
	inode    inode
}

// StampOf returns the stamp of a file that was asked for its state.
func StampOf(info fs.FileInfo) Stamp {
	return Stamp{info.Size(), info.ModTime().UnixNano(), inodeOf(info)}
}

// Modified returns when the content of the file was last changed.
func (s Stamp) Modified() time.Time { return time.Unix(0, s.modified) }
