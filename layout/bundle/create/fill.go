package create

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/offmirror/offmirror/fetch/store"
)

// each calls use for every part that reaches into a chunk.
func (p *plan) each(v *volume, c *chunk, use func(part) error) error {
	for x := c.cursor; x.header < c.end(); {
		if x.end() > c.base {
			if err := use(x); err != nil {
				return err
			}
		}
		if x.member+1 == v.end {
			break
		}
		x = p.part(v, x.member+1, x.end())
	}
	return nil
}

// prove hashes what a chunk has of the payload of a part, or leaves that to the spans.
func (c *chunk) prove(x part) error {
	from, to := x.payload(), x.payload()+x.size
	if x.size > 0 && from == c.end() {
		return nil // it begins in the next chunk
	}
	payload := c.at(from, to)
	if x.piece == 0 && from >= c.base && to <= c.end() {
		if got := store.ID(sha256.Sum256(payload)); got != x.id {
			return &wrongBytes{x.id, got}
		}
		return nil
	}
	at := max(from, c.base)
	c.spans = append(c.spans, span{part: x, from: x.from + at - from, bytes: payload, first: at == from, last: to <= c.end()})
	return nil
}

// fromStore fills chunks with headers and with objects of the store.
type fromStore struct {
	plan    *plan
	objects *store.Store
}

func (f *fromStore) fill(v *volume, c *chunk) error {
	if c.base == 0 {
		putReadme(c.buffer)
	}
	return f.plan.each(v, c, func(x part) error {
		if x.header >= c.base {
			putHeader(c.at(x.header, x.payload()), f.plan.partName(x), x.size)
		}
		if x.payload() == c.end() && x.size > 0 {
			return nil
		}
		if err := f.read(x, c); err != nil {
			return err
		}
		if pad := x.payload() + x.size; pad < c.end() && x.end() > pad {
			clear(c.at(max(pad, c.base), x.end()))
		}
		return c.prove(x)
	})
}

// read reads what belongs into a chunk of a part's payload.
func (f *fromStore) read(x part, c *chunk) error {
	from, to := max(x.payload(), c.base), min(x.payload()+x.size, c.end())
	if x.piece == 0 && to-from == x.size {
		if _, err := f.objects.ReadSmall(x.id, c.at(from, to)); err != nil {
			return unreadable(x.id, err)
		}
		return nil
	}
	file, err := f.objects.Open(x.id)
	if err != nil {
		return unreadable(x.id, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if want := f.plan.member(x.member).Size; err == nil && info.Size() != want {
		err = fmt.Errorf("it has %d bytes instead of %d: %w", info.Size(), want, store.ErrDamaged)
	}
	if err == nil {
		_, err = file.ReadAt(c.at(from, to), x.from+from-x.payload())
	}
	if err != nil {
		return unreadable(x.id, err)
	}
	return nil
}

func putReadme(b []byte) {
	putHeader(b, "README", int64(len(readme)))
	n := copy(b[block:], readme)
	clear(b[block+n : begin])
}

// errOther means that a file which has the name of a volume is not that volume.
var errOther = errors.New("not the volume that belongs there")

// fromVolume fills chunks with a volume that was written before, and proves every byte.
type fromVolume struct {
	plan *plan
	file *os.File
}

func (f *fromVolume) fill(v *volume, c *chunk) error {
	if _, err := f.file.ReadAt(c.buffer, c.base); err != nil {
		if errors.Is(err, io.EOF) {
			err = errOther
		}
		return err
	}
	var expected [begin]byte
	if c.base == 0 {
		putReadme(expected[:])
		if !bytes.Equal(c.buffer[:begin], expected[:]) {
			return errOther
		}
	}
	return f.plan.each(v, c, func(x part) error {
		if x.header >= c.base {
			putHeader(expected[:], f.plan.partName(x), x.size)
			if !bytes.Equal(c.at(x.header, x.payload()), expected[:block]) {
				return errOther
			}
		}
		if pad := x.payload() + x.size; pad < c.end() && x.end() > c.base {
			for _, b := range c.at(max(pad, c.base), x.end()) {
				if b != 0 {
					return errOther
				}
			}
		}
		return c.prove(x)
	})
}
