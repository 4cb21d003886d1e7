package express

import (
	"net"
	"net/http"
	"net/netip"
	"time"
)

// slack is how much earlier than asked for an idle connection may be closed.
const slack = 5 * time.Second

// conn is a connection on the lane.
type conn struct {
	lane *Lane
	rest *rest
	tcp  *net.TCPConn

	in      []byte
	request Request
	answer  Answer
	date    dateLine

	readUntil, writeUntil time.Time // the deadlines that it has
}

func newConn(r *rest, tcp *net.TCPConn) *conn {
	c := &conn{lane: r.lane, rest: r, tcp: tcp}
	if a, ok := tcp.RemoteAddr().(*net.TCPAddr); ok {
		c.request.Client = a.AddrPort().Addr()
	} else {
		c.request.Client = netip.Addr{}
	}
	return c
}

// run answers until something is out of the ordinary, and hands the connection over, or the connection ends.
func (c *conn) run() {
	defer c.lane.end(c)
	handed := false
	defer func() {
		if value := recover(); value != nil {
			c.lane.o.Panicked(c.tcp, value)
		}
		c.answer.release()
		if !handed {
			_ = c.tcp.Close()
			c.lane.o.ConnState(c.tcp, http.StateClosed)
		}
	}()
	c.lane.o.ConnState(c.tcp, http.StateNew)
	c.in = make([]byte, maxHead)
	n := c.answers()
	handed = n > 0 && c.hand(c.in[:n])
}

// answers answers requests, and returns how much was read of one that is not plain, or 0 when the connection is
// to be closed.
func (c *conn) answers() (read int) {
	for now, wait := time.Now(), c.lane.o.FirstTimeout; c.arm(now, wait); wait = c.lane.o.IdleTimeout {
		n, _ := c.tcp.Read(c.in) // an error comes again
		if n == 0 {
			return 0
		}
		began := time.Now()
		c.answer.reset()
		if !c.request.parse(c.in[:n]) || !c.lane.o.Source.Find(&c.request, &c.answer) {
			return n
		}
		last := c.lane.closing.Load()
		sent, ok := c.send(began, last)
		now = time.Now()
		c.lane.o.Source.Sent(&c.request, &c.answer, sent, now.Sub(began))
		if !ok || last {
			return 0
		}
	}
	return 0
}

// arm sees to it that reading ends in time, and reports whether there may be another request.
func (c *conn) arm(now time.Time, wait time.Duration) bool {
	if left := c.readUntil.Sub(now); left > wait || left < wait-slack {
		c.readUntil = now.Add(wait)
		if c.tcp.SetReadDeadline(c.readUntil) != nil {
			return false
		}
	}
	return !c.lane.closing.Load() // looked at after the deadline was set, which who closes does, too
}

// send sends the answer, and returns how much of its body was sent and whether it was all.
func (c *conn) send(now time.Time, last bool) (body int64, ok bool) {
	defer c.answer.release()
	piece, head := c.answer.pack(&c.request, c.date.at(now), last)
	if wait := c.lane.o.WriteTimeout; c.writeUntil.Sub(now) < wait/2 {
		c.writeUntil = now.Add(wait)
		if c.tcp.SetWriteDeadline(c.writeUntil) != nil {
			return 0, false
		}
	}
	n, err := c.tcp.Write(piece)
	return int64(max(0, n-head)), err == nil && len(piece) > 0
}

// hand hands the connection over with what was read.
func (c *conn) hand(read []byte) bool {
	if c.tcp.SetDeadline(time.Time{}) != nil {
		return false
	}
	return c.rest.hand(c.lane.o.Rest(c.tcp, read))
}
