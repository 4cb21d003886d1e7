package serve

import "io/fs"

// stamp is what of a file changes when somebody changes the file.
type stamp struct {
	size     int64
	modified int64 // nanoseconds
	inode    inode
}

func stampOf(info fs.FileInfo) stamp {
	return stamp{info.Size(), info.ModTime().UnixNano(), inodeOf(info)}
}
