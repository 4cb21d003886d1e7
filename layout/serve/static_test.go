package serve

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/layout"
)

const tarball = "0123456789"

func staticOf(t testing.TB) (*mirror, *layout.Snapshot, http.Handler) {
	m := newMirror(t)
	s := m.write("hex", files{"names": "the names", "tarballs/plug-1.0.tar": tarball, "empty": ""})
	return m, s, Static(s, func(path string) Class {
		if strings.HasPrefix(path, "tarballs/") {
			return Immutable
		}
		return Revalidate
	})
}

func TestHeadersOfAFile(t *testing.T) {
	m, s, h := staticOf(t)
	for path, want := range map[string][2]string{
		"/names":                 {"the names", "no-cache"},
		"/tarballs/plug-1.0.tar": {tarball, "public, max-age=31536000, immutable"},
		"/empty":                 {"", "no-cache"},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			resp := ask(t, h, method, path)
			sent := want[0]
			if method == "HEAD" {
				sent = ""
			}
			head := expect(t, resp, 200, sent)
			for name, value := range map[string]string{
				"ETag":                   quoted(m, want[0]),
				"Cache-Control":          want[1],
				"Content-Type":           "application/octet-stream",
				"Content-Encoding":       "",
				"Accept-Ranges":          "bytes",
				"X-Content-Type-Options": "nosniff",
				"Location":               "",
			} {
				if got := head.Get(name); got != value {
					t.Errorf("%s %s: %s is %q, want %q", method, path, name, got, value)
				}
			}
			if resp.ContentLength != int64(len(want[0])) {
				t.Errorf("%s %s: Content-Length %d", method, path, resp.ContentLength)
			}
		}
	}
	if got := ask(t, h, "GET", "/names").Header.Get("Last-Modified"); got != taken.Format(http.TimeFormat) {
		t.Errorf("Last-Modified of an index is %q, want the snapshot's time", got)
	}
	e, _ := s.Lookup("tarballs/plug-1.0.tar")
	info, err := m.store.Stat(e.Object)
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(t, h, "GET", "/tarballs/plug-1.0.tar").Header.Get("Last-Modified"); got != info.ModTime().UTC().Format(http.TimeFormat) {
		t.Errorf("Last-Modified of a tarball is %q, want the object's time %v", got, info.ModTime())
	}
}

func TestNoContentEncodingWhateverIsAccepted(t *testing.T) {
	_, _, h := staticOf(t)
	head := expect(t, ask(t, h, "GET", "/names", "Accept-Encoding: gzip, zstd, br"), 200, "the names")
	if head.Get("Content-Encoding") != "" || head.Get("Vary") != "" {
		t.Errorf("headers %v", head)
	}
}

func TestIfNoneMatch(t *testing.T) {
	m, _, h := staticOf(t)
	tag := quoted(m, tarball)
	for value, status := range map[string]int{
		tag:                           304,
		"W/" + tag:                    304,
		`"x", ` + tag + `, "y"`:       304,
		`"x",W/"y",W/` + tag:          304,
		"*":                           304,
		"":                            200,
		" ":                           200,
		`"x"`:                         200,
		"nonsense":                    200,
		`"` + strings.Repeat("0", 64): 200,
		strings.Trim(tag, `"`):        200,
	} {
		for _, method := range []string{"GET", "HEAD"} {
			resp := ask(t, h, method, "/tarballs/plug-1.0.tar", "If-None-Match: "+value)
			want := tarball
			if status == 304 || method == "HEAD" {
				want = ""
			}
			head := expect(t, resp, status, want)
			if head.Get("ETag") != tag || head.Get("Cache-Control") == "" {
				t.Errorf("If-None-Match %q: headers %v", value, head)
			}
		}
	}
}

func TestIfModifiedSinceIsExact(t *testing.T) {
	m, _, h := staticOf(t)
	at := func(d time.Duration) string { return taken.Add(d).Format(http.TimeFormat) }
	for value, status := range map[string]int{
		at(0):            304,
		at(-time.Second): 200,
		at(time.Second):  200, // it has been rolled back
		"":               200,
		"yesterday":      200,
	} {
		want := map[int]string{200: "the names"}[status]
		expect(t, ask(t, h, "GET", "/names", "If-Modified-Since: "+value), status, want)
	}
	// If-None-Match decides where both are sent.
	expect(t, ask(t, h, "GET", "/names", "If-Modified-Since: "+at(0), `If-None-Match: "x"`), 200, "the names")
	expect(t, ask(t, h, "GET", "/names", "If-Modified-Since: "+at(-time.Hour), "If-None-Match: "+quoted(m, "the names")), 304, "")
	expect(t, ask(t, h, "GET", "/names", "If-Modified-Since: "+at(0), "If-None-Match:"), 304, "")
}

func TestPreconditions(t *testing.T) {
	m, _, h := staticOf(t)
	expect(t, ask(t, h, "GET", "/names", "If-Match: "+quoted(m, "the names")), 200, "the names")
	expect(t, ask(t, h, "GET", "/names", `If-Match: "x"`), 412, "")
	expect(t, ask(t, h, "GET", "/names", "If-Unmodified-Since: "+taken.Format(http.TimeFormat)), 200, "the names")
}

