package registry_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// needs are the dependencies of single versions, before anything is compressed into
// ranges.
type needs map[string]map[string]string // version, name, range

var needVersions = []string{"0.1.0", "0.2.0", "0.2.1", "1.0.0", "1.1.0", "2.0.0"}

// TestDependenciesOfUncompressed holds that what is written for ranges of versions is
// read for each version as it was, however it is spread over tables.
func TestDependenciesOfUncompressed(t *testing.T) {
	ids := map[string]uuid.UUID{"A": lantern, "B": oilJLL, "C": dates}
	rapid.Check(t, func(rt *rapid.T) {
		want, weak := needs{}, map[string]bool{}
		for _, name := range []string{"A", "B", "C"} {
			weak[name] = rapid.Bool().Draw(rt, name+" is weak")
			for _, v := range needVersions {
				if want[v] == nil {
					want[v] = map[string]string{}
				}
				if rapid.Bool().Draw(rt, v+" needs "+name) {
					want[v][name] = rapid.SampledFrom([]string{"", "1", "0.2-0", "1.2.3-1"}).Draw(rt, "compat")
				}
			}
		}
		files := map[string]string{}
		for _, v := range rapid.Permutation(needVersions).Draw(rt, "order") {
			// Each version has its own table, or a range that holds it alone of all.
			key := rapid.SampledFrom([]string{v, v + "-" + v, v + " - " + v}).Draw(rt, "key")
			for _, suffix := range []string{"Deps.toml", "WeakDeps.toml", "Compat.toml", "WeakCompat.toml"} {
				files[suffix] += fmt.Sprintf("[%q]\n", key)
			}
			for _, name := range []string{"A", "B", "C"} {
				compat, needed := want[v][name]
				if !needed {
					continue
				}
				deps, ranges := "Deps.toml", "Compat.toml"
				if weak[name] {
					deps, ranges = "WeakDeps.toml", rapid.SampledFrom([]string{"WeakCompat.toml", "Compat.toml"}).Draw(rt, "file")
				}
				files[deps] += fmt.Sprintf("%s = %q\n", name, ids[name])
				if compat != "" {
					files[ranges] = insert(files[ranges], fmt.Sprintf("[%q]\n", key), fmt.Sprintf("%s = %q\n", name, compat))
				}
			}
		}
		changes := []string{}
		for name, content := range files {
			changes = append(changes, "W/Wick/"+name, content)
		}
		r, err := registry.ReadFS(dir(with(world(), changes...)))
		if err != nil {
			rt.Fatal(err)
		}
		deps, err := packageOf(t, r, wick).Dependencies()
		if err != nil {
			rt.Fatal(err)
		}
		for _, v := range needVersions {
			got := map[string]string{}
			for _, d := range deps.At(version.MustParse(v + "+7")) {
				if d.UUID != ids[d.Name] || d.Weak != weak[d.Name] {
					rt.Fatalf("%s needs %+v", v, d)
				}
				got[d.Name] = strings.TrimPrefix(d.Compat.String(), "*")
			}
			if fmt.Sprint(got) != fmt.Sprint(want[v]) {
				rt.Fatalf("%s needs %v, want %v", v, got, want[v])
			}
		}
	})
}

// insert puts a line behind the last occurrence of a header.
func insert(content, header, line string) string {
	i := strings.LastIndex(content, header) + len(header)
	return content[:i] + line + content[i:]
}

// TestOrderOfReleases holds that versions come in Julia's order, however they are written.
func TestOrderOfReleases(t *testing.T) {
	gen := rapid.StringMatching(`[0-2]\.[0-9]{1,2}\.[0-2](-rc[1-3])?(\+(0|1|2|10))?!?`)
	rapid.Check(t, func(rt *rapid.T) {
		texts := rapid.SliceOfNDistinct(gen, 0, 20, func(s string) version.Version {
			return version.MustParse(strings.TrimSuffix(s, "!"))
		}).Draw(rt, "versions")
		content := versionsTable(texts...)
		if len(texts) == 0 {
			content = "# none\n"
		}
		r, err := registry.ReadFS(dir(with(world(), "W/Wick/Versions.toml", content)))
		if err != nil {
			rt.Fatal(err)
		}
		releases, err := packageOf(t, r, wick).Releases()
		if err != nil || len(releases) != len(texts) {
			rt.Fatalf("%d of %d: %v", len(releases), len(texts), err)
		}
		if !slices.IsSortedFunc(releases, func(a, b registry.Release) int { return a.Version.Compare(b.Version) }) {
			rt.Fatalf("not in order: %v", releases)
		}
		yanked := 0
		for _, release := range releases {
			if release.Yanked {
				yanked++
			}
		}
		if yanked != strings.Count(strings.Join(texts, ""), "!") {
			rt.Fatalf("%d are yanked of %q", yanked, texts)
		}
	})
}
