package serve

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve/express"
)

// plainOf asks a site, and counts what it knew.
type plainOf struct {
	*Site
	found atomic.Int64
}

func (p *plainOf) Find(q *express.Request, a *express.Answer) bool {
	ok := p.FindPlain(q, a)
	if ok {
		p.found.Add(1)
	}
	return ok
}

func (*plainOf) Sent(*express.Request, *express.Answer, int64, time.Duration) {}

// pair is the same site with and without the lane.
type pair struct {
	site        *Site
	plain       *plainOf
	with, alone string // host and port
}

func (m *mirror) pair(t *testing.T, site *Site) *pair {
	t.Helper()
	p := &pair{site: site, plain: &plainOf{Site: site}}
	with, stopWith := start(t, site, Options{Plain: p.plain})
	alone, stopAlone := start(t, site, Options{})
	t.Cleanup(func() { _, _ = stopWith(), stopAlone() })
	p.with, p.alone = strings.TrimPrefix(with, "http://"), strings.TrimPrefix(alone, "http://")
	return p
}

var dateHeader = regexp.MustCompile(`\r\nDate: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT\r\n`)

// say sends all of text, says that nothing more comes, and returns everything that is answered.
func say(host string, text []byte, bytewise bool) (string, error) {
	c, err := net.Dial("tcp", host)
	if err != nil {
		return "", err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Minute)) // so that a failure does not hang
	step := max(1, len(text))
	if bytewise {
		step = 1
	}
	for at := 0; at < len(text); at += step {
		if _, err := c.Write(text[at:min(len(text), at+step)]); err != nil {
			break // the server has heard enough
		}
	}
	_ = c.(*net.TCPConn).CloseWrite()
	answer, err := io.ReadAll(c)
	if err != nil && len(answer) == 0 {
		return "", nil //nolint:nilerr // a connection that is reset is one that is closed without an answer
	}
	return dateHeader.ReplaceAllString(string(answer), "\r\nDate: now\r\n"), nil
}

// same checks that the lane makes no difference.
func (p *pair) same(t interface {
	Helper()
	Errorf(format string, a ...any)
}, text string, bytewise bool) {
	t.Helper()
	want, err := say(p.alone, []byte(text), bytewise)
	if err != nil {
		t.Errorf("%v", err)
	}
	got, err := say(p.with, []byte(text), bytewise)
	if err != nil {
		t.Errorf("%v", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%.300q is answered otherwise by the lane:\n%s", text, diff)
	}
}

// laneSite is a site with everything that answers depend on.
func (m *mirror) laneSite() *Site {
	m.publish("hex", files{
		"packages/plug": "signed", "tarballs/plug-1.0.tar": tarball, "tarballs/empty": "", "tarballs/large": strings.Repeat("l", shelfLargest+1),
		"tarballs/medium": strings.Repeat("m", shelfLargest), "tarballs/link": "-> plug-1.0.tar", "latest": "-> packages", "-/own": "own",
		"odd/a b": "blank", "odd/ä": "umlaut", "api/x": "api", "text.txt": "text",
	})
	m.publish("julia", files{"object/1": "gzip", "object/1" + ZstdSuffix: "zstd", "object/2": "no variant", "special/list": "never seen"})
	return NewSite(m.root, m.store, func(ecosystem string, view layout.View) http.Handler {
		types := ContentTypes(func(path string) string {
			if strings.HasSuffix(path, ".txt") {
				return "text/plain; charset=utf-8"
			}
			return ""
		})
		policy := func(path string) Class {
			if strings.HasPrefix(path, "tarballs/") || strings.HasPrefix(path, "object/") {
				return Immutable
			}
			return Revalidate
		}
		if ecosystem == "hex" {
			return Static(view, policy, types)
		}
		static := Static(view, policy, types, ZstdVariants(func(path string) bool {
			return strings.HasPrefix(path, "object/") && !strings.HasSuffix(path, ZstdSuffix)
		}))
		special := func(path string) bool { return strings.HasPrefix(path, "special/") }
		return Before(static, special, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if special(NativePath(r.URL.Path)) {
				fmt.Fprintf(w, "made for %s", r.Host)
				return
			}
			static.ServeHTTP(w, r)
		}))
	})
}

