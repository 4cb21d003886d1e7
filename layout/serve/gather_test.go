package serve

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// written hands out the connections that it accepts.
type written struct {
	net.Listener
	conns chan *gatherConn
}

func (l written) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.conns <- c.(*gatherConn)
	}
	return c, err
}

// Bodies of every size arrive as they are, one after the other on a connection and
// several before the first is read; nothing is held back after an answer.
func TestGatheredAnswers(t *testing.T) {
	sizes := []int{0, 1, 2047, 2048, 2049, 3500, 3700, 3800, 3900, 4000, 4095, 4096, 4097, 6000, 8191, 8192, 8193, 12_000, 65_536, 100_000}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Path[1:])
		w.Header().Set("Content-Length", strconv.Itoa(n))
		switch r.URL.RawQuery {
		case "plain":
			_, _ = io.WriteString(w, strings.Repeat("p", n))
		case "copied":
			_, _ = io.CopyN(w, strings.NewReader(strings.Repeat("c", n)), int64(n))
		default:
			writeAll(w, r, []byte(strings.Repeat("x", n)))
		}
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conns := make(chan *gatherConn, 1)
	server := &http.Server{Handler: freshDeadline(handler), ConnContext: gatherContext, ReadHeaderTimeout: time.Minute}
	go server.Serve(written{gathering{l}, conns})
	t.Cleanup(func() { server.Close() })
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var requests strings.Builder
	type want struct {
		size   int
		letter string
	}
	var wants []want
	for _, n := range sizes {
		for query, letter := range map[string]string{"": "x", "?plain": "p", "?copied": "c"} {
			requests.WriteString("GET /" + strconv.Itoa(n) + query + " HTTP/1.1\r\nHost: x\r\n\r\n")
			wants = append(wants, want{n, letter})
		}
	}
	go io.WriteString(conn, requests.String())
	in := bufio.NewReader(conn)
	for _, w := range wants {
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatalf("%+v: %v", w, err)
		}
		if got := body(t, resp); got != strings.Repeat(w.letter, w.size) {
			t.Fatalf("%+v: %d bytes", w, len(got))
		}
	}
	server.Close()
	if c := <-conns; len(c.held) > 0 || c.due != 0 {
		t.Errorf("%d bytes are still held, %d due", len(c.held), c.due)
	}
}

// The deadline of a small answer is there before the answer, and gone before what may take longer.
func TestGatheredDeadlines(t *testing.T) {
	client, server := tcpPair(t)
	defer client.Close()
	c := &gatherConn{TCPConn: server}
	defer c.Close()
	if err := c.SetWriteDeadline(time.Time{}); err != nil || c.relieve {
		t.Fatal("taking away what is not there is work")
	}
	c.hurry()
	first := c.until
	if left := time.Until(first); left < patience/2 || left > patience {
		t.Fatalf("a small answer has %v", left)
	}
	if err := c.SetWriteDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	c.hurry()
	if c.until != first || c.relieve {
		t.Fatal("the next small answer has a new deadline so soon")
	}
	c.until = time.Now().Add(patience / 3)
	c.hurry()
	if c.until.Sub(first) < 0 {
		t.Fatal("a late one has the old deadline")
	}

	if err := c.SetWriteDeadline(time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("late")); err == nil {
		t.Fatal("a deadline that has passed lets an answer through")
	}
	if err := c.SetWriteDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("in time")); err != nil || !c.until.IsZero() {
		t.Fatalf("without a deadline: %v", err)
	}
	_ = c.SetWriteDeadline(time.Now().Add(-time.Second))
	_ = c.SetWriteDeadline(time.Time{})
	if _, err := c.ReadFrom(strings.NewReader("in time")); err != nil {
		t.Fatalf("without a deadline, from a file: %v", err)
	}
}

func tcpPair(t *testing.T) (client, server *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	one, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	other, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return one.(*net.TCPConn), other.(*net.TCPConn)
}
