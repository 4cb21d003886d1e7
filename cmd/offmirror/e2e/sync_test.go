//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/offmirror/offmirror/fetch/upstreamtest"
)

// TestSync follows a mirror through its life: what changes upstream, what the
// mirror takes over, and what real clients see of it.
func TestSync(t *testing.T) {
	t.Run("unchanged", testUnchanged)
	t.Run("new_version_and_rollback", testNewVersion)
	t.Run("tampered_upstream", testTamperedUpstream)
	t.Run("tampered_mirror", testTamperedMirror)
	t.Run("demo", testDemo)
}

// A sync of what has not changed costs two conditional requests and publishes nothing.
func testUnchanged(t *testing.T) {
	t.Parallel()
	r := published(t)
	asked := newTap(t, newUpstream(t, r.dir).URL)
	m := newMirror(t, asked.URL, r).synced()
	for _, file := range listFiles(t, r.dir) {
		if filepath.Base(file)[0] == '.' || file == "public_key" {
			continue
		}
		if readFile(t, filepath.Join(r.dir, file)) != readFile(t, m.file(file)) {
			t.Errorf("%s is not as it is upstream", file)
		}
	}
	before, first := m.current(), len(asked.exchanges())

	m.synced()
	var got []string
	for _, x := range asked.exchanges() {
		got = append(got, fmt.Sprintf("%s %s %d", x.method, x.path, x.status))
	}
	got = got[first:]
	slices.Sort(got)
	if want := []string{"GET /names 304", "GET /versions 304"}; !slices.Equal(got, want) {
		t.Errorf("the second sync asked %q, want %q", got, want)
	}
	if after := m.current(); after != before {
		t.Errorf("the second sync published %s after %s", after, before)
	}
	m.offmirror("verify").ok()
}

// What is published upstream reaches clients with the next sync, while the server
// runs on. The snapshot before it is still to be had at its own address, and a
// rollback brings it back for all.
func testNewVersion(t *testing.T) {
	t.Parallel()
	r := published(t).copied(t)
	m := newMirror(t, newUpstream(t, r.dir).URL, r).synced()
	base := m.start()
	served := newTap(t, base+"/hex")
	see := func(url, tree, erlang string) {
		t.Helper()
		p := newMixProject(t, trixie, `{:tree, "~> 1.0"}`).uses(url).trusts(r.publicKey)
		p.mix("deps.get").ok()
		p.says("Tree.name()", tree+" with "+erlang)
		e := newRebarProject(t, trixie, `{branch, "~> 1.0"}`).uses(url).trusts(r.publicKey)
		e.rebar3("get-deps").ok()
		e.says("branch", erlang)
	}
	const newer = "branch 1.1.0 of leaf 1.2.0 and twig 0.3.0"
	see(served.URL, "tree 1.1.0", newestBranch)
	first := m.current()

	r.publish(tree("1.2.0"), leaf("1.2.0"))
	m.synced()
	see(served.URL, "tree 1.2.0", newer)
	earlier := newTap(t, base+"/hex/@"+first)
	see(earlier.URL, "tree 1.1.0", newestBranch)

	m.offmirror("snapshot", "rollback", "hex").ok()
	if now := m.current(); now != first {
		t.Errorf("after the rollback the current snapshot is %s, want %s", now, first)
	}
	see(served.URL, "tree 1.1.0", newestBranch)
	m.offmirror("verify").ok()
	served.missesOnly(versionCheck)
	earlier.missesOnly(versionCheck)
}

// A tarball that is not what the signed index says never reaches the mirror, and
// what was published before stays.
func testTamperedUpstream(t *testing.T) {
	t.Parallel()
	r := published(t).copied(t)
	up := newUpstream(t, r.dir)
	m := newMirror(t, up.URL, r).synced()
	r.publish(tree("1.2.0"))
	up.Always("/tarballs/tree-1.2.0.tar", upstreamtest.Corrupt())

	fresh := newMirror(t, up.URL, r)
	fresh.update().exits(1, "tree 1.2.0", up.URL+"/tarballs/tree-1.2.0.tar")
	if _, err := os.Lstat(fresh.file("")); !os.IsNotExist(err) {
		t.Errorf("a first sync that failed left a tree: %v", err)
	}

	before := m.current()
	m.update().exits(1, "tree 1.2.0", up.URL+"/tarballs/tree-1.2.0.tar")
	if m.current() != before {
		t.Errorf("a sync that failed published %s", m.current())
	}
	m.offmirror("verify").ok()
	served := m.serve()
	newest := func(want string) {
		t.Helper()
		p := newMixProject(t, trixie, `{:tree, "~> 1.0"}`).uses(served.URL).trusts(r.publicKey)
		p.mix("deps.get").ok(want)
	}
	newest("tree 1.1.0")

	up.Always("/tarballs/tree-1.2.0.tar", nil)
	m.synced()
	newest("tree 1.2.0")
	served.missesOnly(versionCheck)
}

// Damage on the mirror's disk is named by verify and refused by mix (and by
// rebar3: R7).
func testTamperedMirror(t *testing.T) {
	t.Parallel()
	r := published(t)
	m := newMirror(t, newUpstream(t, r.dir).URL, r).synced()
	m.tamper("tarballs/leaf-1.1.0.tar")
	m.offmirror("verify").exits(4, "tarballs/leaf-1.1.0.tar")
	served := m.plain()
	for _, s := range []system{trixie, sid} {
		p := newMixProject(t, s, `{:tree, "~> 1.0"}`).uses(served.URL).trusts(r.publicKey)
		p.mix("deps.get").fails("hecksum")
	}
}

// The demo needs no network: here there is none.
func testDemo(t *testing.T) {
	t.Parallel()
	m := mirror{t: t, root: filepath.Join(newFolder(t), "mirror")}
	execute(t, m.command("demo"), binary, "demo").ok()
}
