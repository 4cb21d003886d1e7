package julia_test

import (
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia"
	"github.com/offmirror/offmirror/layout"
)

func TestRecoverKnowsWhereEachPathIs(t *testing.T) {
	o := julia.Ecosystem().Options().(*julia.Options)
	o.Upstream, o.Mirrors = "https://pkg.example", []string{"https://other.example/julia"}
	o.ReleasesUpstream, o.NightlyUpstream = "https://releases.example", "https://nightlies.example"
	d, err := julia.New(o)
	if err != nil {
		t.Fatal(err)
	}
	const tree = "0123456789abcdef0123456789abcdef01234567"
	want := map[string]string{
		"artifact/" + tree: "https://pkg.example/artifact/" + tree,
		"package/7876af07-990d-54b4-ab0e-23690620f79a/" + tree:       "https://pkg.example/package/7876af07-990d-54b4-ab0e-23690620f79a/" + tree,
		"registry/23338594-aafe-5451-b93e-139f81909106/" + tree:      "https://pkg.example/registry/23338594-aafe-5451-b93e-139f81909106/" + tree,
		"artifact/" + tree + ".tar.zst":                              "",
		"registries":                                                 "",
		"meta":                                                       "",
		"classic/packages/General/JSON/JSON-1.tar.gz":                "",
		"bin/linux/x64/1.10/julia-1.10.0-linux-x86_64.tar.gz":        "https://releases.example/bin/linux/x64/1.10/julia-1.10.0-linux-x86_64.tar.gz",
		"bin/linux/x86_64/julia-latest-linux-x86_64.tar.gz":          "https://nightlies.example/bin/linux/x86_64/julia-latest-linux-x86_64.tar.gz",
		"juliaup/versiondb/versiondb-1.0.0-x86_64-apple-darwin.json": "https://releases.example/juliaup/versiondb/versiondb-1.0.0-x86_64-apple-darwin.json",
	}
	var entries []layout.Entry
	for path := range want {
		entries = append(entries, layout.Entry{Path: path})
	}
	for i, q := range d.(ecosystems.Recoverer).Recover(t.Context(), nil, entries) {
		if path := entries[i].Path; q.URL != want[path] {
			t.Errorf("%s: %s, want %s", path, q.URL, want[path])
		}
	}
}
