package layout

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/offmirror/offmirror/fetch/store"
)

// Scanner reads a snapshot entry by entry, in memory that does not grow with it.
//
//	s, err := NewScanner(r)
//	defer s.Close()
//	for s.Next() {
//		use(s.Entry())
//	}
//	err = s.Err()
//
// What it reads may come from anybody, and nothing is proven before Next has
// returned false and Err nil: then the entries were sorted and distinct, their
// paths and links harmless each by itself, and all of them together what the id in
// the header says. Clashes between paths (see [Paths]) it does not notice; [Decode] does.
type Scanner struct {
	record // parts of the line at hand
	header Header
	lines  *bufio.Reader
	done   func()
	sum    hash.Hash
	limits limits
	last   []byte // path
	failed error
	ended  bool
}

var _ walk = (*Scanner)(nil)

// NewScanner reads the header.
func NewScanner(r io.Reader) (*Scanner, error) {
	lines, done, err := openLines(r)
	if err != nil {
		return nil, err
	}
	h, err := readHeader(lines)
	if err != nil {
		done()
		return nil, err
	}
	return &Scanner{header: h, lines: lines, done: done, sum: newIdentity(h.Ecosystem)}, nil
}

// Header returns what the snapshot says of itself.
func (s *Scanner) Header() Header { return s.header }

// Entry returns the entry that Next has read.
func (s *Scanner) Entry() Entry { return s.entry() }

// File returns the object and the size of the entry that Next has read, without the
// cost of its path. It is false for a link.
func (s *Scanner) File() (object store.ID, size int64, ok bool) {
	return s.object, s.size, !s.isLink()
}

// Err returns why Next returned false: nil at the end of a sound snapshot.
func (s *Scanner) Err() error { return s.failed }

// Close lets go of memory. What is read from stays open.
func (s *Scanner) Close() { s.done() }

// Next reads the next entry. It returns false at the end and at an error.
func (s *Scanner) Next() bool {
	if s.ended {
		return false
	}
	line, err := s.lines.ReadSlice('\n')
	switch {
	case errors.Is(err, io.EOF) && len(line) == 0:
		s.ended = true
		s.failed = s.prove()
		return false
	case err != nil:
		err = lineError(err)
	default:
		s.sum.Write(line)
		err = s.take(line[:len(line)-1])
	}
	if err != nil {
		s.ended = true
		s.failed = fmt.Errorf("entry %d: %w", s.limits.entries+1, err)
		return false
	}
	return true
}

func (s *Scanner) next() bool  { return s.Next() }
func (s *Scanner) at() *record { return &s.record }
func (s *Scanner) err() error  { return s.failed }

func (s *Scanner) take(line []byte) error {
	s.record = record{}
	if link, ok := bytes.CutPrefix(line, []byte(linkWord)); ok {
		if s.path, s.link, ok = bytes.Cut(link, []byte{'\t'}); !ok {
			return fmt.Errorf("line %.100q: want link PATH<TAB>TARGET", line)
		}
		if err := checkLink(s.path, s.link); err != nil {
			return err
		}
	} else {
		var err error
		if s.object, s.size, s.path, err = parseLine(line); err != nil {
			return err
		}
	}
	if err := checkPath(s.path); err != nil {
		return err
	}
	if bytes.Compare(s.path, s.last) <= 0 { // no path is empty
		return fmt.Errorf("path %s: not sorted", quoteShort(s.path))
	}
	s.last = append(s.last[:0], s.path...)
	return s.limits.add(len(s.path), len(s.link), s.size)
}

func (s *Scanner) prove() error {
	if got := identity(s.sum); got != s.header.ID {
		return fmt.Errorf("its content has the id %s, not %s", got, s.header.ID)
	}
	if int64(s.limits.entries) != s.header.Files || s.limits.bytes != s.header.Bytes {
		return errors.New("its header counts other files than it holds")
	}
	return nil
}

// Scan reads the snapshot that ref means (see [History.Resolve]) entry by entry and
// calls each, which may end it with an error. The error says too if the snapshot
// is not what was written; then it matches a [*DamagedError].
func (h *History) Scan(ref string, each func(Entry) error) (Header, error) {
	id, err := h.Resolve(ref)
	if err != nil {
		return Header{}, err
	}
	return h.scan(id, func(r *record) error { return each(r.entry()) })
}

func (h *History) scan(id string, each func(*record) error) (Header, error) {
	s, done, err := h.scanner(id)
	if err != nil {
		return Header{}, err
	}
	defer done()
	for s.Next() {
		if err := each(&s.record); err != nil {
			return s.header, err
		}
	}
	if s.failed != nil {
		return s.header, h.readError(id, s.failed)
	}
	return s.header, nil
}

// walk returns a function that opens a snapshot to be walked through.
func (h *History) walk(id string) func() (walk, func(), error) {
	return func() (walk, func(), error) { return h.scanner(id) }
}

// scanner opens a snapshot. Errors of the scanner itself are about its text alone; see readError.
func (h *History) scanner(id string) (s *Scanner, done func(), err error) {
	f, err := store.OpenRegular(h.root, h.snapshotPath(id))
	if err != nil {
		return nil, nil, h.readError(id, err)
	}
	if s, err = NewScanner(f); err == nil {
		if err = h.expect(s.header, id); err != nil {
			s.Close()
		}
	}
	if err != nil {
		f.Close()
		return nil, nil, h.readError(id, err)
	}
	return s, func() { s.Close(); f.Close() }, nil
}
