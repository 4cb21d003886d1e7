package front

import (
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/layout/serve/certs/certstest"
)

// everything is a server with all that can be configured in front of a mirror, and who may ask it.
func everything(t *testing.T) (b *built, a *certstest.Authority, address string) {
	m, a := newMirror(t), certstest.New(t)
	m.publish("hex", map[string]string{"names": "0123456789"})
	certFile, keyFile := a.Issue("site", time.Now().AddDate(1, 0, 0), "mirror.corp", "repo.hex.pm", "127.0.0.1")
	b = build(t, m.site(), func(c *Config) {
		c.Certificates = []Certificate{{certFile, keyFile}}
		c.Hosts = map[string]string{"repo.hex.pm": "hex"}
		c.Access = map[string]Access{"*": {Tokens: file(t, "ci a-token-of-some-length\n")}}
		c.Rate, c.Burst, c.AccessLog, c.Proxies = 1000, 1000, "-", []string{"10.0.0.0/8"}
	})
	return b, a, strings.TrimPrefix(b.start()[0], "https://")
}

// sane checks that somebody else is served as ever.
func sane(t *testing.T, a *certstest.Authority, address string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://repo.hex.pm/names", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer a-token-of-some-length")
	resp, err := client(t, a, "https://"+address).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "0123456789" {
		t.Errorf("%d %q %v", resp.StatusCode, body, err)
	}
}

func dial(t *testing.T, a *certstest.Authority, address, protocol string) *tls.Conn {
	t.Helper()
	d := tls.Dialer{Config: &tls.Config{RootCAs: a.Pool(), ServerName: "mirror.corp", NextProtos: []string{protocol}}}
	conn, err := d.DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn.(*tls.Conn)
}

// What is absurd is refused or answered in a few bytes, whatever stands in front of the site, and the access log stays short.
func TestAbsurdRequestsToAllThatIsConfigured(t *testing.T) {
	b, a, address := everything(t)
	const good = "Authorization: Bearer a-token-of-some-length\r\n"
	many := strings.TrimSuffix(strings.Repeat("0-0,", 10_000), ",")
	for name, c := range map[string]struct {
		head string
		want int
	}{
		"as it should be":            {"GET /hex/names HTTP/1.1\r\nHost: mirror.corp\r\n" + good, 200},
		"a long URL":                 {"GET /hex/" + strings.Repeat("x", 30<<10) + " HTTP/1.1\r\nHost: mirror.corp\r\n" + good, 404},
		"a long URL under a name":    {"GET /" + strings.Repeat("x/", 15<<10) + " HTTP/1.1\r\nHost: repo.hex.pm\r\n" + good, 404},
		"a long URL of a stranger":   {"GET /hex/" + strings.Repeat("x", 30<<10) + " HTTP/1.1\r\nHost: mirror.corp\r\n", 401},
		"a long method":              {strings.Repeat("X", 30<<10) + " /hex/names HTTP/1.1\r\nHost: mirror.corp\r\n" + good, 405},
		"a long host":                {"GET /hex/names HTTP/1.1\r\nHost: " + strings.Repeat("x", 30<<10) + "\r\n" + good, 200},
		"a long agent":               {"GET /hex/names HTTP/1.1\r\nHost: mirror.corp\r\nUser-Agent: " + strings.Repeat("x", 30<<10) + "\r\n" + good, 200},
		"a long token":               {"GET /hex/names HTTP/1.1\r\nHost: mirror.corp\r\nAuthorization: Bearer " + strings.Repeat("x", 30<<10) + "\r\n", 401},
		"a long password":            {"GET /hex/names HTTP/1.1\r\nHost: mirror.corp\r\nAuthorization: Basic " + strings.Repeat("YTpi", 8<<10) + "\r\n", 401},
		"many proxies":               {"GET /hex/names HTTP/1.1\r\nHost: mirror.corp\r\nX-Forwarded-For: 1.2.3.4" + strings.Repeat(", 10.0.0.1", 3<<10) + "\r\n" + good, 200},
		"many ranges":                {"GET /hex/names HTTP/1.1\r\nHost: mirror.corp\r\nRange: bytes=" + many + "\r\n" + good, 200},
		"a range beyond all numbers": {"GET /hex/names HTTP/1.1\r\nHost: mirror.corp\r\nRange: bytes=99999999999999999999-\r\n" + good, 416},
		"a range that goes back":     {"GET /names HTTP/1.1\r\nHost: repo.hex.pm\r\nRange: bytes=5-2\r\n" + good, 416},
		"a giant URL":                {"GET /hex/" + strings.Repeat("x", 200<<10) + " HTTP/1.1\r\nHost: mirror.corp\r\n" + good, 431},
		"a giant header":             {"GET /hex/names HTTP/1.1\r\nHost: mirror.corp\r\nX: " + strings.Repeat("x", 200<<10) + "\r\n" + good, 431},
		"very many headers":          {"GET /hex/names HTTP/1.1\r\nHost: mirror.corp\r\n" + strings.Repeat("X: y\r\n", 50_000) + good, 431},
	} {
		conn := dial(t, a, address, "http/1.1")
		go func() { _, _ = io.WriteString(conn, c.head+"\r\n") }() // it may not be read to its end
		var status int
		if _, err := fmt.Fscanf(conn, "HTTP/1.1 %d", &status); err != nil || status != c.want {
			t.Errorf("%s: %d, %v; want %d", name, status, err, c.want)
		}
	}
	sane(t, a, address)
	for line := range strings.Lines(b.accessLog.String()) {
		if len(line) > 8<<10 {
			t.Errorf("a line of %d bytes in the access log: %.200s…", len(line), line)
		}
	}
}

