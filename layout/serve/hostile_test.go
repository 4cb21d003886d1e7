package serve

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAbsurdRanges(t *testing.T) {
	m := newMirror(t)
	const content = "0123456789"
	m.publish("hex", files{"a": content})
	h := NewServer(m.site(), Options{}).http.Handler
	many := func(n int) string { return "bytes=" + strings.TrimSuffix(strings.Repeat("0-0,", n), ",") }
	for ranges, want := range map[string]int{
		"bytes=2-4":                         206,
		"bytes=-3":                          206,
		"bytes=0-1,3-4":                     206,
		many(8):                             206,
		many(maxRanges + 1):                 200,
		many(10_000):                        200,
		"bytes=0-":                          206,
		"bytes=0-99999999999999999999":      416,
		"bytes=99999999999999999999-":       416,
		"bytes=10-":                         416,
		"bytes=-0":                          200,
		"bytes=5-2":                         416,
		"bytes=-":                           416,
		"bytes=a-b":                         416,
		"bytes":                             416,
		"lines=1-2":                         200,
		"bytes =1-2":                        200,
		"bytes=-00":                         200,
		"bytes= -0":                         200,
		"bytes=0-1,-0":                      200,
		"bytes=0-1, -0 ,3-4":                200,
		"bytes=-01":                         206,
		"bytes=-9223372036854775808":        416,
		"bytes=0-9223372036854775807":       206,
		"bytes= 1 - 2 ":                     206,
		"bytes=" + strings.Repeat(",", 100): 200,
	} {
		resp := ask(t, h, http.MethodGet, "/hex/a", "Range: "+ranges)
		got := body(t, resp)
		if resp.StatusCode != want || want == 200 && got != content || len(got) > 4000 {
			t.Errorf("%.40s: %d, %d bytes; want %d", ranges, resp.StatusCode, len(got), want)
		}
	}
}

func TestFloods(t *testing.T) {
	m := newMirror(t)
	m.publish("hex", files{"a": "1"})
	url, _ := start(t, m.site(), Options{})
	for name, c := range map[string]struct {
		request string
		want    int
	}{
		"a long URL":          {"GET /hex/" + strings.Repeat("x", 30<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n", 404},
		"a long query":        {"GET /hex/a?" + strings.Repeat("x", 30<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n", 200},
		"a giant URL":         {"GET /hex/" + strings.Repeat("x", 200<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n", 431},
		"a giant header":      {"GET /hex/a HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 200<<10) + "\r\n\r\n", 431},
		"very many headers":   {"GET /hex/a HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X: y\r\n", 50_000) + "\r\n", 431},
		"many slashes":        {"GET " + strings.Repeat("/", 10<<10) + "hex/a HTTP/1.1\r\nHost: x\r\n\r\n", 200},
		"very many parts":     {"GET /hex" + strings.Repeat("/a", 10<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n", 404},
		"many dots":           {"GET /hex" + strings.Repeat("/..", 10<<10) + "/etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 404},
		"two lengths":         {"POST /hex/a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
		"length and chunks":   {"POST /hex/a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 405},
		"no host":             {"GET /hex/a HTTP/1.1\r\n\r\n", 400},
		"two hosts":           {"GET /hex/a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400},
		"a control character": {"GET /hex/a HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n", 400},
	} {
		answers := tryRaw(t, url, c.request)
		if answers != c.want {
			t.Errorf("%s: %d, want %d", name, answers, c.want)
		}
	}
}

// tryRaw sends a request as it is, which the server may not read to its end, and returns the status.
func tryRaw(t *testing.T, url, request string) int {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() { _, _ = io.WriteString(conn, request) }()
	var status int
	if _, err := fmt.Fscanf(conn, "HTTP/1.1 %d", &status); err != nil {
		t.Fatalf("%.40q: %v", request, err)
	}
	return status
}

// bubble runs a client against a server on one pipe, both on the clock of a bubble, and reports
// whether the server has ended the connection when the client returns.
func bubble(t *testing.T, h http.Handler, client func(net.Conn)) (ended bool) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(h, Options{})
		l := &pipeListener{make(chan net.Conn), make(chan struct{})}
		go func() { _ = s.http.Serve(l) }()
		near, far := net.Pipe()
		l.conns <- far
		client(near)
		synctest.Wait()
		_ = near.SetWriteDeadline(time.Now().Add(time.Millisecond))
		_, err := near.Write([]byte("x"))
		ended = errors.Is(err, io.ErrClosedPipe)
		_ = near.Close()
		_ = s.http.Close()
	})
	return ended
}

// Who sends a byte now and then, and never a whole request, is not waited for.
func TestSlowRequests(t *testing.T) {
	for name, text := range map[string]string{
		"a request line": "GET /" + strings.Repeat("x", 1000),
		"headers":        "GET / HTTP/1.1\r\n" + strings.Repeat("X: y\r\n", 200),
		"nothing at all": "",
	} {
		took := time.Duration(0)
		bubble(t, http.HandlerFunc(NotFound), func(c net.Conn) {
			begun := time.Now()
			go func() { _, _ = io.Copy(io.Discard, c) }()
			for i := range text {
				_ = c.SetWriteDeadline(time.Now().Add(time.Hour))
				if _, err := io.WriteString(c, text[i:i+1]); err != nil {
					took = time.Since(begun) // on the clock of the bubble
					return
				}
				time.Sleep(time.Second)
			}
			if text == "" {
				time.Sleep(time.Minute)
				_, err := c.Write([]byte("x"))
				if err != nil {
					took = time.Since(begun)
				}
			}
		})
		if took == 0 || took > time.Minute {
			t.Errorf("%s: %v", name, took)
		}
	}
}

// Who stops reading in the middle of a file does not hold it open for ever.
func TestSlowReaders(t *testing.T) {
	m := newMirror(t)
	m.publish("hex", files{"big": strings.Repeat("x", 1<<20)})
	ended := bubble(t, m.site(), func(c net.Conn) {
		if _, err := io.WriteString(c, "GET /hex/big HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Error(err)
		}
		if _, err := io.ReadFull(c, make([]byte, 10_000)); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Hour)
	})
	if !ended {
		t.Error("the connection is still open")
	}
}

// Who keeps a connection without asking for anything gives it back.
func TestIdleConnections(t *testing.T) {
	ended := bubble(t, http.HandlerFunc(NotFound), func(c net.Conn) {
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Error(err)
		}
		go func() { _, _ = io.Copy(io.Discard, c) }()
		time.Sleep(time.Hour)
	})
	if !ended {
		t.Error("the connection is still open")
	}
}
