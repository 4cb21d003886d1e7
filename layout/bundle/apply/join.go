package apply

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle"
	"github.com/offmirror/offmirror/layout/bundle/read"
)

// join makes objects of pieces that are all here, straight from their volumes.
func (a *application) join(ctx context.Context, w *writer) error {
	for i := range a.bundle.Manifest.Splits {
		s := &a.bundle.Manifest.Splits[i]
		if a.bundle.IsList(s.SHA256) || !a.wantsSplit(s) || a.has(s.Piece) {
			continue
		}
		parts, whole := a.parts(s.Piece)
		if !whole {
			continue
		}
		a.step(StepJoin)
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := a.joinOne(w, s, parts); err != nil {
			return err
		}
	}
	return nil
}

func (a *application) joinOne(w *writer, s *bundle.Split, parts []part) error {
	r := &pieces{a: a, parts: parts, sum: sha256.New()}
	defer r.close()
	if err := w.take(0, s.Piece, r); err != nil {
		return err
	}
	if r.failed == nil {
		_, _ = r.Read(make([]byte, 1)) // compares the last one
	}
	if r.failed != nil {
		if part := parts[r.at]; part.stored { // it can be brought again
			_ = a.objects.Remove(part.SHA256)
		}
		w.mu.Lock()
		a.damage(s.First+r.at, &s.SHA256, r.failed)
		w.mu.Unlock()
	}
	return nil
}

// pieces reads the parts of an object and compares each with its digest, so that it can
// be said which volume is to be made again.
type pieces struct {
	a      *application
	parts  []part
	at     int // number of the part at hand
	now    io.ReadCloser
	sum    hash.Hash
	failed error // about that part
}

func (p *pieces) Read(b []byte) (int, error) {
	n, err := p.read(b)
	if err != nil && err != io.EOF { //nolint:errorlint // its own
		p.failed = err
	}
	return n, err
}

func (p *pieces) read(b []byte) (int, error) {
	for {
		if p.now == nil {
			if p.at == len(p.parts) {
				return 0, io.EOF
			}
			next, err := p.a.openPart(p.parts[p.at])
			if err != nil {
				return 0, err
			}
			p.now = next
			p.sum.Reset()
		}
		n, err := p.now.Read(b)
		p.sum.Write(b[:n])
		if err == nil {
			return n, nil
		}
		if err != io.EOF { //nolint:errorlint // as io.Reader has it
			return n, err
		}
		if err := p.end(); n > 0 || err != nil {
			return n, err
		}
	}
}

// end compares the part that has been read.
func (p *pieces) end() error {
	p.close()
	part := p.parts[p.at]
	if got := store.ID(p.sum.Sum(nil)); got != part.SHA256 {
		return fmt.Errorf("is %w: piece %d of it has SHA-256 %s", read.ErrDamaged, p.at+1, got)
	}
	p.at++
	return nil
}

func (p *pieces) close() {
	if p.now != nil {
		p.now.Close()
		p.now = nil
	}
}
