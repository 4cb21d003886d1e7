//go:build e2e

package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// What tree says when everything is the newest, and the oldest.
const (
	newestTree = "tree 1.1.0 with " + newestBranch
	oldestTree = "tree 1.0.0 with " + oldestBranch
)

// versionCheck is what Hex asks for to learn of newer versions of itself. A
// mirror without installs lacks it; 404 is harmless.
const versionCheck = "/installs/hex-1.x.csv"

// TestMix drives the real mix with Hex against a mirror. Names are those of the acceptance list.
func TestMix(t *testing.T) {
	for _, sub := range []struct {
		name string
		test func(*testing.T)
	}{
		{"M1_mirror_and_key", testM1},
		{"M2_without_key", testM2},
		{"M3_repository_name", testM3},
		{"M4_filtered", testM4},
		{"M5_verbatim_subset", testM5},
		{"M6_slashes", testM6},
		{"M7_what_is_said", testM7},
		{"M8_warnings", testM8},
		{"M9_version_check", testM9},
		{"M10_installers", testM10},
		{"M11_organisation", testM11},
		{"M12_private_CA", testM12},
		{"selection", testSelection},
		{"docs", testDocs},
		{"fetch_public_key", testFetchPublicKey},
	} {
		t.Run(sub.name, func(t *testing.T) {
			t.Parallel()
			sub.test(t)
		})
	}
}

// withHex runs a test once for each system whose mix has Hex.
func withHex(t *testing.T, test func(*testing.T, system)) {
	for _, s := range []system{trixie, sid} {
		t.Run(string(s), func(t *testing.T) {
			t.Parallel()
			test(t, s)
		})
	}
}

// HEX_MIRROR and the repository's key are all that mix needs; with what it then
// has cached it works offline, as long as the same mirror is named.
func testM1(t *testing.T) {
	r := published(t)
	m := newMirror(t, newUpstream(t, r.dir).URL, r).synced()
	withHex(t, func(t *testing.T, s system) {
		served := m.with(t).serve()
		p := newMixProject(t, s, `{:tree, "~> 1.0"}`).uses(served.URL).trusts(r.publicKey)
		p.mix("deps.get").ok("tree 1.1.0", "twig_pkg 0.3.0")
		p.says("Tree.name()", newestTree)
		served.missesOnly(versionCheck)

		lock := p.lock()
		p.mix("deps.clean", "--all").ok()
		p.env = append(p.env, "HEX_OFFLINE=1")
		before := len(served.exchanges())
		p.mix("deps.get").ok()
		p.says("Tree.name()", newestTree)
		if p.lock() != lock {
			t.Errorf("offline, mix.lock became\n%s", p.lock())
		}
		if n := len(served.exchanges()) - before; n != 0 {
			t.Errorf("offline, mix asked %d times", n)
		}
	})
}

// Without the key a signature by another than hex.pm is refused, and says so.
func testM2(t *testing.T) {
	r := published(t)
	m := newMirror(t, newUpstream(t, r.dir).URL, r).synced()
	withHex(t, func(t *testing.T, s system) {
		p := newMixProject(t, s, `{:tree, "~> 1.0"}`).uses(m.with(t).serve().URL)
		p.mix("deps.get").fails("Could not verify authenticity of fetched registry file")
	})
}

// A repository that says of itself that it is another one is refused, even where
// signatures are not checked.
func testM3(t *testing.T) {
	r := newRepository(t, "other", leaf("1.0.0"))
	m := newMirror(t, newUpstream(t, r.dir).URL, r).synced()
	withHex(t, func(t *testing.T, s system) {
		served := m.with(t).serve()
		p := newMixProject(t, s, `{:leaf, "~> 1.0"}`).uses(served.URL).trusts(r.publicKey)
		p.env = append(p.env, "HEX_UNSAFE_REGISTRY=1")
		p.mix("deps.get").fails("HEX_NO_VERIFY_REPO_ORIGIN")
		p.env = append(p.env, "HEX_NO_VERIFY_REPO_ORIGIN=1")
		p.mix("deps.get").ok("leaf 1.0.0")
		p.says(":leaf.name()", "leaf 1.0.0")
	})
}

