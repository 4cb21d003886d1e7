//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A tap stands between a client and a server and records the bytes of both
// directions, unchanged. Unlike a proxy it neither tidies headers nor closes
// connections, so what it recorded is what really was said.
type tap struct {
	URL string // of the tap, with the path of the server's URL

	t      testing.TB
	target string
	mu     sync.Mutex
	wires  []*wire
}

// A wire is one connection.
type wire struct {
	mu         sync.Mutex
	up, down   bytes.Buffer
	ends       sync.WaitGroup
	near, away net.Conn
}

// An exchange is one request and the answer to it.
type exchange struct {
	method, path string
	request      http.Header
	status       int
	response     http.Header
	body         []byte
}

// newTap listens in front of the server at base, a plain HTTP URL.
func newTap(t testing.TB, base string) *tap {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &tap{t: t, target: u.Host, URL: "http://" + l.Addr().String() + strings.TrimSuffix(u.Path, "/")}
	var accepting sync.WaitGroup
	accepting.Go(func() { p.accept(l) })
	t.Cleanup(func() {
		l.Close()
		accepting.Wait()
		p.hangUp()
	})
	return p
}

func (p *tap) accept(l net.Listener) {
	for {
		near, err := l.Accept()
		if err != nil {
			return
		}
		away, err := net.Dial("tcp", p.target)
		if err != nil {
			near.Close()
			continue
		}
		w := &wire{near: near, away: away}
		w.ends.Go(func() { w.relay(away, near, &w.up) })
		w.ends.Go(func() { w.relay(near, away, &w.down) })
		p.mu.Lock()
		p.wires = append(p.wires, w)
		p.mu.Unlock()
	}
}

// relay copies until either side ends. Bytes are recorded before they are passed
// on: once a client has an answer, the record holds it.
func (w *wire) relay(dst, src net.Conn, record *bytes.Buffer) {
	defer dst.(*net.TCPConn).CloseWrite()
	b := make([]byte, 64<<10)
	for {
		n, err := src.Read(b)
		w.mu.Lock()
		record.Write(b[:n])
		w.mu.Unlock()
		if _, werr := dst.Write(b[:n]); werr != nil || err != nil {
			return
		}
	}
}

func (p *tap) hangUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range p.wires {
		w.near.Close()
		w.away.Close()
		w.ends.Wait()
	}
}

// exchanges returns everything that was said, connection by connection.
func (p *tap) exchanges() []exchange {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []exchange
	for _, w := range p.wires {
		xs, err := w.exchanges()
		if err != nil {
			p.t.Fatalf("reading what crossed the wire: %v", err)
		}
		all = append(all, xs...)
	}
	return all
}

func (w *wire) exchanges() ([]exchange, error) {
	w.mu.Lock()
	up := bufio.NewReader(bytes.NewReader(w.up.Bytes()))
	down := bufio.NewReader(bytes.NewReader(w.down.Bytes()))
	w.mu.Unlock()
	var xs []exchange
	for {
		req, err := http.ReadRequest(up)
		if errors.Is(err, io.EOF) {
			return xs, nil
		}
		if err != nil {
			return xs, err
		}
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return xs, err
		}
		res, err := http.ReadResponse(down, req)
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			return xs, nil // the client left before the answer
		}
		if err != nil {
			return xs, err
		}
		body, err := io.ReadAll(res.Body)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return xs, err
		}
		xs = append(xs, exchange{req.Method, req.URL.Path, req.Header, res.StatusCode, res.Header, body})
	}
}

// asked returns the requests, sorted, each "GET /path 200".
func (p *tap) asked() []string {
	p.t.Helper()
	var lines []string
	for _, x := range p.exchanges() {
		lines = append(lines, fmt.Sprintf("%s %s %d", x.method, x.path, x.status))
	}
	slices.Sort(lines)
	return lines
}

// find returns the exchanges whose path ends in suffix, in order.
func (p *tap) find(suffix string) []exchange {
	p.t.Helper()
	var found []exchange
	for _, x := range p.exchanges() {
		if strings.HasSuffix(x.path, suffix) {
			found = append(found, x)
		}
	}
	return found
}

// missesOnly fails the test if a request was answered by an error, other than
// for a path that ends in one of documented.
func (p *tap) missesOnly(documented ...string) {
	p.t.Helper()
	for _, x := range p.exchanges() {
		if x.status >= 400 && !slices.ContainsFunc(documented, func(d string) bool { return strings.HasSuffix(x.path, d) }) {
			p.t.Errorf("the mirror answered %s %s with %d: %q", x.method, x.path, x.status, x.body)
		}
	}
}
