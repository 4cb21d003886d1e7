package serve

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/layout"
)

func askHost(t testing.TB, h http.Handler, host, target string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://x"+target, nil)
	r.Host = host
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func TestHostsHaveAPartOfTheSiteAtTheirRoot(t *testing.T) {
	m := newMirror(t)
	old := m.publish("hex", files{"packages/plug": "old"})
	m.publish("hex", files{"packages/plug": "new"})
	m.publish("julia", files{"registries": "list"})
	site := m.site()
	h := NewHosts(map[string]string{"Repo.Hex.pm": "hex", "pkg.julialang.org": "julia", "old.corp": "hex/@" + old.ID}, site, site)
	for _, c := range []struct {
		host, target string
		status       int
		body         string
	}{
		{"repo.hex.pm", "/packages/plug", 200, "new"},
		{"repo.hex.pm:8443", "//packages//plug/", 200, "new"},
		{"REPO.HEX.PM.", "/packages/plug", 200, "new"},
		{"repo.hex.pm", "/@" + old.ID + "/packages/plug", 200, "old"},
		{"old.corp", "/packages/plug", 200, "old"},
		{"pkg.julialang.org", "/registries", 200, "list"},
		{"repo.hex.pm", "/hex/packages/plug", 404, "not found\n"},
		{"repo.hex.pm", "/julia/registries", 404, "not found\n"},
		{"repo.hex.pm", "/../julia/registries", 404, "not found\n"},
		{"repo.hex.pm", "/%2e%2e/julia/registries", 404, "not found\n"},
		{"repo.hex.pm", "/..%2fjulia/registries", 404, "not found\n"},
		{"mirror.corp", "/hex/packages/plug", 200, "new"},
		{"mirror.corp", "/packages/plug", 404, "not found\n"},
		{"", "/hex/packages/plug", 200, "new"},
		{"[::1]:80", "/hex/packages/plug", 200, "new"},
		{"hex.pm", "/packages/plug", 404, "not found\n"},
	} {
		if resp := askHost(t, h, c.host, c.target); resp.StatusCode != c.status || body(t, resp) != c.body {
			t.Errorf("%s%s: %d, want %d %q", c.host, c.target, resp.StatusCode, c.status, c.body)
		}
	}
}

func TestBaseURLOfHosts(t *testing.T) {
	m := newMirror(t)
	old := m.publish("hex", files{"a": "1"})
	site := NewSite(m.root, m.store, func(_ string, _ layout.View) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, BaseURL(r), " ", r.URL.Path) })
	})
	h := NewHosts(map[string]string{"repo.hex.pm": "hex", "old.corp": "hex/@" + old.ID}, site, site)
	for target, want := range map[string]string{
		"repo.hex.pm/a":                     "http://repo.hex.pm /a",
		"repo.hex.pm:81/@" + old.ID + "/a":  "http://repo.hex.pm:81/@" + old.ID + " /a",
		"old.corp/a":                        "http://old.corp /a",
		"mirror.corp/hex/a":                 "http://mirror.corp/hex /a",
		"mirror.corp/hex/@" + old.ID + "/a": "http://mirror.corp/hex/@" + old.ID + " /a",
	} {
		host, path, _ := strings.Cut(target, "/")
		if got := body(t, askHost(t, h, host, "/"+path)); got != want {
			t.Errorf("%s: %s, want %s", target, got, want)
		}
		behind := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, BehindHTTPS(r)) })
		if got := body(t, askHost(t, behind, host, "/"+path)); got != strings.Replace(want, "http:", "https:", 1) {
			t.Errorf("%s behind a proxy: %s", target, got)
		}
	}
}

// Telling hosts apart costs no memory, for those that have no part of their own either.
func TestHostsAllocateNothing(t *testing.T) {
	h := NewHosts(map[string]string{"repo.hex.pm": "hex"}, nil, nil)
	for host, want := range map[string]string{
		"repo.hex.pm": "/hex", "repo.hex.pm:443": "/hex", "repo.hex.pm.:443": "/hex", "mirror.corp": "", "mirror.corp:8000": "", "[::1]": "", "[::1]:80": "", ":": "", "": "",
	} {
		r := &http.Request{Host: host}
		if got := h.Path(r); got != want {
			t.Errorf("%q stands for %q, want %q", host, got, want)
		}
		if n := testing.AllocsPerRun(100, func() { h.Path(r) }); n != 0 {
			t.Errorf("%q: %v allocations", host, n)
		}
	}
}

func FuzzHosts(f *testing.F) {
	f.Add("repo.hex.pm", "/packages/plug")
	f.Add("repo.hex.pm:1", "//../julia/secret")
	f.Add("[repo.hex.pm]", "/@x/../../julia/secret")
	m := newMirror(f)
	m.publish("hex", files{"packages/plug": "plug"})
	m.publish("julia", files{"secret": "secret"})
	site := m.site()
	h := NewHosts(map[string]string{"repo.hex.pm": "hex"}, site, http.NotFoundHandler())
	f.Fuzz(func(t *testing.T, host, path string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host, r.URL.Path = host, path
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%q%q leads out of its part", host, path)
		}
	})
}
