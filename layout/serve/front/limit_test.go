package front

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/offmirror/offmirror/layout/serve"
	"github.com/offmirror/offmirror/layout/serve/peer"
)

func ok() Site {
	return failing{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, serve.BaseURL(r)) })}
}

func TestRateOfOneClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := build(t, ok(), func(c *Config) { c.Rate, c.Burst = 0.5, 3 })
		want := func(from string, want int) {
			t.Helper()
			got := b.ask(from, "/hex/names")
			if got.Code != want {
				t.Errorf("%s: %d, want %d", from, got.Code, want)
			}
			if got.Code == 429 && (got.Header().Get("Retry-After") != "2" || got.Header().Get("Cache-Control") != "no-store") {
				t.Errorf("%v", got.Header())
			}
		}
		for i := range 3 {
			want(fmt.Sprintf("192.0.2.1:%d", i+1), 200)
			want(fmt.Sprintf("[2001:db8::%d]:1", i+1), 200) // one client, however many addresses
		}
		want("192.0.2.1:9", 429)
		want("[2001:db8::ffff]:1", 429)
		want("[2001:db8:0:1::1]:1", 200)
		want("192.0.2.2:1", 200)
		want("@", 200) // a proxy on this machine
		for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
			if got := b.ask("192.0.2.1:9", path); got.Code == 429 {
				t.Errorf("%s is limited", path)
			}
		}
		time.Sleep(2 * time.Second)
		want("192.0.2.1:9", 200)
		want("192.0.2.1:9", 429)
	})
}

func TestRateWithoutBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := build(t, ok(), func(c *Config) { c.Rate = 2 })
		n := 0
		for b.ask(somebody, "/hex/names").Code == 200 {
			n++
		}
		if n != 20 {
			t.Errorf("%d at once, want ten seconds' worth", n)
		}
	})
}

func TestProxiesAreBelieved(t *testing.T) {
	b := build(t, ok(), func(c *Config) { c.Proxies, c.Rate, c.Burst = []string{"10.0.0.0/8"}, 0.001, 1 })
	forwarded := func(client, proto string) []func(*http.Request) {
		return []func(*http.Request){header("X-Forwarded-For", client), header("X-Forwarded-Proto", proto), host("mirror.corp")}
	}
	for i, c := range []struct {
		from, client, proto string
		want                int
		url                 string
	}{
		{"10.0.0.1:1", "192.0.2.1", "https", 200, "https://mirror.corp"},
		{"10.0.0.2:1", "192.0.2.1", "https", 429, ""},
		{"10.0.0.1:1", "192.0.2.2", "http", 200, "http://mirror.corp"},
		{"192.0.2.3:1", "192.0.2.99", "https", 200, "http://mirror.corp"}, // who is nobody's proxy
		{"192.0.2.3:1", "192.0.2.98", "https", 429, ""},
		{"@", "192.0.2.4", "https", 200, "https://mirror.corp"},
	} {
		got := b.ask(c.from, "/hex/names", forwarded(c.client, c.proto)...)
		if got.Code != c.want || c.url != "" && got.Body.String() != c.url {
			t.Errorf("%d: %d %q, want %d %q", i, got.Code, got.Body, c.want, c.url)
		}
	}
}

// fakeConn is a connection from an address.
type fakeConn struct {
	net.Conn
	from   net.Addr
	closed bool
}

func (c *fakeConn) RemoteAddr() net.Addr { return c.from }
func (c *fakeConn) Close() error         { c.closed = true; return nil }

func TestConnectionsOfOneClient(t *testing.T) {
	proxies, err := peer.ParseProxies([]string{"10.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	c := newConnections(2, proxies)
	dial := func(ip string) *fakeConn {
		conn := &fakeConn{from: &net.TCPAddr{IP: net.ParseIP(ip), Port: 1}}
		c.state(conn, http.StateNew)
		c.state(conn, http.StateActive)
		c.state(conn, http.StateIdle)
		return conn
	}
	a, b, third := dial("2001:db8::1"), dial("2001:db8::2"), dial("2001:db8::3")
	if a.closed || b.closed || !third.closed {
		t.Errorf("closed: %v %v %v", a.closed, b.closed, third.closed)
	}
	if other := dial("192.0.2.1"); other.closed {
		t.Error("another client was refused")
	}
	for range 5 {
		if p := dial("10.0.0.1"); p.closed {
			t.Error("a proxy was refused")
		}
	}
	local := &fakeConn{from: &net.UnixAddr{Name: "@"}}
	for range 5 {
		if c.state(local, http.StateNew); local.closed {
			t.Error("a Unix socket was refused")
		}
	}
	if open, closed := c.count(); open != 14 || closed != 1 {
		t.Errorf("%d open, %d refused", open, closed)
	}
	c.state(third, http.StateClosed)
	c.state(a, http.StateClosed)
	if again := dial("2001:db8::4"); again.closed {
		t.Error("refused, although one has gone")
	}
	for range 5 {
		c.state(local, http.StateClosed)
	}
	if len(c.open) != 3 {
		t.Errorf("%v are remembered", c.open)
	}
}

// A server that takes two connections of a client cuts the third one, and takes it when there is room.
func TestServerLimitsConnections(t *testing.T) {
	b := build(t, ok(), func(c *Config) { c.Connections = 2 })
	address := strings.TrimPrefix(b.start()[0], "http://")
	dial := func() (net.Conn, error) {
		t.Helper()
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		_, _ = io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		_, err = conn.Read(make([]byte, 1))
		return conn, err
	}
	first, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dial(); err != nil {
		t.Fatal(err)
	}
	if _, err := dial(); err == nil {
		t.Error("a third connection was taken")
	}
	first.Close()
	for { // the server notices that in a moment
		if _, err := dial(); err == nil {
			break
		}
	}
	if got := b.ask(somebody, "/metrics").Body.String(); strings.Contains(got, "offmirror_connections_refused_total 0\n") {
		t.Error("nothing was counted")
	}
}
