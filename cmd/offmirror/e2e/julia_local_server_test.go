//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// TestLocalPackageServer is `offmirror serve --local-package-server`, with a configuration as
// LocalPackageServer.jl has it: a private registry in git, and General forwarded.
func TestLocalPackageServer(t *testing.T) {
	t.Run("install", testLocalInstall)
	t.Run("update", testLocalUpdate)
	t.Run("uplink_cut", testLocalCut)
	t.Run("storage_server", testLocalStorage)
}

// An uplink leads to a server until it is cut.
type uplink struct {
	URL string
	cut atomic.Bool
}

func newUplink(t testing.TB, to string) *uplink {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	u := &uplink{}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u.cut.Load() {
			panic(http.ErrAbortHandler) // the connection ends without an answer
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	u.URL = server.URL
	return u
}

// A localSite is a package server with what is behind it.
type localSite struct {
	*juliaWorld
	mirror      // its folders are below the root
	git, public *uplink
}

func newLocalSite(t testing.TB, w *juliaWorld) localSite {
	t.Helper()
	s := newJuliaSite(t, w)
	l := localSite{juliaWorld: w, git: newUplink(t, s.git), public: newUplink(t, s.up.URL)}
	l.mirror = mirror{t: t, root: filepath.Join(newFolder(t), "unused")}
	home := filepath.Dir(l.root)
	writeFile(t, filepath.Join(home, "offmirror.toml"), fmt.Sprintf("[fetch.local_mirrors]\n%q = [%q]\n%q = [%q]\n", corpURL, l.git.URL+"/", originURL, l.public.URL+"/"))
	config := "host = \"localhost\"\nport = \"8000\"\nlocal_registry = %q\ncache_dir = \"cache/\"\ngit_clones_dir = \"clones\"\n" +
		"min_time_between_registry_updates = 0\nrepository_clone_strategy = \"on_failure\"\n\n[gitconfig]\n\"user.name\" = \"Jane Doe\"\n"
	writeFile(t, filepath.Join(home, "storage.toml"), fmt.Sprintf(config, corpURL+"Corp.git"))
	writeFile(t, filepath.Join(home, "package.toml"), fmt.Sprintf("pkg_server = %q\n"+config, l.public.URL, corpURL+"Corp.git"))
	return l
}

// serving starts the server and returns a tap in front of it.
func (l localSite) serving(t testing.TB, config string) *tap {
	t.Helper()
	return newTap(t, l.with(t).start("--config", "offmirror.toml", "--local-package-server", config))
}

func (l localSite) cut(cut bool) {
	l.git.cut.Store(cut)
	l.public.cut.Store(cut)
}

// installs has somebody with an empty depot install from both registries.
func (l localSite) installs(t testing.TB, served *tap) *juliaUser {
	t.Helper()
	u := newJuliaUser(t, served.URL)
	u.does(`pkg"registry add"`).ok("General", "Corp")
	u.add("Shelf", "Tree").ok()
	u.says("Shelf", "Shelf.name()", shelfSays)
	u.says("Tree", "Tree.name()", treeSays)
	u.add("Vault").ok()
	u.says("Vault", "Vault.gold() * Vault.hidden() * Vault.subst()", "goldnot in git archive$Format:%H$")
	u.stayed(served)
	return u
}

func testLocalInstall(t *testing.T) {
	t.Parallel()
	l := newLocalSite(t, juliaPublished(t))
	served := l.serving(t, "package.toml")
	u := l.installs(t, served)
	for _, registry := range []string{"General", "Corp"} {
		if got := u.registry(registry); got != l.trees[registry] {
			t.Errorf("%s has the tree %s, want %s", registry, got, l.trees[registry])
		}
	}
	// It came through the store, so it is the same for the next one.
	l.installs(t, served)
}

// A version is there as soon as it is pushed.
func testLocalUpdate(t *testing.T) {
	t.Parallel()
	l := newLocalSite(t, juliaPublished(t).copied(t))
	served := l.serving(t, "package.toml")
	u := l.installs(t, served)
	l.publish("Corp", vaultJL("1.2.0"))
	u.does(`Pkg.update()`).ok()
	if !slices.Contains(u.versions(), "Vault 1.2.0") {
		t.Errorf("after the update: %q", u.versions())
	}
	u.says("Vault", "Vault.name()", "vault 1.2.0 with leaf 1.1.0")
	u.stayed(served)
}

// Without uplink and git host, what was installed once can be installed again, also from a server that
// was started since.
func testLocalCut(t *testing.T) {
	t.Parallel()
	l := newLocalSite(t, juliaPublished(t))
	t.Run("before", func(t *testing.T) { l.installs(t, l.serving(t, "package.toml")) })
	l.cut(true)
	served := l.serving(t, "package.toml")
	l.installs(t, served)
	meta := string(fetched(t, http.MethodGet, served.URL+"/meta", http.StatusOK).body)
	if !strings.Contains(meta, `"current": false`) || strings.Count(meta, `"state": "last-known"`) < 2 {
		t.Errorf("/meta: %s", meta)
	}
	l.cut(false)
	fetched(t, http.MethodGet, served.URL+"/registries", http.StatusOK)
	meta = string(fetched(t, http.MethodGet, served.URL+"/meta", http.StatusOK).body)
	if !strings.Contains(meta, `"current": true`) {
		t.Errorf("/meta when all is well again: %s", meta)
	}
}

// As PkgServer.jl asks its storage servers: lists by flavor, HEAD for who has it and how long it is, GET.
func testLocalStorage(t *testing.T) {
	t.Parallel()
	l := newLocalSite(t, juliaPublished(t))
	served := l.serving(t, "storage.toml")
	list := string(fetched(t, http.MethodGet, served.URL+"/registries", http.StatusOK).body)
	if want := "/registry/" + corpUUID + "/" + l.trees["Corp"] + "\n"; list != want {
		t.Errorf("/registries: %q, want %q", list, want)
	}
	for _, flavor := range []string{"conservative", "eager"} {
		if got := string(fetched(t, http.MethodGet, served.URL+"/registries."+flavor, http.StatusOK).body); got != list {
			t.Errorf("/registries.%s: %q", flavor, got)
		}
	}
	for _, path := range []string{
		strings.TrimSpace(list),
		"/package/" + juliaUUID("Vault") + "/" + l.trees["Vault-1.1.0"],
		"/package/" + juliaUUID("Shelf") + "/" + l.trees["Shelf-0.2.0"],
		"/artifact/" + l.trees["releases/Vault-1.1.0/gold.0.tar.gz"],
	} {
		head := fetched(t, http.MethodHead, served.URL+path, http.StatusOK)
		got := fetched(t, http.MethodGet, served.URL+path, http.StatusOK)
		if head.response.Get("Content-Length") != fmt.Sprint(len(got.body)) || len(got.body) == 0 {
			t.Errorf("HEAD %s: length %q, but it has %d bytes", path, head.response.Get("Content-Length"), len(got.body))
		}
	}
	fetched(t, http.MethodHead, served.URL+"/package/"+juliaUUID("Leaf")+"/"+l.trees["Leaf-1.1.0"], http.StatusNotFound)
}

// fetched makes one request, whose answer must have a status.
func fetched(t testing.TB, method, url string, status int) exchange {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil || a.StatusCode != status {
		t.Fatalf("%s %s: %d, %v, want %d: %.500s", method, url, a.StatusCode, err, status, body)
	}
	return exchange{method: method, path: r.URL.Path, status: a.StatusCode, response: a.Header, body: body}
}
