package express

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// source knows what is below /known, and says what it was told.
type source struct {
	gate  chan struct{} // if it is there: each answer takes one
	asked chan string   // if it is there: told of each question
	sent  atomic.Int64
	bytes atomic.Int64
}

func (s *source) Find(q *Request, a *Answer) bool {
	if s.asked != nil {
		s.asked <- q.Path
	}
	if s.gate != nil {
		<-s.gate
	}
	if q.Path == "panic" {
		panic("source")
	}
	name, ok := strings.CutPrefix(q.Path, "known/")
	if !ok {
		return false
	}
	a.Status, a.Body = http.StatusOK, []byte(name)
	if len(name) > 3 {
		copy(a.Room(len(name)), name)
	}
	a.Header = fmt.Appendf(a.Header, "Content-Length: %d\r\n", len(name))
	return true
}

func (s *source) Sent(_ *Request, _ *Answer, bytes int64, _ time.Duration) {
	s.sent.Add(1)
	s.bytes.Add(bytes)
}

// replayed is a connection that was handed over.
type replayed struct {
	*net.TCPConn
	in io.Reader
}

func (c *replayed) Read(b []byte) (int, error) { return c.in.Read(b) }

// road is a lane and a server of net/http behind it.
type road struct {
	lane   *Lane
	server *http.Server
	url    string
	open   atomic.Int64
	panics atomic.Int64
}

func newRoad(t *testing.T, s Source, change func(*Options)) *road {
	t.Helper()
	r := &road{}
	o := Options{
		Source: s, FirstTimeout: time.Minute, IdleTimeout: time.Minute, WriteTimeout: time.Minute,
		Rest: func(c *net.TCPConn, read []byte) net.Conn {
			return &replayed{c, io.MultiReader(strings.NewReader(string(read)), c)}
		},
		ConnState: func(_ net.Conn, s http.ConnState) {
			if s == http.StateNew {
				r.open.Add(1)
			} else {
				r.open.Add(-1)
			}
		},
		Panicked: func(net.Conn, any) { r.panics.Add(1) },
	}
	if change != nil {
		change(&o)
	}
	r.lane = New(o)
	r.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		_, _ = io.WriteString(w, "rest of "+q.URL.Path)
	})}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.url = l.Addr().String()
	rest := r.lane.Listen(l)
	done := make(chan error, 1)
	go func() { done <- r.server.Serve(rest) }()
	t.Cleanup(func() {
		_ = r.server.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve: %v", err)
		}
	})
	return r
}

// client is a connection to a road.
type client struct {
	t *testing.T
	net.Conn
	in *bufio.Reader
}

func (r *road) dial(t *testing.T) *client {
	t.Helper()
	c, err := net.Dial("tcp", r.url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(time.Minute)) // so that a failure does not hang
	return &client{t, c, bufio.NewReader(c)}
}

func (c *client) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		c.t.Fatal(err)
	}
}

