package store

import (
	"io"
	"sync"
)

// buffers are for reading objects: large enough that system calls do not count,
// small enough to stay in a core's cache.
var buffers = sync.Pool{New: func() any { b := make([]byte, 128<<10); return &b }}

// onlyWriter and onlyReader hide the methods that would make io.CopyBuffer
// allocate a buffer of its own.
type (
	onlyWriter struct{ io.Writer }
	onlyReader struct{ io.Reader }
)
