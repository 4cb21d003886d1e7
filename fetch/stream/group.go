package stream

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/offmirror/offmirror/fetch"
)

// ErrBusy means that as many fetches as there may be are under way.
var ErrBusy = errors.New("too many fetches are under way; try again soon")

// ErrClosed means that the group has ended.
var ErrClosed = errors.New("no more is fetched: the program is ending")

// File is an object that is read.
type File interface {
	io.ReaderAt
	io.Closer
}

// Options of a [Group].
type Options struct {
	// Open opens an object that a fetch came to. It must be set, and may be called by many
	// goroutines.
	Open func(fetch.Object) (File, error)

	Temp  string // folder for temporary files; empty: that of the system
	Limit int    // fetches under way at once, beyond which Get gives ErrBusy; default 256
}

// Fetch gets an object, telling f what arrives. If it calls f it is to return the object
// that f was told of, or an error. It must end soon after its context.
type Fetch func(ctx context.Context, f fetch.Follower) (fetch.Object, error)

// Group runs fetches, one for each key at a time. It may be used by many goroutines.
type Group struct {
	ctx context.Context
	o   Options

	mu      sync.Mutex
	streams map[string]*Stream
	running sync.WaitGroup
	closed  bool
}

// NewGroup returns a Group whose fetches end with ctx.
func NewGroup(ctx context.Context, o Options) *Group {
	if o.Limit <= 0 {
		o.Limit = 256
	}
	return &Group{ctx: ctx, o: o, streams: map[string]*Stream{}}
}

// Get returns the stream of the fetch that is under way for key, or begins one. What has
// ended is forgotten at once, failures too: to remember them is the caller's business.
func (g *Group) Get(key string, get Fetch) *Stream {
	g.mu.Lock()
	defer g.mu.Unlock()
	if s := g.streams[key]; s != nil {
		return s
	}
	s := newStream(g.o)
	switch {
	case g.closed:
		s.end(fetch.Object{}, ErrClosed)
		return s
	case len(g.streams) >= g.o.Limit:
		s.end(fetch.Object{}, ErrBusy)
		return s
	}
	g.streams[key] = s
	g.running.Go(func() {
		o, err := get(g.ctx, s)
		g.mu.Lock()
		delete(g.streams, key)
		g.mu.Unlock()
		s.end(o, err)
	})
	return s
}

// Running returns how many fetches are under way.
func (g *Group) Running() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.streams)
}

// Close begins no more fetches and waits until those under way have ended, which they do
// soon after the group's context.
func (g *Group) Close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.running.Wait()
}
