package layout

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
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
	header Header
	lines  *bufio.Reader
	done   func()
	sum    hash.Hash
	entry  Entry
	last   string
	files  int64
	bytes  int64
	text   [2]int64 // bytes of all paths, of all targets
	err    error
	ended  bool
}

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
func (s *Scanner) Entry() Entry { return s.entry }

// Err returns why Next returned false: nil at the end of a sound snapshot.
func (s *Scanner) Err() error { return s.err }

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
		s.err = s.prove()
		return false
	case err != nil:
		err = lineError(err)
	default:
		s.sum.Write(line)
		err = s.take(line[:len(line)-1])
	}
	if err != nil {
		s.ended = true
		s.err = fmt.Errorf("entry %d: %w", s.files+1, err)
		return false
	}
	s.files++
	return true
}

func (s *Scanner) take(line []byte) error {
	if s.files >= maxEntries {
		return fmt.Errorf("more than %d entries", maxEntries)
	}
	if link, ok := bytes.CutPrefix(line, []byte(linkWord)); ok {
		path, target, ok := bytes.Cut(link, []byte{'\t'})
		if !ok {
			return fmt.Errorf("line %.100q: want link PATH<TAB>TARGET", line)
		}
		s.entry = Entry{Path: string(path), Link: string(target)}
		if err := CheckLink(s.entry.Path, s.entry.Link); err != nil {
			return err
		}
	} else {
		object, size, path, err := parseLine(line)
		if err != nil {
			return err
		}
		if size > math.MaxInt64-s.bytes {
			return fmt.Errorf("impossible size %d", size)
		}
		s.entry = Entry{Path: string(path), Object: object, Size: size}
		s.bytes += size
	}
	if err := CheckPath(s.entry.Path); err != nil {
		return err
	}
	s.text[0] += int64(len(s.entry.Path))
	s.text[1] += int64(len(s.entry.Link))
	if max(s.text[0], s.text[1]) > maxPathBytes {
		return fmt.Errorf("more than %d bytes of paths or of targets", maxPathBytes)
	}
	if s.files > 0 && s.entry.Path <= s.last {
		return fmt.Errorf("path %s: not sorted", quoteShort(s.entry.Path))
	}
	s.last = s.entry.Path
	return nil
}

func (s *Scanner) prove() error {
	if got := identity(s.sum); got != s.header.ID {
		return fmt.Errorf("its content has the id %s, not %s", got, s.header.ID)
	}
	if s.files != s.header.Files || s.bytes != s.header.Bytes {
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
	s, end, err := h.scanner(id)
	if err != nil {
		return Header{}, err
	}
	defer end()
	for s.Next() {
		if err := each(s.entry); err != nil {
			return s.header, err
		}
	}
	if s.err != nil {
		return s.header, h.readError(id, s.err)
	}
	return s.header, nil
}