// request is one for a path with more headers.
func request(method, path string, headers ...string) string {
	return method + " " + path + " HTTP/1.1\r\nHost: mirror.corp\r\n" + strings.Join(append(headers, ""), "\r\n") + "\r\n"
}

func TestLaneMakesNoDifference(t *testing.T) {
	m := newMirror(t)
	p := m.pair(t, m.laneSite())
	states, err := p.site.State() // so that all that there is has been read
	if err != nil || len(states) != 2 {
		t.Fatal(states, err)
	}
	published := states[0].Since.UTC().Format(http.TimeFormat)
	tag := quoted(m, tarball)
	conditions := [][]string{
		nil,
		{"If-None-Match: " + tag}, {"If-None-Match: W/" + tag}, {"If-None-Match: *"}, {"If-None-Match:"}, {`If-None-Match: "other"`},
		{`If-None-Match: "a", ` + tag}, {"If-None-Match: " + tag, "If-None-Match: " + tag}, {`if-none-match:   ` + tag + `  `},
		{"If-Modified-Since: " + published}, {"If-Modified-Since: Fri, 02 Jan 2026 03:04:05 GMT"}, {"If-Modified-Since: never"},
		{`If-None-Match: "other"`, "If-Modified-Since: " + published}, {"If-None-Match: " + tag, "If-Modified-Since: never"},
		{"Accept-Encoding: zstd"}, {"Accept-Encoding: gzip, zstd;q=0"}, {"Accept-Encoding: gzip", "Accept-Encoding: zstd"}, {"Accept-Encoding:"},
		{"Range: bytes=1-2"}, {"If-Match: *"}, {"Connection: close"}, {"Connection: keep-alive"}, {"Content-Length: 0"},
	}
	for _, path := range []string{
		"/hex/packages/plug", "/hex/tarballs/plug-1.0.tar", "/hex/tarballs/empty", "/hex/tarballs/large", "/hex/tarballs/medium", "/hex/tarballs/link",
		"/hex/latest/plug", "/hex/-/own", "/hex/odd/a%20b", "/hex/odd/ä", "/hex/text.txt", "/hex/none", "/hex/tarballs", "/hex", "/none/a", "/", "/api/x", "/-/x",
		"/hex/api/x", "/julia/object/1", "/julia/object/1.tar.zst", "/julia/object/2", "/julia/special/list", "/hex/@2026-01-02/packages/plug", "/hex//packages/plug",
		"/hex/packages/plug/", "/hex/./packages/plug", "/hex/packages/plug?x",
	} {
		for _, c := range conditions {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				p.same(t, request(method, path, c...)+request(http.MethodGet, path, "Connection: close"), false)
				p.same(t, request(method, path, c...), false)
			}
		}
	}
	if n := p.plain.found.Load(); n < 200 {
		t.Errorf("the lane knew %d answers only", n)
	}
}

