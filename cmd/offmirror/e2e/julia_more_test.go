//go:build e2e

package e2e

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/fetch/upstreamtest"
)

// What upstream's registry lists but nobody has is left out of the mirror's own: the
// resolver takes what can be had, and the run says what could not.
func testJuliaAbsent(t *testing.T) {
	t.Parallel()
	s := newJuliaSite(t, juliaPublished(t))
	s.up.Always("/"+s.packages("Leaf-1.1.0")[0], upstreamtest.Status(http.StatusNotFound))
	m := s.mirror(t, `packages = ["Tree"]`)
	m.update().exits(3, "Leaf 1.1.0")
	served := m.serve()
	u := newJuliaUser(t, served.URL)
	u.add("Tree").ok()
	u.says("Tree", "Tree.name()", strings.Replace(treeSays, "leaf 1.1.0", "leaf 1.0.0", 1))
	u.stayed(served)
}

// Upstream's objects are elsewhere, as on the public servers: the mirror follows,
// and users do not have to.
func testJuliaRedirect(t *testing.T) {
	t.Parallel()
	w := juliaPublished(t)
	s := newJuliaSite(t, w)
	other := newUpstream(t, w.served)
	for _, object := range listFiles(t, w.served) {
		if strings.HasPrefix(object, "package/") || strings.HasPrefix(object, "artifact/") || strings.HasPrefix(object, "registry/") {
			s.up.Always("/"+object, upstreamtest.Redirect(http.StatusFound, other.URL+"/"+object))
		}
	}
	m := s.mirror(t, `packages = ["Tree"]`, `platforms = ["x86_64-linux-gnu"]`).synced()
	served := m.serve()
	u := newJuliaUser(t, served.URL)
	u.add("Tree").ok()
	u.says("Tree", "Tree.name()", treeSays)
	u.stayed(served)
	for _, x := range served.exchanges() {
		if x.status != http.StatusOK {
			t.Errorf("the mirror answered %s with %d", x.path, x.status)
		}
	}
}

// A static tree that another tool made is taken over, and not downloaded again.
func testJuliaAdopt(t *testing.T) {
	t.Parallel()
	s := newJuliaSite(t, juliaPublished(t))
	asked := newTap(t, s.up.URL)
	s.up.URL = asked.URL
	existing := newFolder(t)
	copyTree(t, filepath.Join(existing, "static"), s.served)
	bad := s.packages("Twig-0.3.0")[0]
	flipByte(t, filepath.Join(existing, "static", bad), 100)
	m := s.mirror(t, `adopt = ["`+filepath.Join(existing, "static")+`"]`).synced()
	var fetched []string
	for _, line := range asked.asked() {
		if strings.HasPrefix(line, "GET /package/") || strings.HasPrefix(line, "GET /artifact/") {
			fetched = append(fetched, line)
		}
	}
	if want := []string{"GET /" + bad + " 200"}; !slices.Equal(fetched, want) {
		t.Errorf("the sync fetched\n%s\nwant what was damaged:\n%s", strings.Join(fetched, "\n"), strings.Join(want, "\n"))
	}
	m.offmirror("verify").ok()
	served := m.serve()
	u := newJuliaUser(t, served.URL)
	u.add("Tree").ok()
	u.says("Tree", "Tree.name()", treeSays)
	u.stayed(served)
}

// Syncs that are killed leave what was published as it is, and what they had got is
// not fetched again.
func testJuliaKilled(t *testing.T) {
	t.Parallel()
	w := juliaPublished(t).copied(t)
	s := newJuliaSite(t, w)
	leaf := w.packages("Leaf-1.0.0")[0]
	m := s.mirror(t, `packages = ["Leaf", "Twig"]`)
	m.killed(s, leaf, w.packages("Twig-0.3.0")[0])
	if _, err := os.Lstat(m.file("")); !os.IsNotExist(err) {
		t.Errorf("a first sync that was killed left a tree: %v", err)
	}
	m.synced()
	served := m.serve()
	works := func(want string) {
		t.Helper()
		u := newJuliaUser(t, served.URL)
		u.add("Leaf", "Twig").ok()
		u.says("Leaf", "Leaf.name()", want)
		u.stayed(served)
	}
	works("leaf 1.1.0")

	w.publish("General", leafJL("1.3.0"))
	m.killed(s, w.packages("Leaf-1.3.0")[0])
	m.offmirror("verify").ok()
	works("leaf 1.1.0")
	m.synced()
	works("leaf 1.3.0")
	fetched := 0
	for _, r := range s.up.Requests() {
		if r.Method == http.MethodGet && r.Path == "/"+w.packages("Twig-0.3.0")[0] {
			fetched++
		}
	}
	if fetched != 1 {
		t.Errorf("Twig was fetched %d times", fetched)
	}
}

