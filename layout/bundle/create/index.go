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

// measured is a hash of what is written to it, its length, and itself as long as it is short.
type measured struct {
	sum  hash.Hash
	size int64
	kept []byte // all of it, if size is at most keptIndex
}

// keptIndex is what an index may have to be kept in memory. A larger one is made twice.
const keptIndex = 4 << 20

func newMeasured() *measured { return &measured{sum: sha256.New()} }

func (m *measured) Write(p []byte) (int, error) {
	if m.size += int64(len(p)); m.size <= keptIndex {
		m.kept = append(m.kept, p...)
	} else {
		m.kept = nil
	}
	return m.sum.Write(p)
}

func (m *measured) piece() bundle.Piece {
	return bundle.Piece{SHA256: store.ID(m.sum.Sum(nil)), Size: m.size}
}

// measureIndex makes the index: its header, in front of it, has its length.
func (p *plan) measureIndex(n int, piece store.ID) (*measured, bundle.Index, error) {
	m := newMeasured()
	err := p.writeIndex(m, n, piece)
	return m, bundle.Index{Piece: m.piece(), Offset: p.volumes[n-1].index + block}, err
}

// writeTail writes what follows the payloads of volume n: the index, and the end of the tar.
func (p *plan) writeTail(w io.Writer, n int, piece store.ID) (index bundle.Index, err error) {
	first, index, err := p.measureIndex(n, piece)
	if err != nil {
		return index, err
	}
	header := make([]byte, block)
	putHeader(header, bundle.IndexMember(p.name, n), index.Size)
	if _, err := w.Write(header); err != nil {
		return index, err
	}
	if index.Size <= keptIndex {
		_, err = w.Write(first.kept)
	} else {
		err = p.writeIndexAgain(w, n, piece, index)
	}
	if err != nil {
		return index, err
	}
	_, err = w.Write(make([]byte, padded(index.Size)-index.Size+tail))
	return index, err
}

func (p *plan) writeIndexAgain(w io.Writer, n int, piece store.ID, index bundle.Index) error {
	again := newMeasured()
	if err := p.writeIndex(io.MultiWriter(w, again), n, piece); err != nil {
		return err
	}
	if again.piece() != index.Piece {
		return fmt.Errorf("the index of volume %d came out in two ways; the memory of this machine may be damaged", n)
	}
	return nil
}

// volumeSize is how long a volume with this index is.
func volumeSize(index bundle.Index) int64 { return index.Offset + padded(index.Size) + tail }
