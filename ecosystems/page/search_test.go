package page_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/layout"
)

func TestSearchPages(t *testing.T) {
	w := newWorld(t)
	w.hex(sampleHex())
	w.julia(func(up *juliatest.Upstream) {
		up.Publish("JSON", juliatest.Version{Number: "0.21.4"})
		up.PublishJLL("Zlib", "1.3.1+2", "x86_64-linux-gnu")
	})
	w.justmr("zlib-1.3.tar.gz")
	w.serve()
	w.shows("/?q=zlib", "hex: nothing found", `julia: `, "Zlib_jll", "justmr: ", "archive", "git blob id", "licence", "zlib/LICENSE", "used by zlib")
	w.shows("/hex/?q=plug+1.15", "1.15.0", "outer checksum (SHA-256)", "registry signed by", "SHA256:", "/tarballs/plug-1.15.0.tar", `href="./../hex/tarballs/plug-1.15.0.tar"`, `value="plug 1.15"`)
	w.shows("/julia/?q=zlib_jll", "artifact", "x86_64-linux-gnu", "git tree", "SHA-256 of ", "UUID")
	w.shows("/hex/?q=", `role="search"`)
	w.shows("/hex/?q=nobody", "nothing found")
}

func TestSearchByPathsAndDigests(t *testing.T) {
	w := newWorld(t)
	files := map[string]string{"Deep/Folder/File.txt": "content"}
	for i := range 300 {
		files[fmt.Sprintf("many/%03d", i)] = fmt.Sprint(i)
	}
	s := w.plain("hex", layout.Header{}, files)
	e, _ := s.Lookup("Deep/Folder/File.txt")
	for q, want := range map[string]int{
		"file.TXT": 1, "deep file": 1, "deep nobody": 0, e.Object.String(): 1, e.Object.String()[:8]: 1, e.Object.String()[:7]: 0, "many": 50, "many/00": 10,
	} {
		var found struct {
			Results []struct {
				Hits []struct{ Path string }
				More bool
			}
		}
		w.json("/api/v1/search?q="+strings.ReplaceAll(q, " ", "+"), &found)
		if r := found.Results[0]; len(r.Hits) != want || r.More != (q == "many") {
			t.Errorf("%q: %d hits, more %v", q, len(r.Hits), r.More)
		}
	}
}

// slowDriver makes its index when it is told to.
type slowDriver struct {
	plainDriver
	begin chan struct{}
	bad   func()
}

func (d slowDriver) Index(context.Context, layout.View) (ecosystems.Index, error) {
	<-d.begin
	if d.bad != nil {
		d.bad()
	}
	return hostileDriver{}, errors.New("half of it cannot be read")
}

func TestIndexInTheMaking(t *testing.T) {
	w := newWorld(t)
	w.plain("hex", layout.Header{}, map[string]string{"names": "n"})
	d := slowDriver{begin: make(chan struct{})}
	w.drivers["hex"] = d
	w.serve()
	w.pages.SetPatience(0)
	for range 3 { // it is begun once
		w.shows("/hex/?q=names", "still being read", `>names</a>`)
	}
	close(d.begin)
	w.pages.SetPatience(time.Minute)
	w.shows("/hex/?q=names", "half of it cannot be read", "alert(1)")
}

// A driver that stumbles over what it reads ends no server.
func TestIndexPanics(t *testing.T) {
	w := newWorld(t)
	w.plain("hex", layout.Header{}, map[string]string{"names": "n"})
	d := slowDriver{begin: make(chan struct{}), bad: func() { panic("at the disco") }}
	close(d.begin)
	w.drivers["hex"] = d
	w.serve()
	text := w.page("/hex/?q=names")
	if !strings.Contains(text, "a mistake of this program") || !strings.Contains(text, `>names</a>`) || strings.Contains(text, "disco") {
		t.Error(text)
	}
}

func TestBusy(t *testing.T) {
	w := newWorld(t)
	w.plain("hex", layout.Header{}, map[string]string{"names": "1"})
	w.plain("hex", layout.Header{}, map[string]string{"names": "2"})
	w.serve()
	release := w.pages.Occupy()
	for _, target := range []string{"/hex/?q=names", "/?q=names", "/hex/?from=&to=", "/api/v1/search?q=names", "/api/v1/ecosystems/hex/diff"} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		resp := w.get(target, func(r *http.Request) { *r = *r.WithContext(ctx) })
		cancel()
		if text := body(t, resp); resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" || !strings.Contains(text, "busy") {
			t.Errorf("%s: %d\n%s", target, resp.StatusCode, text)
		}
	}
	w.shows("/", `href="hex/"`) // which needs no place
	release()
	w.shows("/hex/?q=names", `>names</a>`)
	w.shows("/hex/?from=&to=", "1 changed")
}
