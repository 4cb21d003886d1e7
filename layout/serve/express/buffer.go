package express

import "sync"

const (
	headRoom   = 1 << 10 // for the head of an answer
	smallBody  = 8 << 10
	mediumBody = 64 << 10
)

// buffer has room for a head before a body, so that both go out in one piece. Idle connections
// have none.
type buffer struct {
	bytes []byte
	home  *sync.Pool // nil: it is too large to be kept
}

var (
	smallBuffers  = bufferPool(smallBody)
	mediumBuffers = bufferPool(mediumBody)
)

func bufferPool(size int) *sync.Pool {
	p := new(sync.Pool)
	p.New = func() any { return &buffer{make([]byte, headRoom+size), p} }
	return p
}

// takeBuffer returns a buffer for a body of n bytes.
func takeBuffer(n int) *buffer {
	switch {
	case n <= smallBody:
		return smallBuffers.Get().(*buffer)
	case n <= mediumBody:
		return mediumBuffers.Get().(*buffer)
	}
	return &buffer{bytes: make([]byte, headRoom+n)}
}

func (b *buffer) put() {
	if b.home != nil {
		b.home.Put(b)
	}
}

// body returns the place of a body of n bytes.
func (b *buffer) body(n int) []byte { return b.bytes[headRoom : headRoom+n : headRoom+n] }

// before puts a head before the body and returns both.
func (b *buffer) before(head []byte, n int) []byte {
	at := headRoom - len(head)
	copy(b.bytes[at:], head)
	return b.bytes[at : headRoom+n]
}
