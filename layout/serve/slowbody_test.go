package serve

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pipeListener hands out one end of a pipe, whose deadlines are on the bubble's clock.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}
func (l *pipeListener) Close() error   { close(l.done); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

// Who announces a body and never sends it must not hold a connection for ever.
func TestBodiesThatNeverCome(t *testing.T) {
	for _, request := range []string{
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
		"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
	} {
		synctest.Test(t, func(t *testing.T) {
			s := NewServer(http.HandlerFunc(NotFound), Options{})
			l := &pipeListener{make(chan net.Conn), make(chan struct{})}
			go func() { _ = s.http.Serve(l) }()
			client, server := net.Pipe()
			l.conns <- server
			closed := make(chan struct{})
			go func() {
				_, _ = io.WriteString(client, request)
				_, _ = io.Copy(io.Discard, client)
				close(closed)
			}()
			time.Sleep(10 * time.Minute)
			synctest.Wait()
			select {
			case <-closed:
			default:
				t.Errorf("%q: the connection is still open", strings.Fields(request)[0])
			}
			_ = client.Close()
			_ = s.http.Close()
		})
	}
}

// A handler that reads the body has all the time it needs for its answer.
func TestBodiesThatCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			data, err := io.ReadAll(r.Body)
			time.Sleep(10 * time.Minute)
			if err == nil {
				err = r.Context().Err()
			}
			if err != nil {
				t.Errorf("read %q: %v", data, err)
			}
			_, _ = w.Write(data)
		})
		s := NewServer(h, Options{})
		l := &pipeListener{make(chan net.Conn), make(chan struct{})}
		go func() { _ = s.http.Serve(l) }()
		client, server := net.Pipe()
		l.conns <- server
		go func() {
			_, _ = io.WriteString(client, "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\n")
			time.Sleep(20 * time.Second)
			_, _ = io.WriteString(client, "abc")
		}()
		answer, _ := io.ReadAll(client)
		if !strings.HasSuffix(string(answer), "\r\n\r\nabc") {
			t.Errorf("answer %q", answer)
		}
		_ = s.http.Close()
	})
}
