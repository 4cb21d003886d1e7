package mirror

import (
	"context"
	"fmt"
	"io"

	"github.com/offmirror/offmirror/ecosystems/mirror/salvage"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/fetch/store"
)

// sink takes one wanted object into the store.
type sink struct {
	store  *store.Store
	engine *fetch.Engine
	want   salvage.Wanted
	aside  func() error // makes way
	trace  func(step string)
}

// Copy implements [salvage.Sink].
func (s sink) Copy(ctx context.Context, r io.Reader) error {
	in, err := s.store.Create("")
	if err != nil {
		return here(err)
	}
	defer in.Discard()
	w := &errorTracker{w: in}
	_, err = io.Copy(w, io.LimitReader(alive{ctx, r}, s.want.Size+1))
	switch {
	case w.err != nil:
		return here(w.err)
	case err != nil:
		return err
	case in.Size() > s.want.Size:
		return fmt.Errorf("it has more than the %d bytes of %s", s.want.Size, s.want.ID)
	case in.Size() != s.want.Size || in.ID() != s.want.ID:
		return fmt.Errorf("its %d bytes have SHA-256 %s, not %s", in.Size(), in.ID(), s.want.ID)
	}
	s.trace("set aside")
	if err := s.aside(); err != nil {
		return err
	}
	s.trace("commit")
	if _, err := in.Commit(ctx); err != nil {
		return here(err)
	}
	return nil
}

// Request implements [salvage.Sink].
func (s sink) Request(ctx context.Context, r fetch.Request) error {
	s.trace("set aside")
	if err := s.aside(); err != nil { // or else the engine finds it in place
		return err
	}
	s.trace("request")
	r.Want = []digest.Digest{{Algorithm: digest.SHA256, Hex: s.want.ID.String()}}
	r.Size, r.MaxSize = s.want.Size, s.want.Size
	r.Key, r.Proof = "", nil
	result, err := s.engine.Fetch(ctx, r)
	switch {
	case fetch.IsLocal(err):
		return here(err)
	case err != nil:
		return err
	case result.ID != s.want.ID || result.Size != s.want.Size:
		return fmt.Errorf("it has %d bytes, not %d", result.Size, s.want.Size)
	}
	return nil
}

func here(err error) error { return fmt.Errorf("%w: %w", salvage.ErrHere, err) }

// alive is a reader of no use any more when its context has ended.
type alive struct {
	ctx context.Context
	io.Reader
}

func (a alive) Read(p []byte) (int, error) {
	if err := a.ctx.Err(); err != nil {
		return 0, err
	}
	return a.Reader.Read(p)
}
