package registry

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func golden(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestRepositoryOfHex reads what `mix hex.registry build` wrote, and writes the
// very same payloads.
func TestRepositoryOfHex(t *testing.T) {
	key, err := ParsePublicKey(golden(t, "public_key"))
	if err != nil {
		t.Fatal(err)
	}
	trust := Trust{Key: key, Repository: "acme"}
	same := func(name string, written []byte) {
		s, err := Open(golden(t, name), MaxPackagePayload)
		if err != nil || !bytes.Equal(s.Payload, written) {
			t.Errorf("%s: written again, the payload differs (%v)", name, err)
		}
	}

	n, err := trust.Names(golden(t, "names"))
	if err != nil {
		t.Fatal(err)
	}
	same("names", n.Marshal())
	if len(n.Packages) != 1 || n.Packages[0].Name != "toy" || n.Packages[0].UpdatedAt.Year() != 2026 {
		t.Errorf("names %+v", n.Packages)
	}

	v, err := trust.Versions(golden(t, "versions"))
	if err != nil {
		t.Fatal(err)
	}
	same("versions", v.Marshal())

	p, err := trust.Package(golden(t, "package-toy"), "toy")
	if err != nil {
		t.Fatal(err)
	}
	same("package-toy", p.Marshal())
	inner, err := ParseChecksum("549ed8302929a362815af2d62cd82c94b6e519622924acd3e487a73c2907ff2e")
	if err != nil {
		t.Fatal(err)
	}
	outer, err := ParseChecksum("971119e2974d10b05461263413d3378010eda1d0ccdf62b2266564849ab89c7d")
	if err != nil {
		t.Fatal(err)
	}
	want := []Release{{
		Version: "0.3.0-rc.1", InnerChecksum: inner, OuterChecksum: outer, PublishedAt: time.Time{},
		Dependencies: []Dependency{
			{Package: "mime", Requirement: "~> 1.0 or ~> 2.0", App: "mime", Repository: "hexpm"},
			{Package: "opt_pkg", Requirement: ">= 1.0.0", Optional: true, App: "opt"},
		},
	}}
	if diff := cmp.Diff(want, p.Releases, ignoreRaw); diff != "" {
		t.Errorf("releases (-want +got):\n%s", diff)
	}
	if got := p.IndexEntry(&v.Packages[0]); !bytes.Equal(got.Raw, v.Packages[0].Raw) {
		t.Errorf("entry of versions: %+v, want upstream's own", got)
	}
}
