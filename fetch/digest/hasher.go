package digest

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"io"
	"strconv"
)

// UnknownSize is the size to give to [NewHasher] when it is not known beforehand.
const UnknownSize = -1

// Hasher computes several digests of the same bytes in one pass.
//
// Write the bytes, in pieces of any size, then call [Hasher.Finish] once. A
// Hasher is for one goroutine and one body; it cannot be rewound.
type Hasher struct {
	size    int64 // announced, or UnknownSize
	written int64
	plain   []plain
	summers []Summer
}

// plain is one running digest. Its hash is nil for a git blob of unknown size.
type plain struct {
	algorithm Algorithm
	hash      hash.Hash
}

// NewHasher makes a Hasher for a body of size bytes. The size matters to git-blob
// only, whose hash begins with it: with [UnknownSize], or if the body turns out
// to be of another size, Finish reads the body a second time for it.
//
// The only error is [ErrUnknownAlgorithm].
func NewHasher(size int64, algorithms ...Algorithm) (*Hasher, error) {
	h := &Hasher{size: size, plain: make([]plain, 0, len(algorithms))}
	for _, a := range algorithms {
		p := plain{algorithm: a}
		switch a {
		case SHA256:
			p.hash = sha256.New()
		case SHA512:
			p.hash = sha512.New()
		case SHA1:
			p.hash = sha1.New()
		case MD5:
			p.hash = md5.New()
		case GitBlob:
			if size >= 0 {
				p.hash = newGitBlob(size)
			}
		default:
			return nil, fmt.Errorf("digest %.32q: %w", a, ErrUnknownAlgorithm)
		}
		h.plain = append(h.plain, p)
	}
	return h, nil
}

// Attach lets s see all bytes too. It must be called before the first Write.
func (h *Hasher) Attach(s Summer) { h.summers = append(h.summers, s) }

// Write adds p to all digests. It fails only if an attached [Summer] does, with
// that error.
func (h *Hasher) Write(p []byte) (int, error) {
	for i := range h.plain {
		if h.plain[i].hash != nil {
			h.plain[i].hash.Write(p)
		}
	}
	for _, s := range h.summers {
		if _, err := s.Write(p); err != nil {
			return 0, err
		}
	}
	h.written += int64(len(p))
	return len(p), nil
}

// Finish returns the digests in the order of the algorithms given to
// [NewHasher], then those of the Summers in the order of their attachment.
//
// Body gives access to the bytes that were written. It is read only for a git
// blob whose size was unknown or wrong, and may be nil if that cannot be.
func (h *Hasher) Finish(body io.ReaderAt) ([]Digest, error) {
	out := make([]Digest, 0, len(h.plain)+len(h.summers))
	for _, p := range h.plain {
		if p.algorithm == GitBlob && h.size != h.written {
			again, err := rehashGitBlob(body, h.written)
			if err != nil {
				return nil, err
			}
			p.hash = again
		}
		var space [sha512.Size]byte
		out = append(out, sum(p.algorithm, p.hash.Sum(space[:0])))
	}
	for _, s := range h.summers {
		d, err := s.Sum()
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// newGitBlob starts git's object id of a file of size bytes.
func newGitBlob(size int64) hash.Hash {
	h := sha1.New()
	var space [32]byte
	head := append(space[:0], "blob "...)
	head = strconv.AppendInt(head, size, 10)
	h.Write(append(head, 0))
	return h
}

func rehashGitBlob(body io.ReaderAt, size int64) (hash.Hash, error) {
	h := newGitBlob(size)
	if size == 0 {
		return h, nil
	}
	if body == nil {
		return nil, fmt.Errorf("git-blob of %d bytes: %w", size, ErrShortBody)
	}
	n, err := io.Copy(h, io.NewSectionReader(body, 0, size))
	if err != nil {
		return nil, fmt.Errorf("git-blob of %d bytes: %w", size, err)
	}
	if n != size {
		return nil, fmt.Errorf("git-blob of %d bytes, read again: %w", size, ErrShortBody)
	}
	return h, nil
}
