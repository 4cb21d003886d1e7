package serve

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/layout"
)

// Whatever is asked, an answer from memory is the one that the file itself would give.
func TestMemoryAnswersLikeTheFile(t *testing.T) {
	m := newMirror(t)
	content := strings.Repeat("0123456789", 700)
	published := m.publish("hex", files{"names": content, "tarballs/a.tar": content + "a", "empty": "", "link": "-> names"})
	fast := m.site()
	info, err := m.root.Lstat("snapshots/hex/current")
	if err != nil {
		t.Fatal(err)
	}
	slow := Static(fromDisk{published, info.ModTime().Truncate(time.Second)}, func(path string) Class {
		if strings.HasPrefix(path, "tarballs/") {
			return Immutable
		}
		return Revalidate
	})
	since := ask(t, slow, "HEAD", "/names").Header.Get("Last-Modified")
	etag := quoted(m, content)
	rapid.Check(t, func(rt *rapid.T) {
		path := rapid.SampledFrom([]string{"/names", "/tarballs/a.tar", "/empty", "/link", "/nothing", "//names/"}).Draw(rt, "path")
		method := rapid.SampledFrom([]string{"GET", "GET", "HEAD", "POST"}).Draw(rt, "method")
		var headers []string
		for name, values := range map[string][]string{
			"If-None-Match":       {"", "*", etag, "W/" + etag, `"x"`, `"x", ` + etag, `"`, `"a"b"`, quoted(m, content+"a"), quoted(m, "")},
			"If-Modified-Since":   {since, "Thu, 01 Jan 1970 00:00:01 GMT", "nonsense", strings.Replace(since, "GMT", "UTC", 1)},
			"Range":               {"bytes=0-3", "bytes=-5", "bytes=99999-", "bytes=5-2", "lines=1-2", "bytes=0-1,3-4"},
			"If-Range":            {etag, `"x"`, since},
			"If-Match":            {etag, `"x"`, "*"},
			"If-Unmodified-Since": {since, "Thu, 01 Jan 1970 00:00:01 GMT"},
			"Accept-Encoding":     {"gzip, zstd"},
		} {
			if rapid.IntRange(0, 3).Draw(rt, name) > 0 {
				continue
			}
			headers = append(headers, name+": "+rapid.SampledFrom(values).Draw(rt, name+" value"))
		}
		want, got := ask(t, slow, method, path, headers...), ask(t, fast, method, "/hex"+path, headers...)
		text := func(r *http.Response) string {
			h := r.Header.Clone()
			if strings.HasPrefix(h.Get("Content-Type"), "multipart/byteranges") { // its boundary is random
				h.Del("Content-Type")
				return fmt.Sprintf("%d %v", r.StatusCode, h)
			}
			return fmt.Sprintf("%d %v %s", r.StatusCode, h, body(t, r))
		}
		if diff := cmp.Diff(text(want), text(got)); diff != "" {
			rt.Fatalf("%s %s %q: %s", method, path, headers, diff)
		}
	})
}

// fromDisk is a snapshot with a date, which reads its files from the disk each time.
type fromDisk struct {
	layout.View
	since time.Time
}

func (d fromDisk) Modified() time.Time { return d.since }
