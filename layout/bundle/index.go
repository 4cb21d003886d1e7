package bundle

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/klauspost/compress/zstd"

	"github.com/offmirror/offmirror/fetch/store"
)

// Entry is one payload of a volume: an object, a list, or a piece of one.
type Entry struct {
	Piece
	Offset int64 // in the volume, where the payload begins; a multiple of [Block]
}

// maxIndexLine is the longest line of an index: digest, size, offset.
const maxIndexLine = 64 + 1 + 19 + 1 + 19 + 1

func indexHead(name string, n int) string { return fmt.Sprintf("offmirror index 1 %s %d\n", name, n) }

// IndexWriter writes the index of a volume: a zstd stream of a line that names
// the volume, and a line "SHA256 SIZE OFFSET" for each payload. The same entries give the
// same bytes.
type IndexWriter struct {
	z    *zstd.Encoder
	line []byte
}

// NewIndexWriter begins the index of volume number n.
func NewIndexWriter(w io.Writer, name string, n int) (*IndexWriter, error) {
	z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithEncoderLevel(zstd.SpeedDefault))
	if err != nil {
		return nil, err
	}
	_, err = io.WriteString(z, indexHead(name, n))
	return &IndexWriter{z: z}, err
}

// Add writes the next entry.
func (w *IndexWriter) Add(e Entry) error {
	w.line = append(w.line[:0], e.SHA256.String()...)
	w.line = append(w.line, ' ')
	w.line = strconv.AppendInt(w.line, e.Size, 10)
	w.line = append(w.line, ' ')
	w.line = strconv.AppendInt(w.line, e.Offset, 10)
	w.line = append(w.line, '\n')
	_, err := w.z.Write(w.line)
	return err
}

// Close ends the index. What it is written to stays open.
func (w *IndexWriter) Close() error { return w.z.Close() }

// IndexReader reads the index of a volume, which may come from anybody, entry by
// entry and in memory that does not grow with it. It is used like a
// [layout.Scanner]. That the index is the one of the manifest, by its SHA-256, is for the
// caller to see to, before it believes an entry.
type IndexReader struct {
	z     *zstd.Decoder
	lines *bufio.Reader
	end   int64 // of the part of the volume that may hold payloads
	entry Entry
	count int64
	err   error
	ended bool
}

// NewIndexReader reads the index of volume number n, whose payloads lie before the
// offset of its index.
func NewIndexReader(r io.Reader, name string, n int, index Index) (*IndexReader, error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, err
	}
	x := &IndexReader{z: z, lines: bufio.NewReaderSize(z, 64<<10), end: index.Offset}
	head, err := x.lines.ReadSlice('\n')
	if err == nil && string(head) != indexHead(name, n) {
		err = fmt.Errorf("begins with %.120q: it is not of this volume", head)
	}
	if err != nil {
		z.Close()
		return nil, fmt.Errorf("index of %s: %w", VolumeFile(name, n), unexpected(err))
	}
	return x, nil
}

// Next reads the next entry. It returns false at the end and at an error.
func (x *IndexReader) Next() bool {
	if x.ended {
		return false
	}
	line, err := x.lines.ReadSlice('\n')
	if errors.Is(err, io.EOF) && len(line) == 0 {
		x.ended = true
		return false
	}
	last := x.entry
	if err == nil {
		x.entry, err = parseEntry(line[:len(line)-1])
	}
	if err == nil && (x.entry.Offset < last.Offset+last.Size || x.entry.Offset <= last.Offset || x.entry.Size > x.end-x.entry.Offset) {
		err = errors.New("lies outside of the volume or on another")
	}
	if err != nil {
		x.ended, x.err = true, fmt.Errorf("index: entry %d: %w", x.count+1, unexpected(err))
		return false
	}
	x.count++
	return true
}

// Entry returns the entry that Next has read.
func (x *IndexReader) Entry() Entry { return x.entry }

// Err returns why Next returned false: nil at the end.
func (x *IndexReader) Err() error { return x.err }

// Close lets go of memory. What is read from stays open.
func (x *IndexReader) Close() { x.z.Close() }

func parseEntry(line []byte) (e Entry, err error) {
	digits, rest, _ := bytes.Cut(line, []byte{' '})
	size, offset, ok := bytes.Cut(rest, []byte{' '})
	if !ok || len(line) >= maxIndexLine {
		return e, fmt.Errorf("line %.100q: want SHA256 SIZE OFFSET", line)
	}
	if e.SHA256, err = store.ParseID(string(digits)); err != nil {
		return e, err
	}
	if e.Size, err = parseNumber(size); err != nil {
		return e, err
	}
	if e.Offset, err = parseNumber(offset); err == nil && (e.Offset == 0 || e.Offset%Block != 0) {
		err = fmt.Errorf("bad offset %d", e.Offset)
	}
	return e, err
}

// parseNumber accepts what strconv writes of a number that is not negative.
func parseNumber(digits []byte) (int64, error) {
	n, err := strconv.ParseUint(string(digits), 10, 63)
	if err != nil || n > math.MaxInt64 || digits[0] == '+' || len(digits) > 1 && digits[0] == '0' {
		return 0, fmt.Errorf("bad number %.30q", digits)
	}
	return int64(n), nil
}

func unexpected(err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	case errors.Is(err, bufio.ErrBufferFull):
		return errors.New("line too long")
	}
	return err
}
