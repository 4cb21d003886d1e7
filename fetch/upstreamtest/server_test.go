package upstreamtest_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/offmirror/offmirror/fetch/upstreamtest"
)

const path = "/file"

var body = bytes.Repeat([]byte("0123456789"), 5000)

// ask sends one request with headers in pairs and returns the answer, what could
// be read of its body, and why reading ended.
func ask(t *testing.T, c *http.Client, method, url string, headers ...string) (*http.Response, []byte, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	return resp, got, err
}

// plain is a client that follows nothing and keeps no connections.
func plain() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func TestGoodByDefault(t *testing.T) {
	up := upstreamtest.New(t, upstreamtest.Files{path: body})
	etag := upstreamtest.ETagOf(body)
	for _, c := range []struct {
		method, path string
		headers      []string
		status       int
		want         []byte
	}{
		{"GET", path, nil, 200, body},
		{"HEAD", path, nil, 200, nil},
		{"GET", "/else", nil, 404, []byte("404 page not found\n")},
		{"GET", path, []string{"If-None-Match", etag}, 304, nil},
		{"GET", path, []string{"If-None-Match", `"other"`}, 200, body},
		{"GET", path, []string{"Range", "bytes=49990-"}, 206, body[49990:]},
		{"GET", path, []string{"Range", "bytes=49990-", "If-Range", etag}, 206, body[49990:]},
		{"GET", path, []string{"Range", "bytes=49990-", "If-Range", `"other"`}, 200, body},
		{"GET", path, []string{"Range", "bytes=50000-"}, 416, nil},
	} {
		resp, got, err := ask(t, plain(), c.method, up.URL+c.path, c.headers...)
		if err != nil || resp.StatusCode != c.status {
			t.Errorf("%s %s %v: %v, %v", c.method, c.path, c.headers, resp, err)
			continue
		}
		if c.status != 416 && !bytes.Equal(got, c.want) {
			t.Errorf("%s %s %v: %d bytes, want %d", c.method, c.path, c.headers, len(got), len(c.want))
		}
		if c.status == 200 && resp.Header.Get("ETag") != etag {
			t.Errorf("ETag %s", resp.Header.Get("ETag"))
		}
	}
	if n := up.Count(path); n != 8 {
		t.Errorf("counted %d requests for %s", n, path)
	}
	if n := up.Count("*"); n != 9 {
		t.Errorf("counted %d requests", n)
	}
	if r := up.Requests()[3]; r.Header.Get("If-None-Match") != etag || r.Host != up.Addr() {
		t.Errorf("logged %+v", r)
	}
	up.Forget()
	if up.Count("*") != 0 {
		t.Error("the log was not emptied")
	}
}

func TestSteps(t *testing.T) {
	etag := upstreamtest.ETagOf(body)
	for _, c := range []struct {
		name   string
		step   upstreamtest.Step
		status int // 0: no answer at all
		n      int // bytes of the body that arrive; -1: any number
		broken bool
		header [2]string
	}{
		{"OK", upstreamtest.OK(), 200, len(body), false, [2]string{"Etag", etag}},
		{"Status", upstreamtest.Status(503), 503, -1, false, [2]string{}},
		{"RetryAfter", upstreamtest.RetryAfter(429, "soon"), 429, -1, false, [2]string{"Retry-After", "soon"}},
		{"Redirect", upstreamtest.Redirect(302, "//x/\\y"), 302, 0, false, [2]string{"Location", "//x/\\y"}},
		{"HTML", upstreamtest.HTML(), 200, -1, false, [2]string{"Content-Type", "text/html; charset=utf-8"}},
		{"Body", upstreamtest.Body([]byte("old")), 200, 3, false, [2]string{"Etag", upstreamtest.ETagOf([]byte("old"))}},
		{"Corrupt", upstreamtest.Corrupt(), 200, len(body), false, [2]string{"Etag", etag}},
		{"WithETag", upstreamtest.WithETag(`W/"1"`), 200, len(body), false, [2]string{"Etag", `W/"1"`}},
		{"without ETag", upstreamtest.WithETag(""), 200, len(body), false, [2]string{"Etag", ""}},
		{"Truncate", upstreamtest.Truncate(40000), 200, 40000, true, [2]string{"Content-Length", "50000"}},
		{"Truncate nothing", upstreamtest.Truncate(0), 200, 0, true, [2]string{"Content-Length", "50000"}},
		{"Truncate another", upstreamtest.Truncate(10, upstreamtest.HTML()), 200, 10, true, [2]string{}},
		{"Reset", upstreamtest.Reset(), 0, 0, true, [2]string{}},
		{"ResetAfter", upstreamtest.ResetAfter(20000), 200, -1, true, [2]string{}},
		{"AnnounceLength more", upstreamtest.AnnounceLength(60000), 200, 50000, true, [2]string{"Content-Length", "60000"}},
		{"AnnounceLength less", upstreamtest.AnnounceLength(100), 200, 100, false, [2]string{"Content-Length", "100"}},
		{"WrongRange", upstreamtest.WrongRange("bytes 7-9/10", 3), 206, len(body) - 3, false, [2]string{"Content-Range", "bytes 7-9/10"}},
		{"Endless", upstreamtest.Endless(), 200, 4 << 20, false, [2]string{"Content-Length", ""}},
		{"HugeHeader", upstreamtest.HugeHeader(5000), 200, len(body), false, [2]string{"X-Filler-4", strings.Repeat("x", 1000)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			up := upstreamtest.New(t, upstreamtest.Files{path: body})
			up.Script(path, c.step)
			resp, got, err := ask(t, plain(), "GET", up.URL+path)
			if (err != nil) != c.broken {
				t.Errorf("error %v", err)
			}
			if c.status == 0 {
				return
			}
			if resp.StatusCode != c.status || c.n >= 0 && len(got) != c.n {
				t.Errorf("HTTP %d with %d bytes", resp.StatusCode, len(got))
			}
			if c.header[0] != "" && resp.Header.Get(c.header[0]) != c.header[1] {
				t.Errorf("%s: %q", c.header[0], resp.Header.Get(c.header[0]))
			}
			if good := bytes.Equal(got, body); good && (c.name == "Corrupt" || c.name == "Body") {
				t.Error("the body is good")
			}
			if _, again, err := ask(t, plain(), "GET", up.URL+path); err != nil || !bytes.Equal(again, body) {
				t.Errorf("after the script: %d bytes, %v", len(again), err)
			}
		})
	}
}

