//go:build e2e

package e2e

import (
	"net/http"
	"strings"
	"testing"
)

const (
	newestBranch = "branch 1.1.0 of leaf 1.1.0 and twig 0.3.0"
	oldestBranch = "branch 1.0.0 of leaf 1.0.0 and twig 0.3.0"
)

// oldBranch is what a project says that wants the first version of everything.
const oldBranch = `{branch, "1.0.0"}, {leaf, "1.0.0"}`

// TestRebar3 drives the real rebar3 against a mirror. Names are those of the acceptance list.
func TestRebar3(t *testing.T) {
	for _, sub := range []struct {
		name string
		test func(*testing.T, system)
	}{
		{"R1_mirror_and_key", testR1},
		{"R2_without_ETag", testR2},
		{"R3_conditional", testR3},
		{"R4_trailing_slash", testR4},
		{"R5_locked_subset", testR5},
		{"R6_filtered", testR6},
		{"R7_tampered", testR7},
	} {
		t.Run(sub.name, func(t *testing.T) {
			for _, s := range erlangs {
				t.Run(string(s), func(t *testing.T) {
					t.Parallel()
					sub.test(t, s)
				})
			}
		})
	}
}

// HEX_CDN and the repository's key are all that rebar3 needs.
func testR1(t *testing.T, s system) {
	r := published(t)
	m := newMirror(t, newUpstream(t, r.dir).URL, r).synced()
	served := m.serve()
	p := newRebarProject(t, s, `{branch, "~> 1.0"}`).uses(served.URL)
	p.rebar3("get-deps").fails()
	p.trusts(r.publicKey)
	p.rebar3("get-deps").ok()
	p.says("branch", newestBranch)
	for _, hashes := range []string{"{pkg_hash,[", "{pkg_hash_ext,["} {
		if !strings.Contains(p.lock(), hashes) {
			t.Errorf("rebar.lock lacks %s:\n%s", hashes, p.lock())
		}
	}
	served.missesOnly()
}

// A tarball without ETag is a failed download to rebar3. This guards the tests
// of our own server: should it pass one day, they prove less than they say.
func testR2(t *testing.T, s system) {
	r := published(t)
	m := newMirror(t, newUpstream(t, r.dir).URL, r).synced()
	bare := meddling(t, m.start(), func(h http.Header) { h.Del("ETag") })
	p := newRebarProject(t, s, `{branch, "~> 1.0"}`).uses(bare + "/hex").trusts(r.publicKey)
	p.rebar3("get-deps").fails("Failed to fetch and copy dep")
}

// What rebar3 has it asks for conditionally. What it has not, versions up to
// 3.19 ask for with an empty condition, which is none.
func testR3(t *testing.T, s system) {
	r := published(t)
	m := newMirror(t, newUpstream(t, r.dir).URL, r).synced()
	served := m.serve()
	p := newRebarProject(t, s, `{branch, "~> 1.0"}`).uses(served.URL).trusts(r.publicKey)
	p.rebar3("get-deps").ok()
	first := served.find("/tarballs/branch-1.1.0.tar")
	if len(first) != 1 || first[0].status != 200 {
		t.Fatalf("want one answer with 200, got %v", served.asked())
	}
	condition, sent := first[0].request["If-None-Match"]
	if s == bookworm && (!sent || condition[0] != "") {
		t.Errorf("this rebar3 was chosen because it sends an empty If-None-Match; it sent %v", first[0].request)
	}

	p.run("app", nil, "rm", "-r", "_build").ok()
	p.rebar3("get-deps").ok()
	again := served.find("/tarballs/branch-1.1.0.tar")[1:]
	if len(again) != 1 || again[0].request.Get("If-None-Match") != first[0].response.Get("ETag") || again[0].status != 304 {
		t.Errorf("want one conditional request and 304, got %v", again)
	}
	p.says("branch", newestBranch)
	served.missesOnly()
}

func testR4(t *testing.T, s system) {
	r := published(t)
	m := newMirror(t, newUpstream(t, r.dir).URL, r).synced()
	served := m.serve()
	p := newRebarProject(t, s, `{branch, "~> 1.0"}`).uses(served.URL + "/").trusts(r.publicKey)
	p.rebar3("get-deps").ok()
	p.says("branch", newestBranch)
	served.missesOnly()
}

// A verbatim subset made from a rebar.lock serves the project that is locked so;
// one that resolves freely runs into what is listed but not there.
func testR5(t *testing.T, s system) {
	r := published(t)
	up := newUpstream(t, r.dir)
	outside := newRebarProject(t, s, oldBranch).uses(up.URL).trusts(r.publicKey)
	outside.rebar3("get-deps").ok()
	m := newMirror(t, up.URL, r, "--index", "verbatim", "--lock", outside.dir+"/app/rebar.lock").synced()

	served := m.serve()
	locked := newRebarProject(t, s, oldBranch).uses(served.URL).trusts(r.publicKey)
	locked.write("app/rebar.lock", outside.lock())
	locked.rebar3("get-deps").ok()
	locked.says("branch", oldestBranch)
	if locked.lock() != outside.lock() {
		t.Errorf("rebar.lock was\n%sand became\n%s", outside.lock(), locked.lock())
	}
	served.missesOnly()

	free := newRebarProject(t, s, `{branch, "~> 1.0"}`).uses(served.URL).trusts(r.publicKey)
	free.rebar3("get-deps").fails("Failed to fetch and copy dep")
	served.missesOnly("/tarballs/branch-1.1.0.tar", "/tarballs/leaf-1.1.0.tar")
}

// A re-signed subset resolves to the newest that it has.
func testR6(t *testing.T, s system) {
	r := published(t)
	up := newUpstream(t, r.dir)
	outside := newRebarProject(t, s, oldBranch).uses(up.URL).trusts(r.publicKey)
	outside.rebar3("get-deps").ok()
	m := newMirror(t, up.URL, r, "--index", "filtered", "--lock", outside.dir+"/app/rebar.lock").synced()
	served := m.serve()
	p := newRebarProject(t, s, `{branch, "~> 1.0"}`).uses(served.URL).trusts(m.file("public_key"))
	p.rebar3("get-deps").ok()
	p.says("branch", oldestBranch)
	served.missesOnly()
}

// A tarball that was tampered with on the mirror's disk does not get past rebar3.
func testR7(t *testing.T, s system) {
	r := published(t)
	m := newMirror(t, newUpstream(t, r.dir).URL, r).synced()
	m.tamper("tarballs/leaf-1.1.0.tar")
	m.refuses("tarballs/leaf-1.1.0.tar")
	p := newRebarProject(t, s, `{branch, "~> 1.0"}`).uses(m.plain().URL).trusts(r.publicKey)
	p.rebar3("get-deps").fails("checksum")
}
