package tarball

import (
	"errors"
	"io"
	"sync"
)

// windowSize holds most tarballs whole, so that they cost one read.
const windowSize = 128 << 10

// window is a sliding look at a reader.
type window struct {
	r     io.ReaderAt
	size  int64
	start int64
	have  int
	buf   [windowSize]byte
}

var windows = sync.Pool{New: func() any { return new(window) }}

func newWindow(r io.ReaderAt, size int64) *window {
	w := windows.Get().(*window)
	w.r, w.size, w.start, w.have = r, size, 0, 0
	return w
}

func (w *window) release() {
	w.r = nil
	windows.Put(w)
}

// bytes returns n ≤ windowSize bytes from offset on; they are valid until the next call.
func (w *window) bytes(offset int64, n int) ([]byte, error) {
	if offset < 0 || offset > w.size-int64(n) {
		return nil, malformed("ends early, at byte %d", w.size)
	}
	if offset < w.start || offset+int64(n) > w.start+int64(w.have) {
		want := int(min(windowSize, w.size-offset))
		got, err := w.r.ReadAt(w.buf[:want], offset)
		w.start, w.have = offset, got
		if got < n {
			if err == nil || errors.Is(err, io.EOF) {
				err = malformed("ends early, at byte %d", offset+int64(got))
			}
			w.have = 0
			return nil, err
		}
	}
	at := int(offset - w.start)
	return w.buf[at : at+n], nil
}

// each calls f with the bytes of a span, piece by piece.
func (w *window) each(s span, f func([]byte)) error {
	for s.size > 0 {
		n := int(min(s.size, windowSize))
		// Use up what is here before reading on.
		if here := w.start + int64(w.have) - s.offset; s.offset >= w.start && here > 0 {
			n = int(min(int64(n), here))
		}
		b, err := w.bytes(s.offset, n)
		if err != nil {
			return err
		}
		f(b)
		s.offset, s.size = s.offset+int64(n), s.size-int64(n)
	}
	return nil
}