func get(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n" }

// expect reads an answer.
func (c *client) expect(method, body string) *http.Response {
	c.t.Helper()
	resp, err := http.ReadResponse(c.in, &http.Request{Method: method})
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || string(data) != body {
		c.t.Fatalf("%d %q, %v; want %q", resp.StatusCode, data, err, body)
	}
	if _, err := http.ParseTime(resp.Header.Get("Date")); err != nil {
		c.t.Errorf("Date: %v", err)
	}
	return resp
}

// ends checks that the connection is closed, and nothing more comes.
func (c *client) ends() {
	c.t.Helper()
	if b, err := io.ReadAll(c.in); err != nil || len(b) > 0 {
		c.t.Errorf("%q, %v; want the end", b, err)
	}
}

func TestLaneAndRest(t *testing.T) {
	s := &source{}
	r := newRoad(t, s, nil)
	c := r.dial(t)
	long := strings.Repeat("x", 3000)
	for _, name := range []string{"a", "abcdef", long} {
		c.send(get("/known/" + name))
		c.expect(http.MethodGet, name)
	}
	c.send("HEAD /known/abcdef HTTP/1.1\r\nHost: x\r\n\r\n")
	if resp := c.expect(http.MethodHead, ""); resp.ContentLength != 6 {
		t.Errorf("Content-Length: %d", resp.ContentLength)
	}
	c.send(get("/unknown"))
	c.expect(http.MethodGet, "rest of /unknown")
	c.send(get("/known/a")) // never back
	c.expect(http.MethodGet, "rest of /known/a")
	if sent, bytes := s.sent.Load(), s.bytes.Load(); sent != 4 || bytes != int64(1+6+len(long)) {
		t.Errorf("%d answers, %d bytes", sent, bytes)
	}
}

func TestPiecesAndPipelines(t *testing.T) {
	r := newRoad(t, &source{}, nil)
	pipelined := r.dial(t)
	pipelined.send(get("/known/a") + get("/known/b"))
	pipelined.expect(http.MethodGet, "rest of /known/a")
	pipelined.expect(http.MethodGet, "rest of /known/b")

	slow := r.dial(t)
	for _, b := range []byte(get("/some") + get("/more")) {
		slow.send(string(b))
	}
	slow.expect(http.MethodGet, "rest of /some")
	slow.expect(http.MethodGet, "rest of /more")

	long := r.dial(t)
	long.send("GET /" + strings.Repeat("x", 2*maxHead) + " HTTP/1.1\r\nHost: x\r\n\r\n")
	long.expect(http.MethodGet, "rest of /"+strings.Repeat("x", 2*maxHead))
}

func TestTimeouts(t *testing.T) {
	r := newRoad(t, &source{}, func(o *Options) { o.FirstTimeout = 10 * time.Millisecond })
	r.dial(t).ends()
	r = newRoad(t, &source{}, func(o *Options) { o.IdleTimeout = 10 * time.Millisecond })
	c := r.dial(t)
	c.send(get("/known/a"))
	c.expect(http.MethodGet, "a")
	c.ends()
}

func TestPanic(t *testing.T) {
	r := newRoad(t, &source{}, nil)
	c := r.dial(t)
	c.send(get("/panic"))
	c.ends()
	if n := r.panics.Load(); n != 1 {
		t.Errorf("%d panics", n)
	}
	other := r.dial(t)
	other.send(get("/known/a"))
	other.expect(http.MethodGet, "a")
}

func TestConnState(t *testing.T) {
	closed := make(chan struct{}, 2)
	r := newRoad(t, &source{}, func(o *Options) {
		state := o.ConnState
		o.ConnState = func(c net.Conn, s http.ConnState) {
			state(c, s)
			if s == http.StateClosed {
				closed <- struct{}{}
			}
		}
	})
	one, two := r.dial(t), r.dial(t)
	one.send(get("/known/a"))
	one.expect(http.MethodGet, "a")
	two.send(get("/unknown"))
	two.expect(http.MethodGet, "rest of /unknown")
	if n := r.open.Load(); n != 2 {
		t.Errorf("%d are open, want 2", n)
	}
	_, _ = one.Close(), two.Close()
	<-closed
	if n := r.open.Load(); n != 1 || len(closed) > 0 {
		t.Errorf("%d are open for the lane, want that which was handed over", n)
	}
}

// Who is told to stop closes what is idle, finishes answers, and hands over what needs it.
func TestShutdown(t *testing.T) {
	s := &source{gate: make(chan struct{}, 3), asked: make(chan string)}
	r := newRoad(t, s, nil)
	fresh, idle, busy, leaving := r.dial(t), r.dial(t), r.dial(t), r.dial(t)
	idle.send(get("/known/idle"))
	<-s.asked
	s.gate <- struct{}{}
	idle.expect(http.MethodGet, "idle")
	busy.send(get("/known/busy"))
	<-s.asked
	leaving.send(get("/unknown"))
	<-s.asked
	done := make(chan error, 1)
	go func() { done <- r.lane.Shutdown(context.Background()) }()
	idle.ends()
	fresh.ends()
	close(s.gate)
	if resp := busy.expect(http.MethodGet, "busy"); !resp.Close {
		t.Error("no Connection: close")
	}
	busy.ends()
	leaving.expect(http.MethodGet, "rest of /unknown")
	if err := <-done; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if c, err := net.Dial("tcp", r.url); err == nil {
		c.Close()
		t.Error("a connection is accepted after that")
	}
}

// A client that takes nothing ends with the context.
func TestShutdownInTime(t *testing.T) {
	s := &source{gate: make(chan struct{}), asked: make(chan string)}
	r := newRoad(t, s, nil)
	c := r.dial(t)
	c.send(get("/known/a"))
	<-s.asked
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.lane.Shutdown(ctx) }()
	cancel()
	if b, _ := io.ReadAll(c.in); len(b) > 0 { // cut, while the source still thinks
		t.Errorf("%q", b)
	}
	close(s.gate)
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown: %v", err)
	}
}

// failing is a listener whose next Accepts fail.
type failing struct {
	net.Listener
	errors chan error
}

func (l *failing) Accept() (net.Conn, error) {
	select {
	case err := <-l.errors:
		return nil, err
	default:
		return l.Listener.Accept()
	}
}

func TestListenerThatFails(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	want := errors.New("no more")
	l := &failing{inner, make(chan error, 2)}
	l.errors <- want
	l.errors <- want
	lane := New(Options{Source: &source{}})
	rest := lane.Listen(l)
	for range 2 {
		if c, err := rest.Accept(); c != nil || !errors.Is(err, want) {
			t.Errorf("Accept: %v", err)
		}
	}
	if err := rest.Close(); err != nil {
		t.Error(err)
	}
	if _, err := rest.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept after Close: %v", err)
	}
	if err := lane.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}
