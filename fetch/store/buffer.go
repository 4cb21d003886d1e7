package store

import (
	"io"
	"sync"
)

// memorySize is up to how many bytes an Incoming without a name needs no file.
const memorySize = 128 << 10

// buffers are for reading objects, and for small ones on their way: large enough
// that system calls do not count, small enough to stay in a core's cache.
var buffers = sync.Pool{New: func() any { b := make([]byte, memorySize); return &b }}

// onlyWriter and onlyReader hide the methods that would make io.CopyBuffer
// allocate a buffer of its own.
type (
	onlyWriter struct{ io.Writer }
	onlyReader struct{ io.Reader }
)
