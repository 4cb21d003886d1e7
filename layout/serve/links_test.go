package serve

import (
	"strings"
	"testing"
)

// What is below ROOT/julia/classic: links to files and to folders, and loops.
func TestLinksAreTaken(t *testing.T) {
	m := newMirror(t)
	s := m.write("julia", files{
		"packages/Example/General/Example-HASH.tar.gz":  tarball,
		"packages/Example/General/Example-0.5.3.tar.gz": "-> Example-HASH.tar.gz",
		"packages/Example/General/Example":              "-> ../../../registries/General/E/Example",
		"registries/General/E/Example/releases":         "-> ../../../../packages/Example/General",
		"registries/General/E/Example/Package.toml":     "toml",
		"circle": "-> round",
		"round":  "-> circle",
		"lost":   "-> nowhere",
	})
	h := Static(s, func(string) Class { return Immutable })
	for path, want := range map[string]string{
		"/packages/Example/General/Example-0.5.3.tar.gz":                               tarball,
		"//packages//Example/General/Example-0.5.3.tar.gz/":                            tarball,
		"/registries/General/E/Example/releases/Example-HASH.tar.gz":                   tarball,
		"/registries/General/E/Example/releases/Example-0.5.3.tar.gz":                  tarball,
		"/registries/General/E/Example/releases/Example/releases/Example/Package.toml": "toml",
	} {
		for _, method := range []string{"GET", "HEAD"} {
			resp := ask(t, h, method, path)
			sent := want
			if method == "HEAD" {
				sent = ""
			}
			head := expect(t, resp, 200, sent)
			if head.Get("ETag") != quoted(m, want) || resp.ContentLength != int64(len(want)) {
				t.Errorf("%s %s: %v", method, path, head)
			}
			if got := head.Get("Cache-Control"); got != "no-cache" {
				t.Errorf("%s may be cached as %q, but tomorrow the link may lead elsewhere", path, got)
			}
		}
		expect(t, ask(t, h, "GET", path, "If-None-Match: "+quoted(m, want)), 304, "")
	}
	expect(t, ask(t, h, "GET", "/packages/Example/General/Example-0.5.3.tar.gz", "Range: bytes=3-4"), 206, tarball[3:5])
	if head := ask(t, h, "GET", "/packages/Example/General/Example-HASH.tar.gz").Header; !strings.Contains(head.Get("Cache-Control"), "immutable") {
		t.Errorf("the file itself: %v", head)
	}
	for _, path := range []string{
		"/circle", "/round/x", "/lost", "/lost/x", "/packages/Example/General/Example", "/registries/General/E/Example/releases",
		"/registries/General/E/Example/releases/../../Example/General/Example-HASH.tar.gz",
		"/registries/General/E/Example/releases/../../../../../etc/passwd",
		"/registries/General/E/Example/releases" + strings.Repeat("/Example/releases", 40) + "/Example-HASH.tar.gz",
		"/" + strings.Repeat("a/", 100_000),
	} {
		expect(t, ask(t, h, "GET", path), 404, "not found\n")
	}
}

// The same through a whole site, for the published snapshot and for a kept one.
func TestSiteTakesLinks(t *testing.T) {
	m := newMirror(t)
	old := m.publish("hex", files{"folder/a": "1", "link": "-> folder"})
	m.publish("hex", files{"folder/a": "2", "link": "-> folder/a", "x/up": "-> .."})
	site := m.site()
	expect(t, ask(t, site, "GET", "/hex/link"), 200, "2")
	expect(t, ask(t, site, "GET", "/hex/x/up/x/up/link"), 200, "2")
	expect(t, ask(t, site, "GET", "/hex/link/a"), 404, "not found\n")
	expect(t, ask(t, site, "GET", "/hex/@"+old.ID+"/link/a"), 200, "1")
	expect(t, ask(t, site, "GET", "/hex/@"+old.ID+"/link"), 404, "not found\n")
}
