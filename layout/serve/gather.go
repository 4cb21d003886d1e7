package serve

import (
	"context"
	"io"
	"net"
	"net/http"
	"time"
)

// net/http sends an answer of more than a few KiB in two pieces, the head with the
// beginning of the body, and the rest: two system calls and two packets where one
// would do. A gatherConn that was told how long the body is keeps the first
// piece until the second comes.
type gatherConn struct {
	*net.TCPConn
	held []byte // not sent yet; more is sure to come
	due  int    // length of the body that is being written; 0: nothing is held back

	unread []byte // was read already by others than net/http
	known  bool   // who counts connections knows it already

	until   time.Time // the deadline for writing that the connection has; zero: none
	relieve bool      // it is to have none, from the next write on
}

// gathering is a listener for plain HTTP whose connections are gatherConns.
type gathering struct{ net.Listener }

func (l gathering) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		return &gatherConn{TCPConn: tcp}, err
	}
	return c, err
}

// Read begins with what was read already.
func (c *gatherConn) Read(b []byte) (int, error) {
	if len(c.unread) == 0 {
		return c.TCPConn.Read(b)
	}
	n := copy(b, c.unread)
	if c.unread = c.unread[n:]; len(c.unread) == 0 {
		c.unread = nil // and the memory free
	}
	return n, nil
}

// WriteTo is that of io.Copy, without the short way that does not know of what was read already.
func (c *gatherConn) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, struct{ io.Reader }{c}) }

type gatherKey struct{}

// gatherContext lets handlers find the connection. It is for [http.Server.ConnContext].
func gatherContext(ctx context.Context, c net.Conn) context.Context {
	if g, ok := c.(*gatherConn); ok {
		return context.WithValue(ctx, gatherKey{}, g)
	}
	return ctx
}

// writeAll writes a whole body, with a Content-Length that has been set.
func writeAll(w http.ResponseWriter, r *http.Request, body []byte) {
	g, ok := r.Context().Value(gatherKey{}).(*gatherConn)
	if !ok {
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(patience)) // what cannot, need not
		_, _ = w.Write(body)                                                         //nolint:gosec // G705: a file of the mirror, of a type that browsers do not run
		return
	}
	g.hurry()
	if len(body) > 2<<10 {
		g.due = len(body)
	}
	_, _ = w.Write(body) //nolint:gosec // as above
}

// hurry gives a client patience, or half of it at least, to take a small answer: a new deadline
// for each would cost as much as finding the file.
func (c *gatherConn) hurry() {
	c.relieve = false
	if now := time.Now(); c.until.Sub(now) < patience/2 {
		_ = c.SetWriteDeadline(now.Add(patience)) // if the connection is closed, writing says so
	}
}

// SetWriteDeadline is called between answers to take the deadline away, which is put off: the next answer
// may be a small one, too.
func (c *gatherConn) SetWriteDeadline(t time.Time) error {
	if t.IsZero() {
		c.relieve = !c.until.IsZero()
		return nil
	}
	c.relieve, c.until = false, t
	return c.TCPConn.SetWriteDeadline(t)
}

func (c *gatherConn) relieved() error {
	if !c.relieve {
		return nil
	}
	c.relieve, c.until = false, time.Time{}
	return c.TCPConn.SetWriteDeadline(time.Time{})
}

// Write is called by one goroutine at a time, that of the answer.
func (c *gatherConn) Write(b []byte) (int, error) {
	if c.due == 0 {
		if err := c.relieved(); err != nil {
			return 0, err
		}
		return c.TCPConn.Write(b)
	}
	if len(c.held) == 0 && len(b) < c.due { // what came is less than the body alone
		c.held = append(c.held, b...)
		return len(b), nil
	}
	pieces := net.Buffers{c.held, b}
	n, err := pieces.WriteTo(c.TCPConn)
	n -= int64(len(c.held))
	c.held, c.due = c.held[:0], 0
	return int(max(n, 0)), err
}

// ReadFrom keeps the kernel's way from a file to the connection.
func (c *gatherConn) ReadFrom(r io.Reader) (int64, error) {
	if len(c.held) > 0 {
		held := c.held
		c.held, c.due = c.held[:0], 0
		if _, err := c.TCPConn.Write(held); err != nil {
			return 0, err
		}
	}
	if err := c.relieved(); err != nil {
		return 0, err
	}
	return c.TCPConn.ReadFrom(r)
}
