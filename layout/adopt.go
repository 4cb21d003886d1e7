package layout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// Adopt keeps a snapshot that was read with [Decode], from a bundle say.
func (h *History) Adopt(ctx context.Context, s *Snapshot) (*Snapshot, error) {
	if s.Ecosystem != h.ecosystem {
		return nil, fmt.Errorf("snapshot %s is of %s, not of %s", s.ID, s.Ecosystem, h.ecosystem)
	}
	return h.Write(ctx, s.Header, s.All(""))
}

// AdoptFile keeps a snapshot as it was encoded elsewhere, byte by byte, from a bundle
// say. It proves all that [Decode] does, in memory that does not grow with the paths:
// about 10 bytes an entry. When it returns, the snapshot is durable, but not published.
//
// As with [History.Write], a snapshot of the same content that is kept already stays, and
// its header is brought up to date if config, upstream or missing items differ; its
// time stays. The header that is returned is the one that is then kept.
//
// The file is opened twice, the second time after the first was closed. It may come
// from anybody, and an error leaves what was kept as it was.
func (h *History) AdoptFile(ctx context.Context, open func() (io.ReadCloser, error)) (Header, error) {
	header, err := h.adoptFile(ctx, open)
	if err != nil {
		return Header{}, fmt.Errorf("snapshot of %s: %w", h.ecosystem, err)
	}
	return header, nil
}

func (h *History) adoptFile(ctx context.Context, open func() (io.ReadCloser, error)) (Header, error) {
	r, err := open()
	if err != nil {
		return Header{}, err
	}
	header, err := DecodeHeader(r)
	if err == nil {
		err = h.expect(header, header.ID)
	}
	r.Close()
	if err != nil {
		return Header{}, err
	}
	if r, err = open(); err != nil {
		return Header{}, err
	}
	defer r.Close()
	old, err := h.scan(header.ID, func(*record) error { return ctx.Err() })
	if ctx.Err() != nil {
		return Header{}, ctx.Err()
	}
	if err != nil { // there is none, or a damaged one, which is written again
		return header, h.copySnapshot(ctx, r, header)
	}
	if err := examine(ctx, r, header, func([]byte) {}); err != nil {
		return Header{}, err
	}
	if old.tellsTheSame(header) {
		return old, nil
	}
	header.Time = old.Time
	return header, h.reword(ctx, header)
}

// copySnapshot keeps what it reads from r, if that is sound and has this header.
func (h *History) copySnapshot(ctx context.Context, r io.Reader, header Header) error {
	if err := makeFolder(h.root, h.folder()); err != nil {
		return err
	}
	h.step(StepWrite)
	var unsound error // what is wrong with r, not with the mirror
	err := replace(h.root, h.snapshotPath(header.ID), 0o644, func(f *os.File) error {
		names := newClashes()
		tee := &teeReader{from: r, to: f}
		if unsound = examine(ctx, tee, header, names.add); tee.failed != nil {
			unsound = nil
			return tee.failed
		}
		if unsound == nil {
			unsound = names.check(func(each func([]byte) error) error { return eachPath(ctx, f, each) })
		}
		return unsound
	})
	return cmp.Or(unsound, err)
}

// eachPath reads the paths of a snapshot from its beginning.
func eachPath(ctx context.Context, f io.ReadSeeker, each func([]byte) error) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	s, err := NewScanner(f)
	if err != nil {
		return err
	}
	defer s.Close()
	for s.Next() {
		if err := cmp.Or(ctx.Err(), each(s.path)); err != nil {
			return err
		}
	}
	return s.failed
}

// examine reads all of r, which is to be a sound snapshot with this header, and calls
// path with each of its paths.
func examine(ctx context.Context, r io.Reader, header Header, path func([]byte)) error {
	s, err := NewScanner(r)
	if err != nil {
		return err
	}
	defer s.Close()
	if s.header.ID != header.ID || s.header.Ecosystem != header.Ecosystem || !s.header.tellsTheSame(header) {
		return errors.New("its header is another than a moment ago; somebody writes to it")
	}
	for s.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		path(s.path)
	}
	if s.failed != nil {
		return s.failed
	}
	n, err := io.Copy(io.Discard, r)
	if err == nil && n > 0 {
		err = fmt.Errorf("%d bytes follow its end", n)
	}
	return err
}

// teeReader writes what it reads, and tells failures to write from those to read.
type teeReader struct {
	from   io.Reader
	to     io.Writer
	failed error
}

func (t *teeReader) Read(p []byte) (int, error) {
	if t.failed != nil {
		return 0, t.failed
	}
	n, err := t.from.Read(p)
	if _, t.failed = t.to.Write(p[:n]); t.failed != nil {
		return 0, t.failed
	}
	return n, err
}
