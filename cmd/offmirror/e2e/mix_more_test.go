//go:build e2e

package e2e

import (
	"testing"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

// Documentation is fetched from the mirror, too.
func testDocs(t *testing.T) {
	r := published(t).copied(t)
	r.write("page/index.html", "<h1>Leaf</h1>\n")
	r.write("repository/docs/.keep", "")
	r.run("page", nil, "tar", "czf", "../repository/docs/leaf-1.1.0.tar.gz", "index.html").ok()
	m := newMirror(t, newUpstream(t, r.dir).URL, r, "--docs").synced()
	withHex(t, func(t *testing.T, s system) {
		served := m.with(t).serve()
		p := newMixProject(t, s).uses(served.URL).trusts(r.publicKey)
		p.mix("hex.docs", "fetch", "leaf", "1.1.0").ok("Docs fetched")
		if page := p.read(".hex/docs/hexpm/leaf/1.1.0/index.html"); page != "<h1>Leaf</h1>\n" {
			t.Errorf("the page is %q", page)
		}
		served.missesOnly(versionCheck)
	})
}

// The key of a re-signed index can be fetched from the mirror, against its fingerprint.
func testFetchPublicKey(t *testing.T) {
	r := published(t)
	m := newMirror(t, newUpstream(t, r.dir).URL, r, "--index", "filtered", "--package", "tree ~> 1.0").synced()
	key, err := registry.ParsePublicKey([]byte(readFile(t, m.file("public_key"))))
	if err != nil {
		t.Fatal(err)
	}
	withHex(t, func(t *testing.T, s system) {
		served := m.with(t).serve()
		p := newMixProject(t, s)
		p.mix("hex.repo", "add", "site", served.URL, "--fetch-public-key", "SHA256:somebodyelse").fails("fingerprint")
		p.mix("hex.repo", "add", "site", served.URL, "--fetch-public-key", key.Fingerprint()).ok()
		p.mix("hex.repo", "list").ok(key.Fingerprint(), served.URL)
		served.missesOnly()
	})
}
