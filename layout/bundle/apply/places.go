package apply

import (
	"errors"
	"io"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle"
	"github.com/offmirror/offmirror/layout/bundle/read"
)

// places is where lists and pieces lie in the volumes that are here.
type places map[store.ID][]read.Place

// any returns a place, whichever.
func (p places) any(id store.ID) (read.Place, bool) {
	if len(p[id]) == 0 {
		return read.Place{}, false
	}
	return p[id][0], true
}

// find returns where bytes lie in volume n, or in any if n is 0.
func (p places) find(want bundle.Piece, n int) (read.Place, bool) {
	for _, at := range p[want.SHA256] {
		if at.Size == want.Size && (n == 0 || at.Volume == n) {
			return at, true
		}
	}
	return read.Place{}, false
}

// part is where one piece of something comes from: the store, or a volume.
type part struct {
	bundle.Piece
	stored bool
	place  read.Place
}

// parts says where the bytes of an object or a list come from, and whether all of them are
// to be had: as an object, as a payload, or in pieces.
func (a *application) parts(want bundle.Piece) ([]part, bool) {
	if a.has(want) {
		return []part{{Piece: want, stored: true}}, true
	}
	s := a.bundle.Split(want.SHA256)
	if s == nil || s.Size != want.Size {
		at, ok := a.places.find(want, 0)
		return []part{{Piece: want, place: at}}, ok
	}
	var parts []part
	for i, piece := range s.Pieces {
		at, ok := a.places.find(piece, s.First+i)
		stored := !ok && a.has(piece)
		if !ok && !stored {
			return nil, false
		}
		parts = append(parts, part{piece, stored, at})
	}
	return parts, true
}

// source returns how to open an object or a list, if all of it is to be had.
func (a *application) source(want bundle.Piece) (opener, bool) {
	parts, ok := a.parts(want)
	if !ok {
		return nil, false
	}
	return func() (io.ReadCloser, error) { return &chain{a: a, parts: parts}, nil }, true
}

func (a *application) openPart(p part) (io.ReadCloser, error) {
	if p.stored {
		return a.objects.Open(p.SHA256)
	}
	return a.bundle.OpenAt(p.place)
}

// chain reads parts one after the other.
type chain struct {
	a     *application
	parts []part
	now   io.ReadCloser
}

func (c *chain) Read(p []byte) (int, error) {
	for {
		if c.now == nil {
			if len(c.parts) == 0 {
				return 0, io.EOF
			}
			next, err := c.a.openPart(c.parts[0])
			if err != nil {
				return 0, err
			}
			c.now, c.parts = next, c.parts[1:]
		}
		n, err := c.now.Read(p)
		if !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return n, err
		}
		if err := c.Close(); n > 0 || err != nil {
			return n, err
		}
	}
}

func (c *chain) Close() error {
	if c.now == nil {
		return nil
	}
	err := c.now.Close()
	c.now = nil
	return err
}
