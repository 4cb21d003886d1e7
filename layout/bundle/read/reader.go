package read

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle"
)

// Reader reads a volume from its beginning to its end: the entries of its index
// and, where the caller wants them, their payloads. It is used like a tar.Reader,
// by one goroutine.
//
//	r, err := b.Reader(n)
//	defer r.Close()
//	for r.Next() {
//		use(r.Entry(), r)
//	}
//	err = r.Err()
//
// No byte of a payload is read twice, and none that nobody asked for beyond the
// one MiB that is read at once.
type Reader struct {
	handle *handle
	index  *bundle.IndexReader
	raw    io.Reader // of the index
	sum    hash.Hash // over it
	want   store.ID
	end    int64 // of the part that holds payloads

	at, left int64 // in the payload at hand
	window   []byte
	start    int64 // of the window
	err      error
	ended    bool
}

// windowSize is how many bytes are read from the media at once.
const windowSize = 1 << 20

// Reader begins to read volume n, counted from 1. Its index is what the manifest
// says, or the error matches [ErrDamaged].
func (b *Bundle) Reader(n int) (*Reader, error) {
	v, m, err := b.volume(n)
	if err != nil {
		return nil, err
	}
	h, err := b.open(v)
	if err != nil {
		return nil, err
	}
	r := &Reader{handle: h, want: m.Index.SHA256, end: m.Index.Offset, sum: sha256.New()}
	if err := b.proveIndex(n, h, m.Index); err != nil {
		h.Close()
		return nil, err
	}
	r.raw = io.TeeReader(h.section(m.Index.Offset, m.Index.Size), r.sum)
	if r.index, err = bundle.NewIndexReader(r.raw, b.Manifest.Name, n, m.Index); err != nil {
		h.Close()
		return nil, fmt.Errorf("%s: %w", h.path, err)
	}
	return r, nil
}

// proveIndex compares the bytes of an index, once for each volume.
func (b *Bundle) proveIndex(n int, h *handle, want bundle.Index) error {
	b.mu.Lock()
	proven := b.proven[n-1]
	b.mu.Unlock()
	if proven {
		return nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, h.section(want.Offset, want.Size)); err != nil {
		return err
	}
	if store.ID(sum.Sum(nil)) != want.SHA256 {
		return fmt.Errorf("%s: is %w: its index is another than the manifest names; it is another volume, or changed", h.path, ErrDamaged)
	}
	b.mu.Lock()
	b.proven[n-1] = true
	b.mu.Unlock()
	return nil
}

// Next goes to the next payload. It returns false at the end and at an error.
func (r *Reader) Next() bool {
	if r.ended {
		return false
	}
	if r.index.Next() {
		e := r.index.Entry()
		r.at, r.left = e.Offset, e.Size
		return true
	}
	r.ended, r.left = true, 0
	r.err = r.index.Err()
	if _, err := io.Copy(io.Discard, r.raw); r.err == nil {
		r.err = err
	}
	if r.err == nil && store.ID(r.sum.Sum(nil)) != r.want {
		r.err = fmt.Errorf("is %w: its index changed while it was read", ErrDamaged)
	}
	if r.err != nil {
		r.err = fmt.Errorf("%s: %w", r.handle.path, r.err)
	}
	return false
}

// Entry returns the entry that Next has read.
func (r *Reader) Entry() bundle.Entry { return r.index.Entry() }

// Err returns why Next returned false: nil at the end.
func (r *Reader) Err() error { return r.err }

// Path returns where the volume lies.
func (r *Reader) Path() string { return r.handle.path }

// Close lets go of the volume.
func (r *Reader) Close() {
	r.ended = true
	r.index.Close()
	r.handle.Close()
}

// Read reads the payload of the entry at hand, io.EOF behind its end. Nothing
// compares it with its digest.
func (r *Reader) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), r.left)]
	if r.at < r.start || r.at >= r.start+int64(len(r.window)) {
		if len(p) >= windowSize { // large ones need no copy
			n, err := r.readAt(p, r.at)
			r.at, r.left = r.at+int64(n), r.left-int64(n)
			return n, err
		}
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.window[r.at-r.start:])
	r.at, r.left = r.at+int64(n), r.left-int64(n)
	return n, nil
}

// fill moves the window to where the next byte lies.
func (r *Reader) fill() error {
	if r.window == nil {
		r.window = make([]byte, windowSize)
	}
	r.window = r.window[:min(windowSize, r.end-r.at)]
	n, err := r.readAt(r.window, r.at)
	if err != nil && r.left < int64(len(r.window)) { // what cannot be read may belong to others
		n, err = r.readAt(r.window[:r.left], r.at)
	}
	r.window, r.start = r.window[:n], r.at
	return err
}

// readAt reads all of p, which lies before the index.
func (r *Reader) readAt(p []byte, at int64) (int, error) {
	n, err := r.handle.ReadAt(p, at)
	if n == len(p) {
		return n, nil
	}
	if err == nil || err == io.EOF { //nolint:errorlint // what ReadAt returns is never wrapped at the end
		err = io.ErrUnexpectedEOF
	}
	return 0, fmt.Errorf("%s: cannot be read at %d: %w", r.handle.path, at, err)
}
