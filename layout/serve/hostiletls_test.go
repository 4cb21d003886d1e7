package serve

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// Over TLS there are more ways to begin and never to end: the handshake, and in HTTP/2 frames that
// announce more.
func TestSlowClientsOverTLS(t *testing.T) {
	certFile, keyFile, pool := certificate(t)
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	const (
		preface  = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
		settings = "\x00\x00\x00\x04\x00\x00\x00\x00\x00"
		headers  = "\x00\x00\x01\x01\x00\x00\x00\x00\x01\x82" // of stream 1, and more are to come
		half     = "\x00\x40\x00\x01\x04\x00\x00\x00\x01\x82" // a byte of sixteen thousand
	)
	for name, c := range map[string]struct {
		protocol string // "": no handshake
		sends    []string
	}{
		"nothing":                 {"", nil},
		"half a handshake":        {"", []string{"\x16\x03\x01\x02\x00\x01"}},
		"no request":              {"http/1.1", nil},
		"half a request":          {"http/1.1", []string{"GET / HTTP/1.1\r\nHost: x\r\n"}},
		"no preface":              {"h2", nil},
		"half a preface":          {"h2", []string{preface[:10]}},
		"no request in HTTP/2":    {"h2", []string{preface, settings}},
		"headers without an end":  {"h2", []string{preface, settings, headers}},
		"half a frame in HTTP/2":  {"h2", []string{preface, settings, half}},
		"a frame after the other": {"h2", []string{preface, settings, settings, settings}},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := NewServer(http.HandlerFunc(NotFound), Options{TLS: &tls.Config{
				Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2", "http/1.1"},
				Time: func() time.Time { return pair.Leaf.NotBefore.Add(time.Minute) },
			}})
			l := &pipeListener{make(chan net.Conn), make(chan struct{})}
			go func() { _ = s.http.ServeTLS(l, "", "") }()
			near, far := net.Pipe()
			l.conns <- far
			var client io.ReadWriter = near
			if c.protocol != "" {
				secure := tls.Client(near, &tls.Config{
					RootCAs: pool, ServerName: "127.0.0.1", NextProtos: []string{c.protocol},
					Time: func() time.Time { return pair.Leaf.NotBefore.Add(time.Minute) },
				})
				if err := secure.Handshake(); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				client = secure
			}
			ended := make(chan struct{})
			go func() {
				_, _ = io.Copy(io.Discard, client)
				close(ended)
			}()
			for _, text := range c.sends {
				_, _ = io.WriteString(client, text)
			}
			time.Sleep(time.Hour)
			synctest.Wait()
			select {
			case <-ended:
			default:
				t.Errorf("%s: the connection is still open", name)
			}
			_ = near.Close()
			_ = s.http.Close()
		})
	}
}