// killed starts a sync and kills it when it has asked for an object, which it never
// gets, and the store holds some others.
func (m mirror) killed(s juliaSite, object string, others ...string) {
	m.t.Helper()
	reached := make(chan struct{}, 1)
	s.up.Always("/"+object, func(x *upstreamtest.Exchange) {
		if x.Request.Method == http.MethodHead { // how large it is
			x.Answer(x.Good)
			return
		}
		select {
		case reached <- struct{}{}:
		default:
		}
		upstreamtest.Hang()(x)
	})
	defer s.up.Always("/"+object, nil)
	c := m.command()
	cmd := exec.Command(binary, append(append([]string{"sync", m.ecosystem}, m.sync...), "--root", m.root)...)
	cmd.Dir, cmd.Env = c.dir, c.env
	said := &strings.Builder{}
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-reached:
		for _, other := range others {
			sum := fmt.Sprintf("%x", sha256.Sum256([]byte(readFile(m.t, filepath.Join(s.served, other)))))
			appears(m.t, filepath.Join(m.root, "store/sha256", sum[:2], sum))
		}
		cmd.Process.Kill()
		<-ended
	case err := <-ended:
		m.t.Errorf("the sync ended before it asked for %s: %v\n%s", object, err, said)
	}
}

// appears waits until a file is there.
func appears(t testing.TB, name string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(name); err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not appear", name)
		}
	}
}

// A tree on a share serves as well, without any server.
func testJuliaFile(t *testing.T) {
	t.Parallel()
	m, _ := juliaMirrored(t)
	u := newJuliaUser(t, "")
	copyTree(t, filepath.Join(u.dir, "share"), m.file(""))
	u.env = append(u.env, "JULIA_PKG_SERVER=file://"+filepath.Join(u.dir, "share"))
	u.add("Tree", "Shelf").ok()
	u.says("Tree", "Tree.name()", treeSays)
	u.says("Shelf", "Shelf.name()", shelfSays)
	if names := u.names.asked(); len(names) > 0 {
		t.Errorf("julia asked for hosts: %q", names)
	}
}

// An older snapshot is served beside the current one, at its own address.
func testJuliaSnapshots(t *testing.T) {
	t.Parallel()
	w := juliaPublished(t).copied(t)
	m := newJuliaSite(t, w).mirror(t, `packages = ["Leaf"]`).synced()
	first := m.current()
	w.publish("General", leafJL("1.3.0"))
	m.synced()
	base := m.start()
	for path, want := range map[string]string{"/julia": "leaf 1.3.0", "/julia/": "leaf 1.3.0", "/julia/@" + first: "leaf 1.1.0"} {
		served := newTap(t, base)
		u := newJuliaUser(t, served.URL+path)
		u.add("Leaf").ok()
		u.says("Leaf", "Leaf.name()", want)
		u.stayed(served)
	}
}

// Without lazy artifacts the mirror has none, and says so to who asks.
func testJuliaNoLazy(t *testing.T) {
	t.Parallel()
	s := newJuliaSite(t, juliaPublished(t))
	m := s.mirror(t, `packages = ["Cellar", "Hollow"]`, `lazy_artifacts = false`).synced()
	if got, want := m.holds("artifact"), []string{"artifact/" + s.artifact("Hollow-0.1.0", "hollow", 0)}; !slices.Equal(got, want) {
		t.Errorf("the mirror has %q, want %q", got, want)
	}
	served := m.serve()
	u := newJuliaUser(t, served.URL)
	u.add("Cellar", "Hollow").ok()
	u.stayed(served)
	u.does("using Cellar; println(Cellar.wine())").fails("wine")
}