// Over HTTP/2 a request may be more frames than anybody would read.
func TestFloodOfHeadersOverHTTP2(t *testing.T) {
	_, a, address := everything(t)
	conn := dial(t, a, address, "h2")
	if p := conn.ConnectionState().NegotiatedProtocol; p != "h2" {
		t.Fatalf("the server speaks %q", p)
	}
	go func() { _, _ = io.Copy(io.Discard, conn) }()
	frame := func(kind byte, payload []byte) []byte {
		head := binary.BigEndian.AppendUint32(nil, uint32(len(payload))<<8|uint32(kind))
		return append(append(head, 0, 0, 0, 0, 1), payload...) // stream 1, and the head is not over
	}
	field := append([]byte{0, 1, 'x', 100}, strings.Repeat("y", 100)...)
	fields := []byte(strings.Repeat(string(field), 150))
	flood := append([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"), frame(1, fields)...)
	_, err := conn.Write(flood)
	sent := 0
	for ; err == nil && sent < 4096; sent++ { // 64 MiB
		_, err = conn.Write(frame(9, fields))
	}
	if err == nil {
		t.Errorf("the server took %d frames of headers", sent)
	}
	sane(t, a, address)
}

// What a path is made of is nothing to any of them.
func TestPathsInEveryEncodingToAllThatIsConfigured(t *testing.T) {
	b, _, _ := everything(t)
	for _, path := range []string{
		"/hex/../../etc/passwd", "/hex/%2e%2e/%2e%2e/etc/passwd", "/hex/..%2f..%2fetc/passwd", "/hex/%2e%2e%5c..%5cetc", "/hex/names%00", "/hex/%c0%ae%c0%ae/x",
		"/hex/@../names", "/hex/@%2e%2e/names", "//hex//..//names", "/hex/./names", "/%2e%2e/hex/names", "/hex/names/", "/-/../hex/names", "/api/../hex/names",
	} {
		u, err := url.ParseRequestURI(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"mirror.corp", "repo.hex.pm"} {
			got := b.ask("192.0.2.9:1", "/", host(name), func(r *http.Request) { r.URL = u }, header("Authorization", "Bearer a-token-of-some-length"))
			if got.Code == 200 && got.Body.String() != "0123456789" || got.Code >= 500 || strings.Contains(got.Body.String(), "root:") {
				t.Errorf("%s of %s: %d %.100q", path, name, got.Code, got.Body)
			}
			if got := b.ask("192.0.2.9:1", "/", host(name), func(r *http.Request) { r.URL = u }); got.Code != 401 {
				t.Errorf("%s of %s without a token: %d", path, name, got.Code)
			}
		}
	}
}
