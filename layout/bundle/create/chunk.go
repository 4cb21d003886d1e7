package create

import (
	"context"
	"crypto/sha256"
	"hash"
	"io"
	"runtime"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/offmirror/offmirror/fetch/store"
)

const (
	chunkSize = 512 << 10 // a multiple of block, and more than the README needs
	chunks    = 16
)

// chunk is a piece of a volume on its way from the store to the disk.
type chunk struct {
	buffer []byte
	base   int64 // offset in the volume
	cursor part  // the first part that reaches into the chunk, if any does
	spans  []span
	ready  chan struct{}
	users  atomic.Int32
}

// end is the offset in the volume where the chunk ends.
func (c *chunk) end() int64 { return c.base + int64(len(c.buffer)) }

// at returns the buffer from an offset in the volume to another, as far as the chunk has it.
func (c *chunk) at(from, to int64) []byte {
	return c.buffer[max(from, c.base)-c.base : min(to, c.end())-c.base]
}

// span is the bytes in a chunk of a part that does not lie in it as a whole object, and must be
// hashed in order.
type span struct {
	part        part
	from        int64 // in the member
	bytes       []byte
	first, last bool
}

// belt carries the chunks of one volume after the other: filled side by side, hashed and
// written in their order.
type belt struct {
	plan   *plan
	chunks []*chunk
	sum    hash.Hash // of the part that the last chunk ended in
	whole  whole
}

// whole is the hash of a member that is split over volumes, as far as it has been seen from its
// beginning.
type whole struct {
	member int
	sum    hash.Hash
	bytes  int64
}

func newBelt(p *plan) *belt {
	b := &belt{plan: p}
	for range chunks {
		b.chunks = append(b.chunks, &chunk{})
	}
	return b
}

// filler fills the parts of a chunk and hashes those that it has as a whole. What is left to be
// hashed it adds to the spans.
type filler interface {
	fill(v *volume, c *chunk) error
}

// run carries the payloads of a volume from from to the hash sum and the writer to, which may be
// nil. It returns the SHA-256 of the piece that the volume has of a member, if it has one.
func (b *belt) run(ctx context.Context, v *volume, from filler, sum hash.Hash, to io.Writer, carried func(int)) (piece store.ID, err error) {
	g, ctx := errgroup.WithContext(ctx)
	free, work, order := make(chan *chunk, chunks), make(chan *chunk, chunks), make(chan *chunk, chunks)
	for _, c := range b.chunks {
		c.ready = make(chan struct{}, 1)
		free <- c
	}
	g.Go(func() error {
		defer close(work)
		defer close(order)
		return b.dispatch(ctx, v, free, work, order)
	})
	for range max(4, runtime.GOMAXPROCS(0)) {
		g.Go(func() error {
			for c := range work {
				if err := from.fill(v, c); err != nil {
					return err
				}
				c.ready <- struct{}{}
			}
			return nil
		})
	}
	users := []func(*chunk) error{
		func(c *chunk) error { sum.Write(c.buffer); return nil },
		func(c *chunk) (err error) { piece, err = b.hashSpans(v, c, piece); return err },
	}
	if to != nil {
		users = append(users, func(c *chunk) error { _, err := to.Write(c.buffer); return err })
	}
	var queues []chan *chunk
	for _, use := range users {
		queue := make(chan *chunk, chunks) // never full
		queues = append(queues, queue)
		g.Go(func() error {
			for c := range queue {
				if err := use(c); err != nil {
					return err
				}
				if c.users.Add(-1) == 0 {
					free <- c
				}
			}
			return nil
		})
	}
	g.Go(func() error {
		defer func() {
			for _, q := range queues {
				close(q)
			}
		}()
		for c := range order {
			select {
			case <-c.ready:
			case <-ctx.Done():
				return ctx.Err()
			}
			carried(len(c.buffer))
			c.users.Store(int32(len(queues)))
			for _, q := range queues {
				q <- c
			}
		}
		return nil
	})
	return piece, g.Wait()
}

// dispatch cuts a volume into chunks and says which part each begins with.
func (b *belt) dispatch(ctx context.Context, v *volume, free, work, order chan *chunk) error {
	x := b.plan.part(v, v.first, begin)
	for at := int64(0); at < v.index; at += chunkSize {
		size := min(chunkSize, v.index-at)
		var c *chunk
		select {
		case c = <-free:
		case <-ctx.Done():
			return ctx.Err()
		}
		c.buffer = slices.Grow(c.buffer[:0], int(size))[:size]
		c.base, c.cursor, c.spans = at, x, c.spans[:0]
		order <- c
		work <- c
		for x.end() <= at+chunkSize && x.member+1 < v.end {
			x = b.plan.part(v, x.member+1, x.end())
		}
	}
	return nil
}

// hashSpans hashes what of a chunk its filler has not.
func (b *belt) hashSpans(v *volume, c *chunk, piece store.ID) (store.ID, error) {
	for _, s := range c.spans {
		if s.first {
			b.sum = sha256.New()
			if s.part.piece == 1 {
				b.whole = whole{member: s.part.member, sum: sha256.New()}
			}
		}
		b.sum.Write(s.bytes)
		follows := s.part.piece > 0 && b.whole.sum != nil && b.whole.member == s.part.member && b.whole.bytes == s.from
		if follows {
			b.whole.sum.Write(s.bytes)
			b.whole.bytes += int64(len(s.bytes))
		}
		if !s.last {
			continue
		}
		got := store.ID(b.sum.Sum(nil))
		if s.part.piece > 0 {
			piece = got
			if !follows || !b.plan.lastPiece(v) {
				continue
			}
			got = store.ID(b.whole.sum.Sum(nil))
		}
		if got != s.part.id {
			return piece, &wrongBytes{s.part.id, got}
		}
	}
	return piece, nil
}

// mark remembers how far whole has come, and the function that is returned goes back there.
func (b *belt) mark() (back func()) {
	saved := b.whole
	if saved.sum != nil {
		saved.sum = clone(saved.sum)
	}
	return func() {
		b.whole = saved
		if saved.sum != nil {
			b.whole.sum = clone(saved.sum)
		}
	}
}

func clone(h hash.Hash) hash.Hash {
	c, err := h.(hash.Cloner).Clone()
	if err != nil {
		panic("sha256 cannot be cloned: " + err.Error()) // it can
	}
	return c.(hash.Hash)
}
