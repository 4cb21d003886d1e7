package serve

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/offmirror/offmirror/layout"
)

func TestSiteMountsEcosystems(t *testing.T) {
	m := newMirror(t)
	site := m.site()
	expect(t, ask(t, site, "GET", "/hex/names"), 404, "not found\n")
	m.publish("hex", files{"names": "hex names", "a/b": "x"}) // while it runs
	m.publish("julia", files{"registries": "lines"})
	expect(t, ask(t, site, "GET", "/hex/names"), 200, "hex names")
	expect(t, ask(t, site, "GET", "/julia/registries"), 200, "lines")
	expect(t, ask(t, site, "GET", "/julia/names"), 404, "not found\n")
	for _, path := range []string{"/names", "/store/sha256", "/state/lock", "/snapshots/hex/current", "/hex2/names", "/HEX/names", "/favicon.ico"} {
		expect(t, ask(t, site, "GET", path), 404, "not found\n")
	}
	if len(site.mounts) != 2 {
		t.Errorf("%d mounts for 2 ecosystems", len(site.mounts))
	}
}

func TestSiteSlashesAndTraversal(t *testing.T) {
	m := newMirror(t)
	site := m.site()
	s := m.publish("hex", files{"packages/plug": "signed", "names": "n"})
	good := []string{"/hex/packages/plug", "//hex//packages//plug", "/hex//packages/plug/", "/hex/@" + s.ID + "//packages/plug", "/hex/packages%2fplug"}
	for _, target := range good {
		expect(t, ask(t, site, "GET", "http://x"+target), 200, "signed")
	}
	bad := []string{
		"/hex/../hex/names", "/hex/%2e%2e/hex/names", "/hex/packages/%2e%2e/names", "/../../etc/passwd", "/%2e%2e%2f%2e%2e%2fetc/passwd",
		"/hex/..%5cnames", "/hex/names%00", "/hex/./names", "/hex/@../names", "/hex/@" + s.ID + "/../names", "/hex/%252e%252e/names", "/hex/names%0d%0aX:y",
	}
	for _, target := range bad {
		resp := ask(t, site, "GET", "http://x"+target)
		head := expect(t, resp, 404, "not found\n")
		if head.Get("Location") != "" {
			t.Errorf("%s is redirected", target)
		}
	}
}

func TestSiteFollowsPublications(t *testing.T) {
	m := newMirror(t)
	site := m.site()
	first := m.publish("hex", files{"names": "1"})
	one := expect(t, ask(t, site, "GET", "/hex/names"), 200, "1")
	m.publish("hex", files{"names": "2"})
	two := expect(t, ask(t, site, "GET", "/hex/names"), 200, "2")
	m.rollback(first)
	three := expect(t, ask(t, site, "GET", "/hex/names"), 200, "1")
	if one.Get("ETag") != three.Get("ETag") || one.Get("ETag") == two.Get("ETag") {
		t.Errorf("ETags %s, %s, %s", one.Get("ETag"), two.Get("ETag"), three.Get("ETag"))
	}
	// What a client knows since the second is not confirmed after the rollback,
	// although all of this was within one second.
	times := map[string]bool{}
	for _, h := range []http.Header{one, two, three} {
		times[h.Get("Last-Modified")] = true
	}
	if len(times) != 3 {
		t.Errorf("Last-Modified %v", times)
	}
	expect(t, ask(t, site, "GET", "/hex/names", "If-Modified-Since: "+two.Get("Last-Modified")), 200, "1")
	expect(t, ask(t, site, "GET", "/hex/names", "If-None-Match: "+two.Get("ETag")), 200, "1")
	expect(t, ask(t, site, "GET", "/hex/names", "If-None-Match: "+one.Get("ETag")), 304, "")
}

