package juliatest

import (
	"crypto/md5"
	"fmt"
	"sync"
)

// resource is what is at a path: a tarball, which is packed as it is asked for, or
// something else.
type resource struct {
	tree func() *node  // of a tarball; nil if data is not
	data func() []byte // of something else
	kind string        // content type of something else
	keep bool          // keep what was packed

	stored bool // gzip does not compress

	mu     sync.Mutex
	packed map[Packing][]byte
}

// bytes returns the content.
func (r *resource) bytes(p Packing) []byte {
	if r.tree == nil {
		return r.data()
	}
	if r.stored && p == Gzip {
		p = Stored
	}
	if !r.keep {
		return p.packTree(r.tree())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if data, ok := r.packed[p]; ok {
		return data
	}
	data := p.packTree(r.tree())
	if r.packed == nil {
		r.packed = map[Packing][]byte{}
	}
	r.packed[p] = data
	return data
}

// etag is opaque, as that of object storage.
func etag(data []byte) string { return fmt.Sprintf(`"%x"`, md5.Sum(data)) }
