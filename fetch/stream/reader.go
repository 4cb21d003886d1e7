package stream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// Reader reads a stream from its beginning, at its own pace. It is for one goroutine.
type Reader struct {
	s   *Stream
	ctx context.Context
	off int64
	obj File // once the fetch has ended well
}

// Reader returns a new reader, whose Read waits for bytes until ctx ends. It must be closed.
func (s *Stream) Reader(ctx context.Context) *Reader { return &Reader{s: s, ctx: ctx} }

// Read implements [io.Reader]. io.EOF means that what was read is the whole object, proven; any
// other error, that it is not and that the bytes so far are to be thrown away.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if r.obj == nil {
		file, n, err := r.await(int64(len(p)))
		if err != nil {
			return 0, err
		}
		if file != nil {
			defer r.s.spool.let()
			m, err := file.ReadAt(p[:n], r.off)
			r.off += int64(m)
			if err != nil && !errors.Is(err, io.EOF) || int64(m) < n {
				return m, fmt.Errorf("read a temporary file: %w", err)
			}
			return m, nil
		}
	}
	return r.readObject(p)
}

// await waits for bytes at the reader's place: n of them in the spool, or nil for those of the
// object. What it returns counts as handed out.
func (r *Reader) await(most int64) (file *os.File, n int64, err error) {
	s := r.s
	for {
		s.mu.Lock()
		file, n, err = s.ready(r.off, most)
		changed, done := s.changed, s.done
		s.mu.Unlock()
		if err != nil || n > 0 || done {
			return file, n, err
		}
		select {
		case <-changed:
		case <-r.ctx.Done():
			return nil, 0, r.ctx.Err()
		}
	}
}

// ready is called with the lock held.
func (s *Stream) ready(off, most int64) (*os.File, int64, error) {
	switch {
	case s.done && s.err != nil:
		return nil, 0, s.err
	case s.broken != nil && off > 0:
		return nil, 0, s.broken
	case s.done || s.broken != nil:
		return nil, 0, nil
	}
	n := min(s.at-HeldBack-off, most) // of a body that began anew, what has been compared
	if n <= 0 {
		return nil, 0, nil
	}
	file, ok := s.spool.hold()
	if !ok {
		return nil, 0, nil
	}
	s.taken = max(s.taken, off+n)
	return file, n, nil
}

// readObject reads what the fetch came to.
func (r *Reader) readObject(p []byte) (int, error) {
	if r.obj == nil {
		f, err := r.s.o.Open(r.s.object)
		if err != nil {
			return 0, fmt.Errorf("open what was fetched: %w", err)
		}
		r.obj = f
	}
	left := r.s.object.Size - r.off
	if left <= 0 {
		return 0, io.EOF
	}
	n, err := r.obj.ReadAt(p[:min(left, int64(len(p)))], r.off)
	r.off += int64(n)
	if n > 0 {
		return n, nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return 0, err
}

// Close lets go of the object. The fetch goes on.
func (r *Reader) Close() error {
	if r.obj == nil {
		return nil
	}
	f := r.obj
	r.obj = nil
	return f.Close()
}
