//go:build e2e

package e2e

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/offmirror/offmirror/fetch/upstreamtest"
)

// TestPull has real clients want what a mirror lacks.
func TestPull(t *testing.T) {
	t.Run("mix", testPullMix)
	t.Run("mix_filtered", testPullMixFiltered)
	t.Run("julia", testPullJulia)
}

// A pulledFrom is an upstream that can go away.
type pulledFrom struct {
	*httptest.Server
	requests atomic.Int64
}

func newPulledFrom(t testing.TB, dir string) *pulledFrom {
	t.Helper()
	u := &pulledFrom{}
	u.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u.requests.Add(1)
		folder{dir: dir}.ServeHTTP(w, r)
	}))
	t.Cleanup(u.Close)
	return u
}

// wasAsked fails the test unless upstream was asked since the last call, or was not.
func (u *pulledFrom) wasAsked(t testing.TB, want bool) {
	t.Helper()
	if n := u.requests.Swap(0); n > 0 != want {
		t.Errorf("upstream was asked %d times", n)
	}
}

func testPullMix(t *testing.T) {
	t.Parallel()
	r := published(t)
	up := newPulledFrom(t, r.dir)
	m := newMirror(t, up.URL, r, "--package", "leaf").synced()
	up.wasAsked(t, true)
	project := func(s system, served *tap) *mixProject {
		return newMixProject(t, s, `{:tree, "~> 1.0"}`).uses(served.URL).trusts(r.publicKey)
	}
	project(trixie, m.serve()).mix("deps.get").fails("Failed to fetch record")
	up.wasAsked(t, false)

	p := project(trixie, m.serve("--pull-through"))
	p.mix("deps.get").ok("tree 1.1.0", "twig_pkg 0.3.0")
	p.says("Tree.name()", newestTree)
	up.wasAsked(t, true)

	up.Close()
	served := m.serve("--pull-through") // another process
	p = project(sid, served)
	p.mix("deps.get").ok("tree 1.1.0", "twig_pkg 0.3.0")
	p.says("Tree.name()", newestTree)
	served.missesOnly(versionCheck)
}

// What was pulled is in the next snapshot, and so in its index.
func testPullMixFiltered(t *testing.T) {
	t.Parallel()
	r := published(t)
	up := newPulledFrom(t, r.dir)
	m := newMirror(t, up.URL, r, "--index", "filtered", "--package", "leaf").synced()
	pulling := m.serve("--pull-through")
	p := newMixProject(t, trixie, `{:tree, "~> 1.0"}`).uses(pulling.URL).trusts(m.file("public_key"))
	p.mix("deps.get").ok("tree 1.1.0")
	m.update().ok()
	up.Close()

	served := m.serve()
	p = newMixProject(t, trixie, `{:tree, "~> 1.0"}`).uses(served.URL).trusts(m.file("public_key"))
	p.mix("deps.get").ok("tree 1.1.0")
	p.says("Tree.name()", newestTree)
	served.missesOnly(versionCheck)
}

func testPullJulia(t *testing.T) {
	t.Parallel()
	w := juliaPublished(t)
	up := newPulledFrom(t, w.served)
	s := juliaSite{w, &upstream{&upstreamtest.Server{URL: up.URL}, folder{dir: w.served}}, up.URL}
	m := s.mirror(t, `packages = ["Leaf"]`, `versions = "latest:1"`, `index = "verbatim"`, `platforms = ["x86_64-linux-gnu"]`).synced()
	if got, want := m.holds("package"), s.packages("Leaf-1.1.0"); !slices.Equal(got, want) {
		t.Errorf("the mirror has %q, want %q", got, want)
	}
	up.wasAsked(t, true)
	served := m.serve(m.sync...)
	newJuliaUser(t, served.URL).add("Tree").fails()
	up.wasAsked(t, false)

	u := newJuliaUser(t, m.serve(append([]string{"--pull-through"}, m.sync...)...).URL)
	u.add("Tree").ok()
	u.says("Tree", "Tree.name()", treeSays)
	up.wasAsked(t, true)
	m.update().ok() // takes it into the snapshot

	up.Close()
	served = m.serve(m.sync...)
	u = newJuliaUser(t, served.URL)
	u.add("Tree").ok()
	u.says("Tree", "Tree.name()", treeSays)
	u.stayed(served)
	m.offmirror("verify").ok()
}
