package serve

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"github.com/offmirror/offmirror/layout/serve/express"
)

// newLane returns the lane of a server, with its limits.
func newLane(o Options) *express.Lane {
	return express.New(express.Options{
		Source:       o.Plain,
		FirstTimeout: headerTimeout, IdleTimeout: idleTimeout, WriteTimeout: patience,
		ConnState: o.ConnState,
		Rest: func(c *net.TCPConn, read []byte) net.Conn {
			return &gatherConn{TCPConn: c, unread: read, known: true}
		},
		Panicked: func(c net.Conn, value any) {
			slog.Error("a plain request could not be answered; this is a bug", "client", c.RemoteAddr().String(), "panic", fmt.Sprint(value))
		},
	})
}

// plainly returns the listener for net/http at an endpoint without TLS.
func (s *Server) plainly(e Endpoint) net.Listener {
	if s.lane == nil {
		return gathering{e}
	}
	return s.lane.Listen(e)
}

// unlessKnown does not report connections as new that the lane has reported.
func unlessKnown(state func(net.Conn, http.ConnState)) func(net.Conn, http.ConnState) {
	if state == nil {
		return nil
	}
	return func(c net.Conn, s http.ConnState) {
		if g, ok := c.(*gatherConn); ok && g.known && s == http.StateNew {
			return
		}
		state(c, s)
	}
}
