package front

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// talk is a connection on which requests are sent one after the other.
type talk struct {
	t *testing.T
	net.Conn
	in *bufio.Reader
}

func converse(t *testing.T, url string) *talk {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &talk{t, c, bufio.NewReader(c)}
}

func (c *talk) get(path string, headers ...string) (status int, body string) {
	c.t.Helper()
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n", path, strings.Join(append(headers, ""), "\r\n"))
	resp, err := http.ReadResponse(c.in, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

func (c *talk) expect(path string, status int, body string) {
	c.t.Helper()
	if got, text := c.get(path); got != status || text != body {
		c.t.Errorf("%s: %d %q, want %d %q", path, got, text, status, body)
	}
}

func TestPlainRequestsAreCountedAndLimited(t *testing.T) {
	m := newMirror(t)
	m.publish("hex", map[string]string{"names": "content"})
	f := build(t, m.site(), func(c *Config) {
		c.Listen = []string{"127.0.0.1:0"}
		c.Rate, c.Burst, c.Connections = 1e-6, 4, 1
	})
	if f.plain == nil {
		t.Fatal("plain requests have no way of their own")
	}
	f.ready() // what is published has been read
	url := f.start()[0]

	one := converse(t, url)
	one.expect("/hex/names", http.StatusOK, "content")
	one.expect("/hex/names", http.StatusOK, "content")
	two := converse(t, url)
	if b, _ := io.ReadAll(two); len(b) > 0 { // closed, or reset
		t.Errorf("%q on a connection too many", b)
	}
	one.expect("/hex/none", http.StatusNotFound, "not found\n") // the ordinary way, from here on
	one.expect("/hex/names", http.StatusOK, "content")
	one.expect("/hex/names", http.StatusTooManyRequests, "too many requests, try again later\n")
	_, text := one.get("/metrics")
	for !strings.Contains(text, "offmirror_connections 1\n") { // the server has not noticed yet that the second one is closed
		_, text = one.get("/metrics")
	}
	for _, line := range []string{
		`offmirror_requests_total{ecosystem="hex",status="200"} 3`,
		`offmirror_requests_total{ecosystem="hex",status="404"} 1`,
		`offmirror_requests_total{ecosystem="hex",status="429"} 1`,
		`offmirror_request_duration_seconds_count{ecosystem="hex"} 5`,
		`offmirror_requests_in_flight 1`,
		`offmirror_connections_refused_total 1`,
		`offmirror_response_bytes_total{ecosystem="hex"} 66`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("no %s in\n%s", line, text)
		}
	}
}

// A plain request that comes when there were too many is refused as ever.
func TestPlainRequestTooMany(t *testing.T) {
	m := newMirror(t)
	m.publish("hex", map[string]string{"names": "content"})
	f := build(t, m.site(), func(c *Config) {
		c.Listen = []string{"127.0.0.1:0"}
		c.Rate, c.Burst = 1e-6, 2
	})
	f.ready()
	client := converse(t, f.start()[0])
	client.expect("/hex/names", http.StatusOK, "content")
	client.expect("/hex/names", http.StatusOK, "content")
	client.expect("/hex/names", http.StatusTooManyRequests, "too many requests, try again later\n")
}

// Where more stands between clients and site, plain requests go through it.
func TestPlainRequestsOfGuardedSites(t *testing.T) {
	m := newMirror(t)
	m.publish("hex", map[string]string{"names": "content"})
	for name, change := range map[string]func(*Config){
		"access":  func(c *Config) { c.Access = map[string]Access{"hex": {UsersEnv: "OFFMIRROR_TEST_USERS"}} },
		"page":    func(c *Config) { c.Access = map[string]Access{"page": {UsersEnv: "OFFMIRROR_TEST_USERS"}} },
		"hosts":   func(c *Config) { c.Hosts = map[string]string{"repo.hex.pm": "hex"} },
		"proxies": func(c *Config) { c.Proxies = []string{"127.0.0.1"} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("OFFMIRROR_TEST_USERS", "ann:{PLAIN}secret")
			if f := build(t, m.site(), change); f.plain != nil {
				t.Error("plain requests have a way of their own")
			}
		})
	}
}

// The access log says the same of a plain request as of one that goes the ordinary way.
func TestPlainRequestsAreLogged(t *testing.T) {
	m := newMirror(t)
	m.publish("hex", map[string]string{"names": "content"})
	f := build(t, m.site(), func(c *Config) {
		c.Listen = []string{"127.0.0.1:0"}
		c.AccessLog = "-"
	})
	f.ready()
	url := f.start()[0]
	var etag string
	asked := 0
	for _, r := range []struct{ method, headers string }{
		{"GET", ""},
		{"GET", "User-Agent: " + strings.Repeat("mix ", 200) + "\r\n"},
		{"HEAD", "User-Agent: mix\r\n"},
		{"GET", "If-None-Match: ETAG\r\n"},
	} {
		var said []string
		for _, way := range []string{"", "X-Unknown: 1\r\n"} { // plain, or not
			c := converse(t, url)
			fmt.Fprintf(c, "%s /hex/names HTTP/1.1\r\nHost: x:80\r\n%s%s\r\n", r.method, way, strings.ReplaceAll(r.headers, "ETAG", etag))
			resp, err := http.ReadResponse(c.in, &http.Request{Method: r.method})
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			etag = resp.Header.Get("ETag")
			asked++
			said = append(said, logged(t, f.accessLog, asked))
		}
		if said[0] != said[1] || !strings.Contains(said[0], `"host":"x:80"`) {
			t.Errorf("%s %q is logged as\n%s\nand in the ordinary way as\n%s", r.method, r.headers, said[0], said[1])
		}
	}
}

// logged returns the line of the n-th request, which comes a moment after its answer, without what differs each time.
func logged(t *testing.T, log *lines, n int) string {
	t.Helper()
	for strings.Count(log.String(), "\n") < n {
		time.Sleep(time.Millisecond)
	}
	var fields map[string]any
	if err := json.Unmarshal([]byte(strings.Split(log.String(), "\n")[n-1]), &fields); err != nil {
		t.Fatal(err)
	}
	delete(fields, "time")
	delete(fields, "seconds")
	text, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