// What a client may do wrong is answered by net/http, as ever.
func TestLaneAndBadRequests(t *testing.T) {
	m := newMirror(t)
	p := m.pair(t, m.laneSite())
	const path = "/hex/packages/plug"
	good := request("GET", path)
	for _, text := range []string{
		"", "\r\n", "GET", "GET " + path + "\r\n\r\n", "GET " + path + " HTTP/1.0\r\n\r\n", "GET " + path + " HTTP/1.1\r\n\r\n",
		strings.ReplaceAll(good, "\r\n", "\n"), "\r\n" + good, good[:len(good)-2], good + good, good + good[:10], good + "nonsense\r\n\r\n",
		request("GET", path, "Host: other"), request("GET", path, "Accept: a", " b"), request("GET", path, " Accept: a"), request("GET", path, "Accept : a"),
		request("GET", path, "Content-Length: 5") + "hello" + good, request("GET", path, "Content-Length: 5", "Content-Length: 6") + "hello!" + good,
		request("GET", path, "Transfer-Encoding: chunked") + "5\r\nhello\r\n0\r\n\r\n" + good,
		request("GET", path, "Transfer-Encoding: chunked", "Content-Length: 3") + "0\r\n\r\n" + good,
		request("GET", path, "Transfer-Encoding: xchunked") + "0\r\n\r\n" + good,
		request("GET", path, "Transfer-Encoding : chunked") + "0\r\n\r\n" + good,
		request("GET", "http://mirror.corp"+path), request("GET", "http://other"+path), request("OPTIONS", "*"), request("POST", path, "Content-Length: 0"), request("get", path),
		request("GET", path, "Expect: 100-continue"), request("GET", path, "Upgrade: h2c", "Connection: Upgrade"),
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		request("GET", path, "X-Long: "+strings.Repeat("x", 5000)), request("GET", path, "User-Agent: "+strings.Repeat("x", 5000)),
		request("GET", path, strings.Split(strings.Repeat("X-Many: x\n", 300), "\n")[:300]...), request("GET", "/hex/"+strings.Repeat("x", 6000)),
		request("GET", "/hex/%2e%2e/x"), request("GET", "/hex/../x"), request("GET", "/hex/a\x00b"), request("GET", path+"\t"),
	} {
		for _, bytewise := range []bool{false, true} {
			p.same(t, text, bytewise && len(text) < 2000)
			p.same(t, good+text, bytewise && len(text) < 2000)
		}
	}
}

// spoilers are put into requests.
var spoilers = []string{
	"\r\n", "\n", "\r", " ", "\t", "\x00", "\xff", ":", "/", "//", "..", "/../", "%2f", "?", "#", ",", ";", "HTTP/1.0", "HEAD ", "POST ",
	"Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "Connection: close\r\n", "Host: x\r\n", "Accept: x\r\n", " x\r\n", "0\r\n\r\n", "\r\n\r\n",
	"If-None-Match: *\r\n", "Range: bytes=0-0\r\n", "Accept-Encoding: zstd\r\n",
}

func TestLaneMakesNoDifferenceAtRandom(t *testing.T) {
	m := newMirror(t)
	p := m.pair(t, m.laneSite())
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		for range rapid.IntRange(1, 3).Draw(t, "requests") {
			path := rapid.SampledFrom([]string{"/hex/packages/plug", "/hex/tarballs/plug-1.0.tar", "/julia/object/1", "/none"}).Draw(t, "path")
			one := request(rapid.SampledFrom([]string{"GET", "HEAD"}).Draw(t, "method"), path, rapid.SliceOfN(rapid.SampledFrom([]string{
				"Accept: */*", "User-Agent: x", "Connection: keep-alive", "Accept-Encoding: zstd", "If-None-Match: " + quoted(m, tarball),
			}), 0, 3).Draw(t, "headers")...)
			for range rapid.IntRange(0, 2).Draw(t, "changes") {
				at := rapid.IntRange(0, len(one)).Draw(t, "at")
				one = one[:at] + rapid.SampledFrom(spoilers).Draw(t, "with") + one[min(len(one), at+rapid.IntRange(0, 2).Draw(t, "without")):]
			}
			text.WriteString(one)
		}
		p.same(t, text.String(), rapid.IntRange(0, 4).Draw(t, "bytewise") == 0)
	})
	if p.plain.found.Load() == 0 {
		t.Error("nothing was for the lane")
	}
}

// converse sends a request on a connection that stays, and returns the answer.
func converse(t *testing.T, c net.Conn, text string) *http.Response {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: strings.Fields(text)[0]})
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func TestLaneNoticesWhatIsPublished(t *testing.T) {
	m := newMirror(t)
	m.publish("hex", files{"names": "one"})
	site := m.site()
	if _, err := site.State(); err != nil {
		t.Fatal(err)
	}
	p := m.pair(t, site)
	c, err := net.Dial("tcp", p.with)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for i, content := range []string{"one", "two", "three", "one"} {
		m.publish("hex", files{"names": content})
		expect(t, converse(t, c, request("GET", "/hex/names")), http.StatusOK, content)
		if n := p.plain.found.Load(); n != int64(i+1) {
			t.Errorf("%d answers by the lane, want %d", n, i+1)
		}
	}
}