func TestRange(t *testing.T) {
	m, s, h := staticOf(t)
	tag := quoted(m, tarball)
	e, _ := s.Lookup("tarballs/plug-1.0.tar")
	info, err := m.store.Stat(e.Object)
	if err != nil {
		t.Fatal(err)
	}
	date := info.ModTime().UTC().Format(http.TimeFormat)
	for _, test := range []struct {
		ranges, ifRange string
		status          int
		body, content   string
	}{
		{"bytes=2-4", "", 206, "234", "bytes 2-4/10"},
		{"bytes=7-", "", 206, "789", "bytes 7-9/10"},
		{"bytes=-3", "", 206, "789", "bytes 7-9/10"},
		{"bytes=0-99", "", 206, tarball, "bytes 0-9/10"},
		{"bytes=7-", tag, 206, "789", "bytes 7-9/10"},
		{"bytes=7-", `"another"`, 200, tarball, ""},
		{"bytes=7-", "W/" + tag, 200, tarball, ""},
		{"bytes=7-", date, 206, "789", "bytes 7-9/10"},
		{"bytes=7-", time.Unix(0, 0).UTC().Format(http.TimeFormat), 200, tarball, ""},
		{"bytes=7-", " ", 206, "789", "bytes 7-9/10"},
		{"", "", 200, tarball, ""},
	} {
		resp := ask(t, h, "GET", "/tarballs/plug-1.0.tar", "Range: "+test.ranges, "If-Range: "+strings.TrimSpace(test.ifRange))
		head := expect(t, resp, test.status, test.body)
		if head.Get("Content-Range") != test.content || resp.ContentLength != int64(len(test.body)) {
			t.Errorf("%q: Content-Range %q, length %d", test.ranges, head.Get("Content-Range"), resp.ContentLength)
		}
	}
	resp := ask(t, h, "GET", "/tarballs/plug-1.0.tar", "Range: bytes=10-")
	if resp.StatusCode != http.StatusRequestedRangeNotSatisfiable || resp.Header.Get("Content-Range") != "bytes */10" {
		t.Errorf("range beyond the end: %d, %q", resp.StatusCode, resp.Header.Get("Content-Range"))
	}
	if resp := ask(t, h, "HEAD", "/tarballs/plug-1.0.tar", "Range: bytes=2-4"); resp.StatusCode != http.StatusPartialContent || resp.ContentLength != 3 {
		t.Errorf("HEAD with a range: %d, length %d", resp.StatusCode, resp.ContentLength)
	}
}

func TestSlashes(t *testing.T) {
	_, _, h := staticOf(t)
	for _, path := range []string{"/tarballs/plug-1.0.tar", "//tarballs/plug-1.0.tar", "/tarballs//plug-1.0.tar", "/tarballs/plug-1.0.tar/", "///tarballs///plug-1.0.tar//"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.Path = path
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		expect(t, w.Result(), 200, tarball)
	}
}

func TestNativePath(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "/": "", "///": "", "/a": "a", "a": "a", "/a/b/": "a/b", "//a//b///c//": "a/b/c", "/../a": "../a",
	} {
		if got := NativePath(in); got != want {
			t.Errorf("NativePath(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestWhatIsNotThere(t *testing.T) {
	_, _, h := staticOf(t)
	for _, path := range []string{"/", "/name", "/names/x", "/tarballs", "/tarballs/", "/index.html", "/../names", "/./names", "/tarballs/../names", "/%00", "/store/sha256"} {
		resp := ask(t, h, "GET", path)
		head := expect(t, resp, 404, "not found\n")
		if head.Get("Content-Type") != "text/plain; charset=utf-8" || resp.ContentLength != 10 || head.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: headers %v", path, head)
		}
	}
	expect(t, ask(t, h, "GET", "/nothing", "Accept: text/html", `If-None-Match: *`), 404, "not found\n")
}

func TestMethods(t *testing.T) {
	_, _, h := staticOf(t)
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "TRACE"} {
		resp := ask(t, h, method, "/names")
		if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d, Allow %q", method, resp.StatusCode, resp.Header.Get("Allow"))
		}
	}
}

// A damaged object is an error, never other bytes under its ETag.
func TestDamagedObject(t *testing.T) {
	m, s, h := staticOf(t)
	e, _ := s.Lookup("names")
	if err := m.root.Chmod(m.store.Path(e.Object), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := m.root.WriteFile(m.store.Path(e.Object), []byte("cut"), 0); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		resp := ask(t, h, "GET", "/names")
		if resp.StatusCode != http.StatusInternalServerError || resp.Header.Get("ETag") != "" || len(body(t, resp)) > 100 {
			t.Errorf("%d with ETag %q", resp.StatusCode, resp.Header.Get("ETag"))
		}
		if err := m.root.Remove(m.store.Path(e.Object)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
}

// sink notices what the kernel would be asked to send by itself.
type sink struct {
	httptest.ResponseRecorder
	fromFile int64
}

func (s *sink) ReadFrom(r io.Reader) (int64, error) {
	n, err := io.Copy(io.Discard, r)
	if l, ok := r.(*io.LimitedReader); ok {
		if _, ok := l.R.(*os.File); ok {
			s.fromFile += n
		}
	}
	return n, err
}

func TestSendfileIsKept(t *testing.T) {
	m := newMirror(t)
	content := strings.Repeat("x", 1<<20)
	m.publish("hex", files{"tarballs/big": content})
	s := NewServer(m.site(), Options{})
	for _, want := range []int64{0, int64(len(content))} { // the first time it is hashed on the way
		w := &sink{ResponseRecorder: *httptest.NewRecorder()}
		s.http.Handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/hex/tarballs/big", nil))
		if w.fromFile != want {
			t.Errorf("%d of %d bytes went from the file to the connection, want %d", w.fromFile, len(content), want)
		}
	}
}
