//go:build e2e

package e2e

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// What is new upstream reaches users with the next sync and Pkg.update; after a
// rollback the registry of users goes back too.
func testJuliaUpdate(t *testing.T) {
	t.Parallel()
	w := juliaPublished(t).copied(t)
	m := newJuliaSite(t, w).mirror(t).synced()
	served := m.serve()
	u := newJuliaUser(t, served.URL)
	u.add("Tree").ok()
	first, old := m.current(), w.trees["General"]

	newer := strings.NewReplacer("tree 1.1.0", "tree 1.2.0", "leaf 1.1.0", "leaf 1.3.0", "sap 1.2.3", "sap 1.2.4").Replace(treeSays)
	w.publish("General", leafJL("1.3.0"), treeJL("1.2.0"), sapJLL("1.2.4+0", "sap 1.2.4"))
	m.synced()
	u.does("Pkg.update()").ok()
	u.has("Branch 1.1.0", "Leaf 1.3.0", "Sap_jll 1.2.4+0", "Tree 1.2.0", "Twig 0.3.0")
	u.says("Tree", "Tree.name()", newer)
	if got := u.registry("General"); got != w.trees["General"] {
		t.Errorf("General has the tree %s, want %s", got, w.trees["General"])
	}

	m.offmirror("snapshot", "rollback", "julia").ok()
	if now := m.current(); now != first {
		t.Errorf("after the rollback the current snapshot is %s, want %s", now, first)
	}
	u.does("Pkg.Registry.update()").ok()
	if got := u.registry("General"); got != old {
		t.Errorf("after the rollback General has the tree %s, want %s", got, old)
	}
	u.does("Pkg.update()").ok()
	u.says("Tree", "Tree.name()", treeSays)
	fresh := newJuliaUser(t, served.URL)
	fresh.add("Tree").ok()
	fresh.says("Tree", "Tree.name()", treeSays)
	m.offmirror("verify").ok()
	u.stayed(served)
	fresh.stayed(served)
}

// The mirror changes twice while a user who has read the old list of registries is
// still on the way to the registry, and again before he has the packages: he gets
// what he was promised.
func testJuliaSwitch(t *testing.T) {
	t.Parallel()
	w := juliaPublished(t).copied(t)
	m := newJuliaSite(t, w).mirror(t).synced()
	served := m.serve()
	synced := make(chan result, 2)
	change := func(version string) {
		w.publish("General", leafJL(version))
		synced <- m.update()
	}
	slow := holding(t, served.URL, map[string]func(){
		"/registry/": func() { change("1.3.0") },
		"/package/":  func() { change("1.4.0") },
	})
	u := newJuliaUser(t, slow+"/julia")
	u.add("Tree").ok()
	for range cap(synced) {
		(<-synced).ok()
	}
	u.says("Tree", "Tree.name()", treeSays)
	u.does("Pkg.update()").ok()
	u.says("Tree", "Tree.name()", strings.Replace(treeSays, "leaf 1.1.0", "leaf 1.4.0", 1))
	u.stayed(served)
}

// holding returns the base URL of a server that passes everything on to the host
// of base, and holds the first request for a path that contains a key back until
// its function has run.
func holding(t testing.TB, base string, first map[string]func()) string {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: u.Scheme, Host: u.Host})
	once := map[string]*sync.Once{}
	for part := range first {
		once[part] = &sync.Once{}
	}
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		for part, do := range first {
			if strings.Contains(r.URL.Path, part) {
				once[part].Do(do)
			}
		}
		proxy.ServeHTTP(rw, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}
