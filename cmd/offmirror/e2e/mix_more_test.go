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

// A filtered mirror holds what its options select, and clients find just that.
func testSelection(t *testing.T) {
	r := published(t)
	up := newUpstream(t, r.dir)
	for _, c := range []struct {
		name  string
		words []string
		deps  string
		want  string // empty: cannot be resolved
	}{
		{"newest", []string{"--versions", "latest:1"}, `{:tree, "~> 1.0"}`, "tree 1.1.0"},
		{"older_than_newest", []string{"--versions", "latest:1"}, `{:tree, "1.0.0"}`, ""},
		{"prerelease", nil, `{:tree, "~> 2.0-rc"}`, "tree 2.0.0-rc.1"},
		{"no_prerelease", []string{"--prereleases=false"}, `{:tree, "~> 2.0-rc"}`, ""},
		{"optional_dependency", []string{"--optional-dependencies"}, `{:tree, "~> 1.0"}, {:moss, "~> 0.1"}`, "moss 0.1.0"},
		{"no_optional_dependency", nil, `{:tree, "~> 1.0"}, {:moss, "~> 0.1"}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMirror(t, up.URL, r, append([]string{"--index", "filtered", "--package", "tree"}, c.words...)...).synced()
			served := m.serve()
			p := newMixProject(t, sid, c.deps).uses(served.URL).trusts(m.file("public_key"))
			if c.want == "" {
				p.mix("deps.get").fails().saysNothingOf("404", "Getting")
			} else {
				p.mix("deps.get").ok(c.want)
			}
			served.missesOnly(versionCheck)
		})
	}
}
