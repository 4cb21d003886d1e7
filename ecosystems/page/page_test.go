package page_test

import (
	"net/http"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve"
)

func TestOverview(t *testing.T) {
	w := newWorld(t)
	w.shows("/", "Nothing has been published yet")
	w.plain("hex", layout.Header{Missing: []layout.Missing{{Name: "plug 9", Reason: "gone", Absent: true}}}, map[string]string{"names": strings.Repeat("x", 2048), "versions": "v"})
	w.plain("julia", layout.Header{}, map[string]string{"registries": "r"})
	w.serve()
	w.shows("/", `<a href="hex/">hex</a>`, `<a href="julia/">julia</a>`, "2.0\u00a0KiB", "3 files", `class="number warn">1<`, `role="search"`)
}

func TestEcosystem(t *testing.T) {
	w := newWorld(t)
	up := sampleHex()
	w.hex(up)
	up.Publish("plug", "1.16.0")
	w.hex(up)
	w.shows("http://mirror.corp:8000/hex/", "export HEX_MIRROR=http://mirror.corp:8000/hex", `class="copy"`, "tarballs/plug-1.16.0.tar", "added", "Nothing: the snapshot has all",
		"<rect", `role="img"`, "Kept snapshots", "The last sync began")
}

func TestLinksLeadSomewhere(t *testing.T) {
	w := newWorld(t)
	w.hex(sampleHex())
	w.julia(func(up *juliatest.Upstream) { up.Publish("JSON", juliatest.Version{Number: "0.21.4"}) })
	old := w.plain("justmr", layout.Header{}, map[string]string{"a b/c:d%2f?é": "1"})
	w.plain("justmr", layout.Header{}, map[string]string{"a b/c:d%2f?é": "2", "x": "y"})
	history, _ := w.mirror.History("justmr")
	if err := history.Tag("stable", old.ID); err != nil {
		t.Fatal(err)
	}
	w.serve()
	hosts := serve.NewHosts(map[string]string{"own.corp": "justmr", "old.corp": "justmr/@" + old.ID}, w.site, w.site)
	seen := map[string]bool{}
	var walk func(host, at string)
	walk = func(host, at string) {
		if seen[host+at] || len(seen) > 300 {
			return
		}
		seen[host+at] = true
		resp := w.askHost(hosts, host, at)
		text := body(t, resp)
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s%s: %d", host, at, resp.StatusCode)
		}
		if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
			return
		}
		for _, m := range regexp.MustCompile(`(?:href|src)="([^"#]+)"`).FindAllStringSubmatch(text, -1) {
			link := strings.ReplaceAll(m[1], "&amp;", "&")
			if strings.HasPrefix(link, "/") || strings.Contains(link, "//") {
				t.Errorf("%s%s: link %q is not relative", host, at, link)
				continue
			}
			before, query, hasQuery := strings.Cut(link, "?")
			folder, _, _ := strings.Cut(at, "?")
			to := path.Join(path.Dir(folder+"x"), before)
			if strings.HasSuffix(before, "/") && to != "/" {
				to += "/"
			}
			if hasQuery {
				to += "?" + query
			}
			walk(host, to)
		}
	}
	for _, at := range []string{"/", "/justmr", "/?q=c", "/hex/?q=plug", "/julia/?q=json", "/justmr/?q=c", "/justmr/@stable/?q=c", "/justmr/?from=stable&to=current"} {
		walk("mirror.corp", at)
	}
	for _, at := range []string{"/", "/?q=c", "/@stable", "/@stable/"} {
		walk("own.corp", at)
	}
	walk("old.corp", "/")
	walk("old.corp", "/?q=c")
	for _, want := range []string{"mirror.corp/justmr/@stable/", "mirror.corp/-/page.css", "own.corp/-/page.css", "mirror.corp/justmr/a%20b/c%3Ad%252f%3F%C3%A9", "mirror.corp/api/v1/ecosystems/hex"} {
		if !seen[want] {
			t.Errorf("nothing led to %s", want)
		}
	}
	for at := range seen {
		if strings.HasPrefix(at, "own.corp/api") || strings.HasPrefix(at, "old.corp/@") {
			t.Errorf("a link leads out, to %s", at)
		}
	}
}
