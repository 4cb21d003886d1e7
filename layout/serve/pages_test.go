package serve

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/layout"
)

// tellingPages say what they were asked.
type tellingPages struct{}

func (tellingPages) Site(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "site %s", NativePath(r.URL.Path))
}

func (tellingPages) Ecosystem(w http.ResponseWriter, _ *http.Request, p Place) {
	fmt.Fprintf(w, "%s ref=%s id=%s rest=%s root=%s home=%s base=%s pinned=%v", p.Ecosystem, p.Ref, p.Snapshot.ID, p.Rest, p.Root, p.Home, p.Base, p.Pinned)
}

func TestPages(t *testing.T) {
	m := newMirror(t)
	old := m.publish("hex", files{"names": "1"})
	now := m.publish("hex", files{"names": "2", "api/x": "y"})
	if err := m.history("hex").Tag("stable", old.ID); err != nil {
		t.Fatal(err)
	}
	site := m.site().WithPages(tellingPages{})
	h := NewHosts(map[string]string{"repo.hex.pm": "hex", "old.corp": "hex/@stable"}, site, site)
	for _, c := range []struct{ host, path, want string }{
		{"m", "/", "site "}, {"m", "/-/page.css", "site -/page.css"}, {"m", "//api//v1/", "site api/v1"}, {"m", "/-", "site -"},
		{"m", "/hex", "hex ref= id=" + now.ID + " rest= root=./hex/ home=./ base=http://m/hex pinned=false"},
		{"m", "/hex/", "hex ref= id=" + now.ID + " rest= root=./../hex/ home=./../ base=http://m/hex pinned=false"},
		{"m", "/hex/-/page.css", "hex ref= id=" + now.ID + " rest=-/page.css root=./../../hex/ home=./../../ base=http://m/hex pinned=false"},
		{"m", "/hex/@stable/", "hex ref=stable id=" + old.ID + " rest= root=./../../hex/ home=./../../ base=http://m/hex/@stable pinned=false"},
		{"repo.hex.pm", "/", "hex ref= id=" + now.ID + " rest= root=./ home= base=http://repo.hex.pm pinned=false"},
		{"repo.hex.pm", "/-/page.css", "hex ref= id=" + now.ID + " rest=-/page.css root=./../ home= base=http://repo.hex.pm pinned=false"},
		{"repo.hex.pm", "/@stable/", "hex ref=stable id=" + old.ID + " rest= root=./../ home= base=http://repo.hex.pm/@stable pinned=false"},
		{"repo.hex.pm", "/api/x", "y"},
		{"old.corp", "/", "hex ref=stable id=" + old.ID + " rest= root=./ home= base=http://old.corp pinned=true"},
	} {
		if got := body(t, askHost(t, h, c.host, c.path)); got != c.want {
			t.Errorf("%s%s:\n got %s\nwant %s", c.host, c.path, got, c.want)
		}
	}
	for _, path := range []string{"/nobody/", "/hex/@nobody/", "/hex/@nobody/-/page.css", "/../"} {
		expect(t, ask(t, site, "GET", path), 404, "not found\n")
	}
	if resp := ask(t, site, "POST", "/hex/"); resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", resp.StatusCode)
	}
}

func TestWithoutPages(t *testing.T) {
	m := newMirror(t)
	m.publish("hex", files{"names": "1"})
	for _, path := range []string{"/", "/hex", "/hex/", "/-/x", "/api/v1/"} {
		expect(t, ask(t, m.site(), "GET", path), 404, "not found\n")
	}
}

func TestSnapshotsOfASite(t *testing.T) {
	m := newMirror(t)
	old := m.publish("hex", files{"names": "1"})
	now := m.publish("hex", files{"names": "2"})
	site := m.site()
	for ref, want := range map[string]string{"": now.ID, "current": now.ID, old.ID: old.ID, old.ID[:8]: old.ID} {
		shown, err := site.Snapshot("hex", ref)
		if err != nil || shown.Snapshot.ID != want || shown.Ref != ref {
			t.Fatalf("%q: %v, %v", ref, shown, err)
		}
		e, _ := shown.View.Lookup("names")
		f, err := shown.View.Open(e)
		if err != nil {
			t.Fatal(err)
		}
		if data, _ := io.ReadAll(f); string(data) != map[string]string{now.ID: "2", old.ID: "1"}[want] {
			t.Errorf("%q: %s", ref, data)
		}
		f.Close()
	}
	declined := NewSite(m.root, m.store, func(string, layout.View) http.Handler { return nil })
	for _, err := range []error{second(site.Snapshot("hex", "nobody")), second(site.Snapshot("nobody", "")), second(site.Snapshot("..", "")), second(declined.Snapshot("hex", ""))} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestOpen(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if !Open(r, "hex") {
		t.Error("closed although nobody said so")
	}
	r = WithOpen(r, func(name string) bool { return strings.HasPrefix(name, "j") })
	if Open(r, "hex") || !Open(r, "julia") {
		t.Error("not as was said")
	}
}
