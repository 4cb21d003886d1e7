package express

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const plainGet = "GET /hex/tarballs/plug-1.0.0.tar HTTP/1.1\r\nHost: mirror.corp:8000\r\n\r\n"

var plainRequests = []string{
	plainGet,
	"HEAD /hex/names HTTP/1.1\r\nhost: x\r\n\r\n",
	"GET /a HTTP/1.1\r\nHOST:x\r\n\r\n",
	"GET /julia/package/0-1/ab_c~d+e=f@g,h:i HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
	"GET /..a/b../...c HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /a HTTP/1.1\r\nuser-agent: hex_core/0.19.0 (rebar3/3.19) (httpc)\r\nte: \r\nhost: x\r\nconnection: keep-alive\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nConnection: Keep-Alive\r\nAccept: */*\r\nAccept-Language: de, en;q=0.5\r\nCache-Control: no-cache\r\nPragma: no-cache\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nAccept-Encoding: zstd, gzip\r\nIf-None-Match: \"abc\"\r\nIf-Modified-Since: Fri, 02 Jan 2026 03:04:05 GMT\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nJulia-Pkg-Protocol: 1.0\r\nJulia-Version: 1.12.1\r\nJulia-System: x86_64-linux-gnu\r\nJulia-CI-Variables: CI=n\r\nJulia-Interactive: true\r\n\r\n",
}

var otherRequests = []string{
	"",
	"G",
	"GET /a HTTP/1.1\r\nHost: x\r\n", // not all of it
	"GET /a HTTP/1.1\r\nHost: x\r\n\r",
	"GET /a HTTP/1.1\r\nHost: x\r\n\r\nG", // the next one
	"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n",
	"\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /a HTTP/1.1\nHost: x\n\n",
	"GET /a HTTP/1.1\r\nHost: x\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\n\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nAccept: a\rb\r\n\r\n",
	"GET /a HTTP/1.0\r\nHost: x\r\n\r\n",
	"GET /a HTTP/1.2\r\nHost: x\r\n\r\n",
	"GET /a\r\n\r\n",
	"GET  /a HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /a  HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET\t/a HTTP/1.1\r\nHost: x\r\n\r\n",
	"get /a HTTP/1.1\r\nHost: x\r\n\r\n",
	"POST /a HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET http://x/a HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET * HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /a/ HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET //a HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /a//b HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /../a HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /a/.. HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /a/./b HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /a%20b HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /a!b HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /a\\b HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /\xc3\xa4 HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /a\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /a HTTP/1.1\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: \r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: a/b\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nAccept: a\r\nAccept: b\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nAccept: a\r\n b\r\n\r\n", // continued
	"GET /a HTTP/1.1\r\n Host: x\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost : x\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nAccept\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nAccept: \x00\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nAccept:\ta\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nUser-Agent: \xe4\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd",
	"GET /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
	"GET /a HTTP/1.1\r\nHost: x\r\nTransfer_Encoding: chunked\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: h2c\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nTE: trailers\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nIf-Match: *\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nIf-Range: \"a\"\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YTpi\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n",
	"GET /a HTTP/1.1\r\nHost: x\r\nJulia-Registry-Preference: eager\r\n\r\n",
	"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	"\x16\x03\x01\x02\x00\x01\x00",
}

func TestPlainRequests(t *testing.T) {
	for _, text := range plainRequests {
		var q Request
		if !q.parse([]byte(text)) {
			t.Errorf("%q is not taken for plain", text)
			continue
		}
		agree(t, &q, text)
	}
}

func TestOtherRequests(t *testing.T) {
	for _, text := range otherRequests {
		if new(Request).parse([]byte(text)) {
			t.Errorf("%q is taken for plain", text)
		}
	}
}

// What one request said is not taken for what the next one says.
func TestRequestForgets(t *testing.T) {
	var q Request
	if !q.parse([]byte("HEAD /a HTTP/1.1\r\nHost: x\r\nAccept-Encoding: zstd\r\nIf-None-Match: \"a\"\r\nIf-Modified-Since: b\r\n\r\n")) ||
		!q.Head || string(q.AcceptEncoding) != "zstd" || string(q.IfNoneMatch) != `"a"` || string(q.IfModifiedSince) != "b" {
		t.Fatalf("%+v", q)
	}
	if !q.parse([]byte(plainGet)) || q.Head || q.AcceptEncoding != nil || q.IfNoneMatch != nil || q.IfModifiedSince != nil {
		t.Fatalf("%+v", q)
	}
}

