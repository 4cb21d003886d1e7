package treehash

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/offmirror/offmirror/ecosystems/xz"
)

const (
	blockSize  = 512
	bufferSize = 128 << 10
)

// packed is the tarball as it comes. It counts, and remembers errors that are the
// reader's own, to tell them from those of a decompressor that was given nonsense.
type packed struct {
	r   io.Reader
	n   int64
	err error
}

func (p *packed) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.n += int64(n)
	if err != nil && err != io.EOF {
		p.err = err
	}
	return n, err
}

// buffered is the tarball behind a buffer that is worth keeping.
type buffered struct {
	*bufio.Reader
	packed packed
}

var readers = sync.Pool{New: func() any { return &buffered{Reader: bufio.NewReaderSize(nil, 64<<10)} }}

func newBuffered(r io.Reader) *buffered {
	b := readers.Get().(*buffered)
	b.packed = packed{r: r}
	b.Reset(&b.packed)
	return b
}

func (b *buffered) release() {
	b.packed = packed{}
	b.Reset(nil)
	readers.Put(b)
}

// sniff looks at the first bytes without taking them.
func (b *buffered) sniff() (Compression, error) {
	head, err := b.Peek(MagicBytes)
	switch {
	case len(head) == 0 && errors.Is(err, io.EOF):
		return Plain, malformed("the file is empty")
	case err != nil && !errors.Is(err, io.EOF):
		return Plain, err
	}
	return Sniff(head), nil
}

// source hands out the decompressed stream in pieces of its own buffer.
type source struct {
	packed *packed
	r      io.Reader
	tee    io.Writer // sees everything; may be nil
	limits Limits
	buf    []byte
	off    int
	end    int
	offset int64 // of buf[off] in the stream
	total  int64 // bytes that r delivered
	err    error // that ended the stream
}

// fill reads more behind what is buffered. There must be room.
func (s *source) fill() {
	for tries := 0; s.err == nil; tries++ {
		n, err := s.r.Read(s.buf[s.end:])
		if n > 0 && s.tee != nil {
			if _, err := s.tee.Write(s.buf[s.end : s.end+n]); err != nil {
				s.err = err
				return
			}
		}
		s.end += n
		s.total += int64(n)
		switch {
		case s.total > s.limits.Bytes:
			s.err = beyond("more than %d bytes when decompressed", s.limits.Bytes)
		case s.total-ratioFree > s.packed.n*s.limits.Ratio:
			s.err = beyond("%d bytes became more than %d when decompressed", s.packed.n, s.total)
		case err == nil && n == 0 && tries == 100:
			s.err = io.ErrNoProgress
		case err == nil || err == io.EOF:
			s.err = err
		case s.packed.err != nil:
			s.err = s.packed.err
		default:
			s.err = damaged(err)
		}
		if n > 0 {
			return
		}
	}
}

// damaged is what a decompressor's error says about the tarball.
func damaged(err error) error {
	switch {
	case errors.Is(err, xz.ErrUnsupported):
		return fmt.Errorf("%w: %w", ErrCompression, err)
	case errors.Is(err, xz.ErrDictionary), errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return fmt.Errorf("%w: %w", ErrLimit, err)
	}
	return malformed("%v", err)
}

// next returns the next piece of at most n bytes, which is valid until the next
// call, or the error that ended the stream.
func (s *source) next(n int64) ([]byte, error) {
	if s.off == s.end {
		s.off, s.end = 0, 0
		s.fill()
		if s.off == s.end {
			return nil, s.err
		}
	}
	b := s.buf[s.off:s.end]
	if int64(len(b)) > n {
		b = b[:n]
	}
	s.off += len(b)
	s.offset += int64(len(b))
	return b, nil
}

// block returns the next 512 bytes, valid until the next call. At the end of the
// stream, and only there, the error is io.EOF.
func (s *source) block() ([]byte, error) {
	if s.end-s.off < blockSize {
		s.end = copy(s.buf, s.buf[s.off:s.end])
		s.off = 0
		for s.end < blockSize && s.err == nil {
			s.fill()
		}
		switch {
		case s.end >= blockSize:
		case !errors.Is(s.err, io.EOF):
			return nil, s.err
		case s.end > 0:
			return nil, malformed("cut off inside a header")
		default:
			return nil, io.EOF
		}
	}
	b := s.buf[s.off : s.off+blockSize]
	s.off += blockSize
	s.offset += blockSize
	return b, nil
}

// each calls f with the next n bytes, piece by piece, and skips the padding behind.
func (s *source) each(n int64, f func([]byte)) error {
	padding := -n & (blockSize - 1)
	for n > 0 {
		b, err := s.next(n)
		if err != nil {
			return cutOff(err)
		}
		f(b)
		n -= int64(len(b))
	}
	for padding > 0 {
		b, err := s.next(padding)
		if err != nil {
			return cutOff(err)
		}
		padding -= int64(len(b))
	}
	return nil
}

func cutOff(err error) error {
	if errors.Is(err, io.EOF) {
		return malformed("cut off inside a file")
	}
	return err
}

// drain reads to the end: what follows the last member has no meaning, but the
// checksums of the compression follow it too.
func (s *source) drain() error {
	for {
		if _, err := s.next(bufferSize); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
