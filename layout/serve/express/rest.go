package express

import (
	"net"
	"sync"
)

// rest is the listener of what the lane does not answer.
type rest struct {
	net.Listener // that the lane accepts from
	lane         *Lane
	stop         func() error // accepting

	conns  chan net.Conn
	failed chan error
	once   sync.Once
	closed chan struct{}
}

// accept begins connections until the lane or the listener closes. An error waits until somebody has
// looked at the one before, so pauses between them are up to him.
func (r *rest) accept() {
	for {
		c, err := r.Listener.Accept()
		if r.lane.closing.Load() {
			if err == nil {
				_ = c.Close()
			}
			return
		}
		if err != nil {
			select {
			case r.failed <- err:
				continue
			case <-r.closed:
				return
			}
		}
		if tcp, ok := c.(*net.TCPConn); ok {
			r.lane.begin(newConn(r, tcp))
		} else if !r.hand(c) {
			_ = c.Close()
		}
	}
}

// hand gives a connection to who accepts, if there is somebody.
func (r *rest) hand(c net.Conn) bool {
	select {
	case r.conns <- c:
		return true
	case <-r.closed:
		return false
	}
}

// Accept implements [net.Listener].
func (r *rest) Accept() (net.Conn, error) {
	select {
	case c := <-r.conns:
		return c, nil
	case err := <-r.failed:
		return nil, err
	case <-r.closed:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener].
func (r *rest) Close() error {
	r.once.Do(func() { close(r.closed) })
	return r.stop()
}
