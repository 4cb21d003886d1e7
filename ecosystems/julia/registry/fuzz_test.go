package registry_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// FuzzPackage gives a package any files.
func FuzzPackage(f *testing.F) {
	w := world()
	for _, p := range []string{"L/Lantern", "W/Wick", "W/Wick@4", "jll/O/Oil_jll"} {
		f.Add(w[p+"/Package.toml"], w[p+"/Versions.toml"], w[p+"/Deps.toml"], w[p+"/Compat.toml"], w[p+"/WeakDeps.toml"])
	}
	f.Add("[metadata]\ndeprecated = { reason = 3 }", "[\"1.0\"]\ngit-tree-sha1 = 3", "[1]\nA = { }", "[1]\nA = []", "[[1]]")
	f.Fuzz(func(t *testing.T, info, versions, deps, compat, weak string) {
		r, err := registry.ReadFS(dir(with(w, "W/Wick/Package.toml", info, "W/Wick/Versions.toml", versions,
			"W/Wick/Deps.toml", deps, "W/Wick/Compat.toml", compat, "W/Wick/WeakDeps.toml", weak)))
		if err != nil {
			t.Fatal(err)
		}
		p := packageOf(t, r, wick)
		if _, err := p.Info(); err != nil {
			checkMessage(t, err)
		}
		d, err := p.Dependencies()
		if err != nil {
			checkMessage(t, err)
		}
		releases, err := p.Releases()
		if err != nil {
			checkMessage(t, err)
		}
		for i, release := range releases {
			if i > 0 && releases[i-1].Version.Compare(release.Version) >= 0 {
				t.Fatalf("%s behind %s", release.Version, releases[i-1].Version)
			}
			for _, dep := range d.At(release.Version) {
				if dep.UUID.IsZero() && !strings.Contains(deps+weak, "00000000-0000") || dep.Compat == nil {
					t.Fatalf("%s needs %+v", release.Version, dep)
				}
			}
		}
		// Every second version goes.
		i := 0
		keep := map[version.Version]bool{}
		changes, err := r.Prune(func(q *registry.Package, release registry.Release) bool {
			if q != p {
				return true
			}
			i++
			keep[release.Version] = i%2 == 0
			return i%2 == 0
		})
		if err != nil {
			checkMessage(t, err)
			return
		}
		for _, err := range changes.Problems {
			checkMessage(t, err)
		}
		if content, ok := changes.Files["W/Wick/Versions.toml"]; ok != (len(releases) > 0 || len(changes.Problems) > 0) && versions != "" {
			t.Fatalf("%q became %q", versions, content)
		}
	})
}

func FuzzRegistry(f *testing.F) {
	f.Add(world()["Registry.toml"])
	f.Add("name = \"M\"\nuuid = \"22222222-aaaa-4bbb-8ccc-000000000000\"\n[packages]\nx = { name = \"A\", path = \"..\" }\n")
	f.Fuzz(func(t *testing.T, content string) {
		r, err := registry.ReadFS(dir(with(world(), "Registry.toml", content+"\n")))
		if err != nil {
			checkMessage(t, err)
			return
		}
		for _, err := range r.Problems() {
			checkMessage(t, err)
		}
		for _, p := range r.Packages() {
			if strings.ContainsAny(p.Name, "/\\\n ") || strings.HasPrefix(p.Path, "/") || strings.Contains("/"+p.Path+"/", "/../") {
				t.Fatalf("package %q in %q", p.Name, p.Path)
			}
			if _, err := p.Info(); err != nil {
				checkMessage(t, err)
			}
		}
	})
}

func checkMessage(t *testing.T, err error) {
	t.Helper()
	s := err.Error()
	if len(s) > 3000 || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Fatalf("not a message for one line: %q", s)
	}
}