func TestSiteServesKeptSnapshots(t *testing.T) {
	m := newMirror(t)
	site := m.site()
	var all []*layout.Snapshot
	for _, v := range []string{"1", "2", "3", "4", "5", "6", "7"} {
		all = append(all, m.publish("hex", files{"names": v, "@scope": "an entry"}))
	}
	h := m.history("hex")
	if err := h.Tag("stable", all[0].ID); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for i, s := range all {
			head := expect(t, ask(t, site, "GET", "/hex/@"+s.ID+"/names"), 200, string(rune('1'+i)))
			if head.Get("Last-Modified") != taken.Format(http.TimeFormat) {
				t.Errorf("Last-Modified %s", head.Get("Last-Modified"))
			}
		}
	}
	expect(t, ask(t, site, "GET", "/hex/@stable/names"), 200, "1")
	expect(t, ask(t, site, "GET", "/hex/@"+all[1].ID[:8]+"/names"), 200, "2")
	expect(t, ask(t, site, "GET", "/hex/@current/names"), 200, "7")
	expect(t, ask(t, site, "GET", "/hex/names"), 200, "7")
	for _, ref := range []string{"nope", "", "..", strings.Repeat("0", 32), "00"} {
		expect(t, ask(t, site, "GET", "/hex/@"+ref+"/names"), 404, "not found\n")
	}
	if n := len(site.mounts["hex"].older); n > keptInMemory {
		t.Errorf("%d snapshots in memory", n)
	}
	expect(t, ask(t, site, "GET", "/hex/@"+all[5].ID+"/names"), 200, "6")
	if err := h.Forget(all[5].ID); err != nil {
		t.Fatal(err)
	}
	expect(t, ask(t, site, "GET", "/hex/@"+all[5].ID+"/names"), 404, "not found\n")
}

// An answer that is under way ends as it began, and nobody ever gets a mixture.
func TestRunningAnswersKeepTheirSnapshot(t *testing.T) {
	m := newMirror(t)
	site := m.site()
	old := bytes.Repeat([]byte("old "), 1<<20)
	m.publish("hex", files{"names": string(old)})
	server := httptest.NewServer(site)
	defer server.Close()
	resp, err := http.Get(server.URL + "/hex/names")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	head := make([]byte, 1000)
	if _, err := io.ReadFull(resp.Body, head); err != nil {
		t.Fatal(err)
	}
	m.publish("hex", files{"names": "new"})
	m.publish("hex", files{"names": "newer"})
	expect(t, ask(t, site, "GET", "/hex/names"), 200, "newer")
	rest, err := io.ReadAll(resp.Body)
	if err != nil || !bytes.Equal(slices.Concat(head, rest), old) {
		t.Errorf("the running answer broke: %d bytes, %v", len(rest), err)
	}
}

func TestSiteWhilePublishing(t *testing.T) {
	m := newMirror(t)
	site := m.site()
	m.publish("hex", files{"names": "0"})
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if resp := ask(t, site, "GET", "/hex/names"); resp.StatusCode != http.StatusOK {
					t.Errorf("status %d", resp.StatusCode)
					return
				}
			}
		})
	}
	for _, v := range []string{"1", "2", "3", "4", "5"} {
		m.publish("hex", files{"names": v})
	}
	close(stop)
	wg.Wait()
	expect(t, ask(t, site, "GET", "/hex/names"), 200, "5")
}

func TestUnreadableSnapshotKeepsTheOneBefore(t *testing.T) {
	m := newMirror(t)
	site := m.site()
	m.publish("hex", files{"names": "1"})
	expect(t, ask(t, site, "GET", "/hex/names"), 200, "1")
	s := m.publish("hex", files{"names": "2"})
	path := "snapshots/hex/" + s.ID
	good, err := m.root.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.root.WriteFile(path, good[:len(good)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	expect(t, ask(t, site, "GET", "/hex/names"), 200, "1")
	expect(t, ask(t, m.site(), "GET", "/hex/names"), 503, "the mirror cannot read this snapshot\n")
	if err := m.root.WriteFile(path, good, 0o644); err != nil {
		t.Fatal(err)
	}
	site.mounts["hex"].at = time.Time{} // long ago
	expect(t, ask(t, site, "GET", "/hex/names"), 200, "2")
}

func TestMakerMayDecline(t *testing.T) {
	m := newMirror(t)
	m.publish("hex", files{"names": "1"})
	site := NewSite(m.root, m.store, func(string, layout.View) http.Handler { return nil })
	expect(t, ask(t, site, "GET", "/hex/names"), 404, "not found\n")
}

func TestBaseURL(t *testing.T) {
	m := newMirror(t)
	s := m.publish("justmr", files{"x": "1"})
	site := NewSite(m.root, m.store, func(string, layout.View) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, BaseURL(r)+" "+r.URL.String()) })
	})
	expect(t, ask(t, site, "GET", "http://mirror:81/justmr//just-local.json?a=b"), 200, "http://mirror:81/justmr /just-local.json?a=b")
	expect(t, ask(t, site, "GET", "https://mirror/justmr/@"+s.ID+"/x"), 200, "https://mirror/justmr/@"+s.ID+" /x")
}
