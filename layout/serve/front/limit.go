package front

import (
	"io"
	"math"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"

	"golang.org/x/time/rate"

	"github.com/offmirror/offmirror/layout/serve/peer"
)

// clientsRemembered is for how many clients at least the rate is known.
const clientsRemembered = 1 << 16

// rateLimit is how much each client may ask for.
type rateLimit struct {
	clients *peer.Table[netip.Addr, *rate.Limiter]
	wait    string // seconds after which a client may ask for something again
}

// newRateLimit returns nil if there is no limit.
func newRateLimit(perSecond float64, burst int) *rateLimit {
	if perSecond == 0 {
		return nil
	}
	if burst == 0 {
		burst = int(min(math.Ceil(perSecond*10), math.MaxInt32))
	}
	return &rateLimit{
		clients: peer.NewTable[netip.Addr](clientsRemembered, func() *rate.Limiter {
			return rate.NewLimiter(rate.Limit(perSecond), burst)
		}),
		wait: strconv.FormatFloat(max(1, math.Ceil(1/perSecond)), 'f', 0, 64),
	}
}

// allow counts a request of a client, see [clientOf], unless it asks for too much. Nil allows everything.
func (l *rateLimit) allow(client netip.Addr) bool {
	return l == nil || !client.IsValid() || l.clients.Of(client).Allow()
}

// before answers 429 to clients that ask for too much.
func (l *rateLimit) before(next http.Handler) http.Handler {
	if l == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !l.allow(clientOf(r)) {
			h := w.Header()
			h.Set("Retry-After", l.wait)
			tell(w, http.StatusTooManyRequests, "too many requests, try again later\n")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// clientOf is who a request counts for; the zero Addr is a proxy on this machine.
func clientOf(r *http.Request) netip.Addr { return peer.Group(peer.Parse(r.RemoteAddr)) }

// tell answers a few plain words.
func tell(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

// connections closes what one client opens beyond a number. Proxies, which speak for many, may
// open what they like.
type connections struct {
	limit   int
	proxies peer.Proxies

	mu     sync.Mutex
	open   map[netip.Addr]int
	all    int
	closed uint64
}

func newConnections(limit int, proxies peer.Proxies) *connections {
	return &connections{limit: limit, proxies: proxies, open: map[netip.Addr]int{}}
}

// state is the ConnState of an [http.Server].
func (c *connections) state(conn net.Conn, s http.ConnState) {
	var change int
	switch s {
	case http.StateNew:
		change = 1
	case http.StateClosed, http.StateHijacked:
		change = -1
	default:
		return
	}
	a := remote(conn)
	client := peer.Group(a)
	c.mu.Lock()
	c.all += change
	if c.open[client] += change; c.open[client] <= 0 {
		delete(c.open, client)
	}
	tooMany := change > 0 && c.limit > 0 && c.open[client] > c.limit && !c.proxies.Trust(a)
	if tooMany {
		c.closed++
	}
	c.mu.Unlock()
	if tooMany {
		_ = conn.Close() // the server finds it so, and reports its end
	}
}

func remote(conn net.Conn) netip.Addr {
	if a, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		return a.AddrPort().Addr()
	}
	return netip.Addr{}
}

// count returns how many are open, and how many were closed as too many.
func (c *connections) count() (open int, closed uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.all, c.closed
}
