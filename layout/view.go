package layout

import (
	"io"
	"iter"
	"time"
)

// View is a read-only look at one snapshot. It is safe for concurrent use and
// stays valid, and unchanged, while newer snapshots are published.
type View interface {
	// Lookup finds the entry at path. It takes no links: where path is one it
	// returns the link itself, and below one there is nothing. See [Follow].
	Lookup(path string) (Entry, bool)

	// All yields the entries whose path starts with prefix, sorted bytewise by path.
	// An empty prefix yields the whole snapshot.
	All(prefix string) iter.Seq[Entry]

	// Open opens the object of an entry, which is no link. The caller closes it.
	Open(e Entry) (File, error)
}

// File is an object opened for reading. It is usually an [*os.File], which
// keeps the kernel's copy-free path to a socket.
type File interface {
	io.ReadSeekCloser
	io.ReaderAt
}

// Dated is a [View] that knows since when its content is what it is.
type Dated interface {
	Modified() time.Time
}
