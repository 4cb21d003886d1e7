package hexpm_test

import (
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm"
	"github.com/offmirror/offmirror/layout"
)

func TestRecoverKnowsWhereEachPathIs(t *testing.T) {
	d, err := hexpm.New(options(func(o *hexpm.Options) {
		o.Upstream, o.Mirrors, o.BuildsUpstream = "https://repo.example", []string{"https://mirror.example/hex"}, "https://builds.example"
		o.Repositories = []hexpm.Repository{{Name: "acme", Upstream: "https://acme.example/repo"}}
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"tarballs/plug-1.0.0.tar":            "https://repo.example/tarballs/plug-1.0.0.tar",
		"packages/plug":                      "https://repo.example/packages/plug",
		"names":                              "https://repo.example/names",
		"public_key":                         "https://repo.example/public_key",
		"docs/plug-1.0.0.tar.gz":             "https://repo.example/docs/plug-1.0.0.tar.gz",
		"repos/acme/tarballs/secret-1.0.tar": "https://acme.example/repo/tarballs/secret-1.0.tar",
		"repos/acme/versions":                "https://acme.example/repo/versions",
		"installs/hex-1.x.csv":               "https://builds.example/installs/hex-1.x.csv",
		"builds/elixir/v1.18.zip":            "https://builds.example/builds/elixir/v1.18.zip",
	}
	var entries []layout.Entry
	for path := range want {
		entries = append(entries, layout.Entry{Path: path})
	}
	for i, q := range d.(ecosystems.Recoverer).Recover(t.Context(), nil, entries) {
		path := entries[i].Path
		if q.URL != want[path] {
			t.Errorf("%s: %s, want %s", path, q.URL, want[path])
		}
		if path == "names" && (len(q.Mirrors) != 1 || q.Mirrors[0] != "https://mirror.example/hex/names") {
			t.Errorf("mirrors %v", q.Mirrors)
		}
	}
}
