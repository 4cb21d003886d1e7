// Package reload notices that small files have changed: certificates, keys, lists of users.
//
// Nothing watches them. Who uses one compares its [Stamp] with the one from before, at most
// once in [Every], which costs one system call and also sees what is swapped by
// a symbolic link, or written on a network file system.
package reload

import (
	"fmt"
	"io"
	"os"
	"time"
)

// Every is how long what was seen of a file may be taken for granted.
const Every = time.Second

// maxSize is far beyond any file that this is for, in bytes.
const maxSize = 4 << 20

// Stamp tells whether a file is still the same one. The zero Stamp is that of no file.
type Stamp struct{ info os.FileInfo }

// StampOf returns the stamp of a file, links followed.
func StampOf(file string) Stamp {
	info, err := os.Stat(file)
	if err != nil {
		return Stamp{}
	}
	return Stamp{info}
}

// Same reports whether two stamps are those of the same content, as far as size, time and
// identity of the file tell.
func (s Stamp) Same(other Stamp) bool {
	if s.info == nil || other.info == nil {
		return s.info == nil && other.info == nil
	}
	return os.SameFile(s.info, other.info) && s.info.Size() == other.info.Size() && s.info.ModTime().Equal(other.info.ModTime())
}

// Read reads a regular file of at most 4 MiB. It asks for the stamp first, so that a file
// that is written meanwhile is seen to have changed.
func Read(file string) ([]byte, Stamp, error) {
	stamp := StampOf(file)
	if stamp.info != nil && !stamp.info.Mode().IsRegular() {
		return nil, stamp, fmt.Errorf("%s: is no file", file)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, stamp, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err == nil && len(data) > maxSize {
		err = fmt.Errorf("%s: more than %d bytes", file, maxSize)
	}
	return data, stamp, err
}