// A re-signed subset resolves to what is there, and a lock file from the
// internet stays as it is, byte for byte.
func testM4(t *testing.T) {
	r := published(t)
	up := newUpstream(t, r.dir)
	outside := newMixProject(t, trixie, oldTree).uses(up.URL).trusts(r.publicKey)
	outside.mix("deps.get").ok()
	m := newMirror(t, up.URL, r, "--index", "filtered", "--lock", outside.dir+"/app/mix.lock").synced()
	withHex(t, func(t *testing.T, s system) {
		served := m.with(t).serve()
		free := newMixProject(t, s, `{:tree, "~> 1.0"}`).uses(served.URL).trusts(m.file("public_key"))
		free.mix("deps.get").ok().saysNothingOf("Failed to fetch record")
		free.says("Tree.name()", oldestTree)

		inside := newMixProject(t, s, oldTree).uses(served.URL).trusts(m.file("public_key"))
		inside.write("app/mix.lock", outside.lock())
		inside.mix("deps.get").ok()
		inside.says("Tree.name()", oldestTree)
		if inside.lock() != outside.lock() {
			t.Errorf("mix.lock was\n%sand became\n%s", outside.lock(), inside.lock())
		}
		served.missesOnly(versionCheck)
	})
}

// A verbatim subset lists versions that it lacks: free resolution picks one of
// them and fails, which the documentation says; what is locked works.
func testM5(t *testing.T) {
	r := published(t)
	up := newUpstream(t, r.dir)
	outside := newMixProject(t, trixie, oldTree).uses(up.URL).trusts(r.publicKey)
	outside.mix("deps.get").ok()
	m := newMirror(t, up.URL, r, "--index", "verbatim", "--lock", outside.dir+"/app/mix.lock").synced()
	withHex(t, func(t *testing.T, s system) {
		served := m.with(t).serve()
		locked := newMixProject(t, s, oldTree).uses(served.URL).trusts(r.publicKey)
		locked.write("app/mix.lock", outside.lock())
		locked.mix("deps.get").ok().saysNothingOf("Failed to fetch record", "moss")
		locked.says("Tree.name()", oldestTree)
		served.missesOnly(versionCheck)

		free := newMixProject(t, s, `{:tree, "~> 1.0"}`).uses(served.URL).trusts(r.publicKey)
		free.mix("deps.get").fails("404")
	})
}

// oldTree is what a project says that wants the first version of everything.
const oldTree = `{:tree, "1.0.0"}, {:branch, "1.0.0"}, {:leaf, "1.0.0"}`

// Slashes at the end of the mirror's address end up doubled in what mix asks.
func testM6(t *testing.T) {
	r := published(t)
	m := newMirror(t, newUpstream(t, r.dir).URL, r).synced()
	withHex(t, func(t *testing.T, s system) {
		for _, slashes := range []string{"/", "//"} {
			served := m.with(t).serve()
			p := newMixProject(t, s, `{:tree, "~> 1.0"}`).uses(served.URL + slashes).trusts(r.publicKey)
			p.mix("deps.get").ok("tree 1.1.0")
			if len(served.find(slashes+"packages/tree")) == 0 {
				t.Errorf("this mix does not double slashes any more; it asked\n%s", strings.Join(served.asked(), "\n"))
			}
			served.missesOnly(versionCheck)
		}
	})
}

// What the mirror says to mix, as it crosses the wire. Registry files are gzip by
// nature: labelled so they are unpacked twice, which mix does not survive.
func testM7(t *testing.T) {
	r := published(t)
	m := newMirror(t, newUpstream(t, r.dir).URL, r).synced()
	withHex(t, func(t *testing.T, s system) {
		served := m.with(t).serve()
		p := newMixProject(t, s, `{:tree, "~> 1.0"}`).uses(served.URL).trusts(r.publicKey)
		p.mix("deps.get").ok()
		said := append(served.find("/packages/tree"), served.find("/tarballs/tree-1.1.0.tar")...)
		if len(said) != 2 {
			t.Fatalf("want one request for the package and one for its tarball, got\n%s", strings.Join(served.asked(), "\n"))
		}
		for _, x := range served.exchanges() {
			if x.status >= 300 && x.status < 400 && x.status != 304 {
				t.Errorf("%s was redirected", x.path)
			}
			if e := x.response.Values("Content-Encoding"); len(e) > 0 {
				t.Errorf("%s has Content-Encoding %q", x.path, e)
			}
		}
		for _, x := range said {
			etag := x.response.Get("ETag")
			if !strings.HasPrefix(etag, `"`) || x.response.Get("Content-Length") == "" ||
				x.response.Get("Content-Type") != "application/octet-stream" {
				t.Errorf("%s: %v", x.path, x.response)
			}
		}
		served.missesOnly(versionCheck)

		if s == trixie { // Hex 2.6 fails too, after a minute of waiting
			labelled := meddling(t, m.with(t).start(), func(h http.Header) { h.Set("Content-Encoding", "gzip") })
			p = newMixProject(t, s, `{:tree, "~> 1.0"}`).uses(labelled + "/hex").trusts(r.publicKey)
			p.mix("deps.get").fails("data_error")
		}
	})
}
