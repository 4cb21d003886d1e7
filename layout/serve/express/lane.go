package express

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Options of a [Lane]. All are needed but ConnState.
type Options struct {
	Source Source

	// FirstTimeout is how long a new connection may take to send something, IdleTimeout how long one
	// may wait before the next request, give or take some seconds, and WriteTimeout how long it may take an
	// answer, or half of that at least.
	FirstTimeout, IdleTimeout, WriteTimeout time.Duration

	// ConnState is told when a connection is there (StateNew), and when it is not any
	// more (StateClosed), unless it was handed over. It may close a new one.
	ConnState func(net.Conn, http.ConnState)

	// Rest returns the connection as it is handed over: reading from it begins with what
	// was read already, which belongs to it. It has no deadlines.
	Rest func(c *net.TCPConn, read []byte) net.Conn

	// Panicked is told of a source that panicked; the connection is closed.
	Panicked func(c net.Conn, value any)
}

// Lane answers plain requests. See the package comment.
type Lane struct {
	o       Options
	closing atomic.Bool

	mu     sync.Mutex
	open   map[*conn]struct{}
	rests  []*rest
	active sync.WaitGroup // connections and accepting
}

// New returns a Lane.
func New(o Options) *Lane {
	if o.ConnState == nil {
		o.ConnState = func(net.Conn, http.ConnState) {}
	}
	return &Lane{o: o, open: map[*conn]struct{}{}}
}

// Listen accepts connections of a listener, and returns one of those that are handed over, and of
// those that are not TCP. Errors of the listener are passed on. To close it closes the other.
func (l *Lane) Listen(inner net.Listener) net.Listener {
	r := &rest{Listener: inner, lane: l, conns: make(chan net.Conn), failed: make(chan error), closed: make(chan struct{})}
	r.stop = sync.OnceValue(inner.Close)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rests = append(l.rests, r)
	l.active.Go(r.accept)
	return r
}

// Shutdown stops to accept, closes connections that wait for a request, and returns when all
// answers have been sent and all else has been handed over, for which there must still be somebody who
// accepts it. When ctx ends it closes everything. It is called once.
func (l *Lane) Shutdown(ctx context.Context) error {
	l.mu.Lock()
	l.closing.Store(true)
	for _, r := range l.rests {
		_ = r.stop()
	}
	for c := range l.open {
		_ = c.tcp.SetReadDeadline(past)
	}
	l.mu.Unlock()
	stop := context.AfterFunc(ctx, l.cut)
	defer stop()
	l.active.Wait()
	return ctx.Err()
}

// past is a deadline that has passed.
var past = time.Unix(1, 0)

// cut closes all connections.
func (l *Lane) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.open {
		_ = c.tcp.Close()
	}
}

// begin serves a connection, unless the lane closes.
func (l *Lane) begin(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing.Load() {
		_ = c.tcp.Close()
		return
	}
	l.open[c] = struct{}{}
	l.active.Go(c.run)
}

func (l *Lane) end(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, c)
}