func TestScriptsAreConsumedInOrder(t *testing.T) {
	up := upstreamtest.New(t, upstreamtest.Files{path: body, "/b": body})
	up.Script(path, upstreamtest.Status(500), upstreamtest.OK(), upstreamtest.Status(501))
	up.Script("*", upstreamtest.Status(502))
	up.Always("//"+up.Addr()+"/b", upstreamtest.Status(503))
	for i, want := range []struct {
		path   string
		status int
	}{{path, 500}, {"/b", 502}, {path, 200}, {"/b", 503}, {path, 501}, {path, 200}, {"/b", 503}} {
		resp, _, err := ask(t, plain(), "GET", up.URL+want.path)
		if err != nil || resp.StatusCode != want.status {
			t.Errorf("%d: %v, %v; want %d", i, resp, err, want.status)
		}
	}
	if up.Left(path) != 0 {
		t.Errorf("%d steps left", up.Left(path))
	}
}

func TestIgnoreRange(t *testing.T) {
	up := upstreamtest.New(t, upstreamtest.Files{path: body})
	up.Script(path, upstreamtest.IgnoreRange())
	resp, got, err := ask(t, plain(), "GET", up.URL+path, "Range", "bytes=10-")
	if err != nil || resp.StatusCode != http.StatusOK || len(got) != len(body) {
		t.Errorf("%v, %d bytes, %v", resp, len(got), err)
	}
}

func TestTree(t *testing.T) {
	tree := &upstreamtest.Tree{}
	up := upstreamtest.New(t, tree)
	for _, b := range [][]byte{nil, []byte("one"), []byte("two"), nil} {
		tree.Put(path, b)
		resp, got, err := ask(t, plain(), "GET", up.URL+path)
		if err != nil || (resp.StatusCode == http.StatusOK) != (b != nil) || b != nil && !bytes.Equal(got, b) {
			t.Errorf("%q: %v, %q, %v", b, resp, got, err)
		}
	}
}

func TestTLS(t *testing.T) {
	up := upstreamtest.NewTLS(t, upstreamtest.Files{path: body})
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(up.CertificatePEM()) {
		t.Fatal("no certificate")
	}
	c := plain()
	c.Transport.(*http.Transport).TLSClientConfig.RootCAs = pool
	if _, got, err := ask(t, c, "GET", up.URL+path); err != nil || !bytes.Equal(got, body) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestInMemoryLivesInBubbleTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := upstreamtest.NewInMemory(t, upstreamtest.Files{path: []byte("drop")})
		c := &http.Client{Transport: &http.Transport{DialContext: up.Dial, DisableKeepAlives: true}}
		up.Script(path, upstreamtest.Drip(time.Hour), upstreamtest.Hang())
		begun := time.Now()
		if _, got, err := ask(t, c, "GET", up.URL+path); err != nil || string(got) != "drop" {
			t.Errorf("%q, %v", got, err)
		}
		if took := time.Since(begun); took != 3*time.Hour {
			t.Errorf("three pauses took %v", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, up.URL+path, nil)
		if _, err := c.Do(req); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("hanging: %v", err)
		}
	})
}
