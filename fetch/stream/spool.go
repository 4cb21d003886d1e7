package stream

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// spool is a temporary file, made by the first write. It is closed when it was released and
// nobody reads it.
type spool struct {
	file    *os.File
	removed bool

	mu       sync.Mutex
	reading  int
	released bool
}

const chunk = 64 << 10

var chunks = sync.Pool{New: func() any { return new([chunk]byte) }}

// write writes p at an offset. One call at a time.
func (s *spool) write(p []byte, at int64, folder string) error {
	if s.file == nil {
		f, err := os.CreateTemp(folder, "offmirror-stream-")
		if err != nil {
			return fmt.Errorf("make a temporary file: %w", err)
		}
		// Where files can be removed while they are open, nothing is left however the
		// process ends.
		s.file, s.removed = f, os.Remove(f.Name()) == nil
	}
	if _, err := s.file.WriteAt(p, at); err != nil {
		return fmt.Errorf("write a temporary file: %w", err)
	}
	return nil
}

// compare returns how many bytes of p are those at an offset.
func (s *spool) compare(p []byte, at int64) (same int64, err error) {
	buf := chunks.Get().(*[chunk]byte)
	defer chunks.Put(buf)
	for len(p) > 0 {
		part := buf[:min(len(p), chunk)]
		if _, err := s.file.ReadAt(part, at); err != nil {
			return same, fmt.Errorf("read a temporary file: %w", err)
		}
		n := commonPrefix(part, p)
		same, at, p = same+int64(n), at+int64(n), p[n:]
		if n < len(part) {
			return same, nil
		}
	}
	return same, nil
}

func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	if bytes.Equal(a[:n], b[:n]) {
		return n
	}
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// samePrefix reports whether the first n bytes of a file are those of the spool.
func (s *spool) samePrefix(f io.ReaderAt, n int64) (bool, error) {
	buf := chunks.Get().(*[chunk]byte)
	defer chunks.Put(buf)
	for at := int64(0); at < n; {
		part := buf[:min(chunk, n-at)]
		if m, err := f.ReadAt(part, at); m < len(part) {
			return false, fmt.Errorf("read what was fetched: %w", err)
		}
		same, err := s.compare(part, at)
		if err != nil || same < int64(len(part)) {
			return false, err
		}
		at += same
	}
	return true, nil
}

// hold keeps the file open for a reading until let is called. It is false when there is no
// file any more.
func (s *spool) hold() (*os.File, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.released || s.file == nil {
		return nil, false
	}
	s.reading++
	return s.file, true
}

func (s *spool) let() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reading--
	s.closeIf()
}

// release lets go of the file.
func (s *spool) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.released = true
	s.closeIf()
}

// closeIf is called with the lock held.
func (s *spool) closeIf() {
	if !s.released || s.reading > 0 || s.file == nil {
		return
	}
	err := s.file.Close()
	if !s.removed {
		err = errors.Join(err, os.Remove(s.file.Name()))
	}
	s.file = nil
	_ = err // nothing is lost with it but disk space, which the system's housekeeping finds
}