// agree checks that net/http understands a plain request just so.
func agree(t interface {
	Helper()
	Fatalf(format string, a ...any)
}, q *Request, text string) {
	t.Helper()
	in := bufio.NewReader(strings.NewReader(text))
	r, err := http.ReadRequest(in)
	if err != nil {
		t.Fatalf("%q: net/http finds %v", text, err)
	}
	rest, _ := io.ReadAll(in)
	switch {
	case len(rest) > 0:
		t.Fatalf("%q: net/http finds that %q follows", text, rest)
	case r.Method == http.MethodHead != q.Head || !q.Head && r.Method != http.MethodGet:
		t.Fatalf("%q: %s", text, r.Method)
	case r.RequestURI != "/"+q.Path || r.URL.Path != "/"+q.Path || r.URL.RawPath+r.URL.RawQuery+r.URL.Fragment+r.URL.Host != "":
		t.Fatalf("%q: %q is %+v", text, q.Path, r.URL)
	case r.ProtoMajor != 1 || r.ProtoMinor != 1 || r.Close || r.Host == "":
		t.Fatalf("%q: %s, close %v, host %q", text, r.Proto, r.Close, r.Host)
	case r.ContentLength != 0 || r.Body != http.NoBody || r.TransferEncoding != nil || r.Trailer != nil:
		t.Fatalf("%q: a body", text)
	}
	for name, values := range r.Header {
		if headerOf([]byte(name)) == unknown || len(values) != 1 {
			t.Fatalf("%q: %s: %q", text, name, values)
		}
	}
	for name, value := range map[string][]byte{
		"If-None-Match": q.IfNoneMatch, "If-Modified-Since": q.IfModifiedSince, "Accept-Encoding": q.AcceptEncoding,
	} {
		if _, has := r.Header[name]; has != (value != nil) || r.Header.Get(name) != string(value) {
			t.Fatalf("%q: %s is %q for net/http and %q here", text, name, r.Header[name], value)
		}
	}
}

// pieces are what a request is made of, and what spoils one.
var pieces = []string{
	"GET ", "HEAD ", "/", "a", "..", ".", "%2e", "?", "#", " ", "\t", "\r\n", "\n", "\r", "\x00", "\xff", ":", ",", ";", "\"",
	" HTTP/1.1\r\n", " HTTP/1.0\r\n", "Host: x\r\n", "host:y\r\n", "Connection: close\r\n", "Connection: keep-alive\r\n", "TE: \r\n",
	"Content-Length: 0\r\n", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Accept: b\r\n", " folded\r\n",
	"If-None-Match: \"a\"\r\n", "Accept-Encoding: zstd\r\n", "\r\n\r\n", "0\r\n\r\n", "http://x", "*", "@", "[", "]",
}

// mangled is a plain request that something was done to, or some pieces.
func mangled(t *rapid.T) string {
	text := rapid.SampledFrom(plainRequests).Draw(t, "request")
	if rapid.IntRange(0, 9).Draw(t, "fresh") == 0 {
		text = ""
	}
	for range rapid.IntRange(0, 4).Draw(t, "changes") {
		from := rapid.IntRange(0, len(text)).Draw(t, "from")
		to := min(len(text), from+rapid.IntRange(0, 3).Draw(t, "length"))
		text = text[:from] + rapid.SampledFrom(pieces).Draw(t, "piece") + text[to:]
	}
	return text
}

func TestPlainIsPlainForEverybody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := mangled(t)
		var q Request
		if q.parse([]byte(text)) {
			agree(t, &q, text)
		}
	})
}

func FuzzRequest(f *testing.F) {
	for _, text := range append(plainRequests, otherRequests...) {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		was := bytes.Clone(data)
		var q Request
		if q.parse(data) {
			agree(t, &q, string(was))
		}
		if !bytes.Equal(was, data) {
			t.Errorf("%q became %q", was, data)
		}
	})
}