// A damaged object never leaves by the lane, whether it has been served before or not.
func TestLaneAndDamage(t *testing.T) {
	m := newMirror(t)
	rotten := map[string]string{"fresh": strings.Repeat("f", 100), "proven": strings.Repeat("p", 100), "short": strings.Repeat("s", 100)}
	m.publish("hex", rotten)
	site := m.site()
	var found atomic.Int64
	site.OnRotten(func(store.ID) { found.Add(1) })
	if _, err := site.State(); err != nil {
		t.Fatal(err)
	}
	p := m.pair(t, site)
	alone := func(text string) string {
		got, err := say(p.with, []byte(text), false)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := alone(request("GET", "/hex/proven")); !strings.HasSuffix(got, rotten["proven"]) {
		t.Fatalf("%q", got)
	}
	for i := range site.proven.shelf.parts { // as if others had come to its place
		site.proven.shelf.parts[i] = shelfPart{}
	}
	for name, content := range rotten {
		id, err := m.store.Put(context.Background(), []byte(content))
		if err != nil {
			t.Fatal(err)
		}
		bad := bytes.Repeat([]byte("x"), len(content))
		if name == "short" {
			bad = bad[1:]
		}
		m.spoil(id, bad)
		for _, method := range []string{"GET", "HEAD"} {
			p.same(t, request(method, "/hex/"+name), false)
			if got := alone(request(method, "/hex/"+name)); !strings.HasPrefix(got, "HTTP/1.1 500 ") || strings.Contains(got, "xxx") {
				t.Errorf("%s %s: %q", method, name, got)
			}
		}
	}
	if found.Load() == 0 {
		t.Error("nobody was told")
	}
	if n := p.plain.found.Load(); n != 1 {
		t.Errorf("%d answers by the lane, want 1", n)
	}
}

// spoil puts other bytes into the place of an object.
func (m *mirror) spoil(id store.ID, data []byte) {
	m.t.Helper()
	file, err := m.store.Locate(id)
	if err == nil {
		err = os.Remove(file)
	}
	if err == nil {
		err = os.WriteFile(file, data, 0o444)
	}
	if err != nil {
		m.t.Fatal(err)
	}
}

func TestLaneStops(t *testing.T) {
	m := newMirror(t)
	m.publish("hex", files{"names": "one"})
	site := m.site()
	if _, err := site.State(); err != nil {
		t.Fatal(err)
	}
	plain := &plainOf{Site: site}
	var opened atomic.Int64
	closed := make(chan struct{}, 10)
	url, stop := start(t, site, Options{Plain: plain, ConnState: func(_ net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			opened.Add(1)
		case http.StateClosed:
			closed <- struct{}{}
		default:
		}
	}})
	var conns []net.Conn
	for _, text := range []string{request("GET", "/hex/names"), request("GET", "/hex/names?handed=over")} {
		c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		expect(t, converse(t, c, text), http.StatusOK, "one")
		conns = append(conns, c)
	}
	if n := plain.found.Load(); n != 1 {
		t.Errorf("%d answers by the lane, want 1", n)
	}
	if err := stop(); err != nil {
		t.Errorf("Serve: %v", err)
	}
	for _, c := range conns {
		if b, err := io.ReadAll(c); len(b) > 0 || err != nil {
			t.Errorf("%q, %v", b, err)
		}
	}
	<-closed // each is reported once as new and once as closed, whoever had it
	<-closed
	if n := opened.Load(); n != 2 || len(closed) > 0 {
		t.Errorf("%d connections were new, and %d more were closed", n, len(closed))
	}
}
