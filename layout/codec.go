package layout

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"

	"github.com/klauspost/compress/zstd"

	"github.com/offmirror/offmirror/fetch/store"
)

// maxLine is the longest line of a file: digest, size, path.
const maxLine = 64 + 1 + 19 + 1 + maxPath + 1

// identify computes the id of a snapshot: the first digits of the SHA-256 over
// the ecosystem's name and the lines of the entries as they are in the file.
func identify(ecosystem string, l *List) string {
	sum := newIdentity(ecosystem)
	var line []byte
	for c := l.cursor(0); c.next(); {
		line = c.appendLine(line[:0])
		sum.Write(line)
	}
	return identity(sum)
}

func newIdentity(ecosystem string) hash.Hash {
	sum := sha256.New()
	_, _ = io.WriteString(sum, "offmirror snapshot\n"+ecosystem+"\n")
	return sum
}

func identity(sum hash.Hash) string { return hex.EncodeToString(sum.Sum(nil))[:snapshotDigits] }

// Encode writes a snapshot in the form that [Decode] reads: a zstd stream of a line of JSON (the
// [Header]) and a line for each entry, sorted by path: "SHA256 SIZE PATH" for a
// file, "link PATH<TAB>TARGET" for a symbolic link.
func (s *Snapshot) Encode(w io.Writer) error {
	e, err := newEncoder(w, s.Header)
	for c := s.cursor(0); err == nil && c.next(); {
		err = e.add(&c.record)
	}
	return e.end(err)
}

// encoder writes a snapshot entry by entry.
type encoder struct {
	z    *zstd.Encoder
	line []byte
}

// newEncoder writes the header. The encoder is to be ended in any case.
func newEncoder(w io.Writer, h Header) (*encoder, error) {
	e := new(encoder)
	head, err := json.Marshal(h)
	if err != nil {
		return e, fmt.Errorf("header: %w", err)
	}
	if len(head) > maxHeader {
		return e, fmt.Errorf("header of %d bytes, more than %d", len(head), maxHeader)
	}
	if e.z, err = zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20)); err != nil {
		return e, err
	}
	_, err = e.z.Write(append(head, '\n'))
	return e, err
}

// add writes the next entry.
func (e *encoder) add(r *record) error {
	e.line = r.appendLine(e.line[:0])
	_, err := e.z.Write(e.line)
	return err
}

// end writes what is left, unless there was an error, which it returns.
func (e *encoder) end(err error) error {
	if e.z == nil {
		return err
	}
	return errors.Join(err, e.z.Close())
}

// Decode reads a snapshot and proves that its entries are what its id says, that
// they are sorted, and that their paths and the targets of their links are
// harmless. What it reads may come from anybody. The objects are looked for in objects,
// which may be nil if they are not to be opened.
//
// Beside the list it takes a few MiB, and about 10 bytes an entry at the end.
func Decode(r io.Reader, objects *store.Store) (*Snapshot, error) {
	s, err := NewScanner(r)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	var p packer
	for s.Next() {
		p.add(&s.record)
	}
	if s.failed != nil {
		return nil, s.failed
	}
	l := p.finish()
	if err := l.checkClashes(); err != nil {
		return nil, err
	}
	return &Snapshot{Header: s.header, List: l, objects: objects}, nil
}

// DecodeHeader reads the header only, without any proof.
func DecodeHeader(r io.Reader) (Header, error) {
	lines, done, err := openLines(r)
	if err != nil {
		return Header{}, err
	}
	defer done()
	return readHeader(lines)
}

func openLines(r io.Reader) (*bufio.Reader, func(), error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20),
		zstd.WithDecoderMaxMemory(16<<30), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, nil, err
	}
	return bufio.NewReaderSize(z, 64<<10), z.Close, nil
}

func readHeader(lines *bufio.Reader) (Header, error) {
	var head []byte
	for {
		part, err := lines.ReadSlice('\n')
		head = append(head, part...)
		if len(head) > maxHeader {
			return Header{}, fmt.Errorf("header: longer than %d bytes", maxHeader)
		}
		if err == nil {
			return parseHeader(head)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return Header{}, fmt.Errorf("header: %w", lineError(err))
		}
	}
}

// lineError explains why no whole line came.
func lineError(err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	case errors.Is(err, bufio.ErrBufferFull):
		return errors.New("line too long")
	}
	return err
}

// parseLine reads the line of a file. The path is part of line.
func parseLine(line []byte) (object store.ID, size int64, path []byte, err error) {
	name, rest, ok := bytes.Cut(line, []byte{' '})
	digits, path, ok2 := bytes.Cut(rest, []byte{' '})
	if !ok || !ok2 || len(line) >= maxLine {
		return object, 0, nil, fmt.Errorf("line %.100q: want SHA256 SIZE PATH", line)
	}
	if _, err := hex.Decode(object[:], name[:min(len(name), 64)]); err != nil || len(name) != 64 || bytes.ContainsAny(name, "ABCDEF") {
		_, err := store.ParseID(string(name)) // says what is wrong with it
		return object, 0, nil, err
	}
	for _, d := range digits {
		if d < '0' || d > '9' || size > (math.MaxInt64-int64(d-'0'))/10 {
			return object, 0, nil, fmt.Errorf("bad size %.30q", digits)
		}
		size = 10*size + int64(d-'0')
	}
	if len(digits) == 0 || len(digits) > 1 && digits[0] == '0' {
		return object, 0, nil, fmt.Errorf("bad size %.30q", digits)
	}
	return object, size, path, nil
}
