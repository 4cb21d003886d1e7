package create

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle"
)

// writeIndex writes the index of volume n, counted from 1. piece is the SHA-256 of the piece that it has
// of a member, if it has one.
func (p *plan) writeIndex(w io.Writer, n int, piece store.ID) error {
	v := &p.volumes[n-1]
	index, err := bundle.NewIndexWriter(w, p.name, n)
	if err != nil {
		return err
	}
	for i, header := v.first, begin; i < v.end; i++ {
		x := p.part(v, i, header)
		e := bundle.Entry{Piece: bundle.Piece{SHA256: x.id, Size: x.size}, Offset: x.payload()}
		if x.piece > 0 {
			e.SHA256 = piece
		}
		if err := index.Add(e); err != nil {
			return err
		}
		header = x.end()
	}
	return index.Close()
}

// measured is a hash of what is written to it, and its length.
type measured struct {
	sum  hash.Hash
	size int64
}

func newMeasured() *measured { return &measured{sum: sha256.New()} }

func (m *measured) Write(p []byte) (int, error) {
	m.size += int64(len(p))
	return m.sum.Write(p)
}

func (m *measured) piece() bundle.Piece {
	return bundle.Piece{SHA256: store.ID(m.sum.Sum(nil)), Size: m.size}
}

// measureIndex makes the index once without keeping it: its header, in front of it, has its length.
func (p *plan) measureIndex(n int, piece store.ID) (bundle.Index, error) {
	m := newMeasured()
	err := p.writeIndex(m, n, piece)
	return bundle.Index{Piece: m.piece(), Offset: p.volumes[n-1].index + block}, err
}

// writeTail writes what follows the payloads of volume n: the index, which has been measured, and
// the end of the tar.
func (p *plan) writeTail(w io.Writer, n int, piece store.ID, index bundle.Index) error {
	header := make([]byte, block)
	putHeader(header, bundle.IndexMember(p.name, n), index.Size)
	if _, err := w.Write(header); err != nil {
		return err
	}
	again := newMeasured()
	if err := p.writeIndex(io.MultiWriter(w, again), n, piece); err != nil {
		return err
	}
	if again.piece() != index.Piece {
		return fmt.Errorf("the index of volume %d came out in two ways; the memory of this machine may be damaged", n)
	}
	_, err := w.Write(make([]byte, padded(index.Size)-index.Size+tail))
	return err
}

// volumeSize is how long a volume with this index is.
func volumeSize(index bundle.Index) int64 { return index.Offset + padded(index.Size) + tail }
