//go:build e2e

package e2e

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

// A remark is what hex.pm would say about a release; Hex's own tools cannot.
type remark struct {
	name, version string
	retired       *registry.Retirement
	advisory      *registry.Advisory
}

// remark signs a package and the list of versions again with what is to be said.
func (r repository) remark(remarks ...remark) {
	r.t.Helper()
	for _, m := range remarks {
		if err := r.tryRemark(m); err != nil {
			r.t.Fatalf("remark on %s %s: %v", m.name, m.version, err)
		}
	}
}

func (r repository) tryRemark(m remark) error {
	key, err := registry.ParseSigningKey([]byte(r.read("key.pem")))
	if err != nil {
		return err
	}
	trust := registry.Trust{Key: key.Public(), Repository: r.name}
	file := filepath.Join(r.dir, "packages", m.name)
	p, err := trust.Package([]byte(readFile(r.t, file)), m.name)
	if err != nil {
		return err
	}
	for i := range p.Releases {
		if rel := &p.Releases[i]; rel.Version == m.version {
			rel.Raw = nil
			rel.Retired = m.retired
			if m.advisory != nil {
				rel.AdvisoryIndexes = append(rel.AdvisoryIndexes, uint32(len(p.Advisories)))
			}
		}
	}
	if m.advisory != nil {
		p.Advisories = append(p.Advisories, *m.advisory)
	}
	sealed, err := key.Seal(p.Marshal())
	if err != nil {
		return err
	}
	writeFile(r.t, file, string(sealed))

	list := filepath.Join(r.dir, "versions")
	v, err := trust.Versions([]byte(readFile(r.t, list)))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(v.Packages, func(e registry.VersionedPackage) bool { return e.Name == m.name })
	v.Packages[i] = p.IndexEntry(&v.Packages[i])
	if sealed, err = key.Seal(v.Marshal()); err != nil {
		return err
	}
	writeFile(r.t, list, string(sealed))
	return nil
}

// What hex.pm says about a release reaches people through the mirror, from a
// verbatim and from a re-signed index. Hex shows advisories from 2.5 on.
func testM8(t *testing.T) {
	r := published(t).copied(t)
	r.remark(
		remark{name: "twig_pkg", version: "0.3.0", retired: &registry.Retirement{
			Reason: registry.RetiredDeprecated, Message: "Use a branch instead"}},
		remark{name: "leaf", version: "1.1.0", advisory: &registry.Advisory{
			ID: "GHSA-leaf-fall-0001", Summary: "Leaves may fall", HTMLURL: "https://osv.dev/vulnerability/GHSA-leaf-fall-0001",
			APIURL: "https://api.osv.dev/v1/vulns/GHSA-leaf-fall-0001", Severity: registry.SeverityHigh, HasSeverity: true, CVSSScore: 7.5}},
	)
	up := newUpstream(t, r.dir)
	for _, index := range []string{"verbatim", "filtered"} {
		t.Run(index, func(t *testing.T) {
			t.Parallel()
			m := newMirror(t, up.URL, r, "--index", index, "--package", "tree ~> 1.0").with(t).synced()
			served := m.serve()
			p := newMixProject(t, sid, `{:tree, "~> 1.0"}`).uses(served.URL).trusts(m.file("public_key"))
			p.mix("deps.get").ok("leaf 1.1.0 VULNERABLE!", "GHSA-leaf-fall-0001 (HIGH)", "Leaves may fall",
				"twig_pkg 0.3.0 RETIRED!", "(deprecated) Use a branch instead")
			p.mix("hex.audit").fails("Found retired packages", "Found packages with security advisories")
			served.missesOnly(versionCheck)
		})
	}
}
