package resolve_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/resolve"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// drawWorld makes a registry of a few packages that need each other at random.
func drawWorld(t *rapid.T) string {
	names := []string{"A", "B", "C", "D", "E"}
	ranges := rapid.SampledFrom([]string{"*", "0", "1", "0.1", "0.2-1", "1.1-2", "2", "0-1.0"})
	some := func(label string) []string {
		return slices.Compact(slices.Sorted(slices.Values(rapid.SliceOfN(rapid.SampledFrom(names), 0, 3).Draw(t, label))))
	}
	var b strings.Builder
	for _, name := range names {
		versions := []string{}
		for _, v := range []string{"0.1.0", "0.1.1", "0.2.0", "1.0.0", "1.1.0", "2.0.0"} {
			switch rapid.IntRange(0, 4).Draw(t, name+" "+v) {
			case 0:
			case 1:
				versions = append(versions, v+"!")
			default:
				versions = append(versions, v)
			}
		}
		fmt.Fprintf(&b, "package %s\nversions %s\n", name, strings.Join(versions, " "))
		for _, major := range []string{"0", "1-2"} {
			fmt.Fprintf(&b, "deps %s %s\nweak %s %s\ncompat %s julia=%s", major, strings.Join(some("deps"), " "), major, strings.Join(some("weak"), " "), major,
				rapid.SampledFrom([]string{"*", "1.6-1", "1.10-1", "1.6", "2"}).Draw(t, "julia"))
			for _, dep := range names {
				fmt.Fprintf(&b, " %s=%s", dep, ranges.Draw(t, "compat"))
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

// facts are what the reference asks a registry.
type facts struct {
	releases map[string][]registry.Release
	deps     map[string]*registry.Dependencies
}

func factsOf(t *rapid.T, r *registry.Registry) facts {
	f := facts{map[string][]registry.Release{}, map[string]*registry.Dependencies{}}
	for _, p := range r.Packages() {
		var err error
		if f.releases[p.Name], err = p.Releases(); err != nil {
			t.Fatal(err)
		}
		if f.deps[p.Name], err = p.Dependencies(); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// admitted returns the versions that will do.
func (f facts) admitted(name string, compat version.Set, julias []version.Range) []string {
	var list []string
	for _, r := range f.releases[name] {
		set := f.deps[name].Julia(r.Version)
		usable := len(julias) == 0 || slices.ContainsFunc(julias, set.Intersects)
		if !r.Yanked && usable && compat.Contains(r.Version) {
			list = append(list, r.Version.String())
		}
	}
	return list
}

// everythingFrom is the closure of the policy "all", found by repeating until nothing
// changes.
func (f facts) everythingFrom(root string, julias []version.Range) map[string]bool {
	all := map[string]bool{}
	for _, v := range f.admitted(root, version.Any(), julias) {
		all[root+" "+v] = true
	}
	for {
		before := len(all)
		inside := map[string]bool{}
		for _, member := range slices.Sorted(maps.Keys(all)) {
			name, _, _ := strings.Cut(member, " ")
			inside[name] = true
		}
		for _, member := range slices.Sorted(maps.Keys(all)) {
			name, v, _ := strings.Cut(member, " ")
			for _, d := range f.deps[name].At(version.MustParse(v)) {
				if d.Weak && !inside[d.Name] {
					continue
				}
				for _, w := range f.admitted(d.Name, d.Compat, julias) {
					all[d.Name+" "+w] = true
				}
			}
		}
		if len(all) == before {
			return all
		}
	}
}

func TestAllLikeReference(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := world(t, "R", drawWorld(rt))
		f := factsOf(rt, r)
		julias := rapid.SampledFrom([][]version.Range{nil, julia("1.6"), julia("1.10", "1.5")}).Draw(rt, "Julia")
		result := closure(t, resolve.Selection{Roots: roots(t, "A"), Julia: julias}, r)
		got := map[string]bool{}
		for _, p := range result.Packages {
			for _, k := range p.Kept {
				got[p.Name+" "+k.Version.String()] = true
			}
		}
		if want := f.everythingFrom("A", julias); !maps.Equal(got, want) {
			rt.Fatalf("got %v\nwant %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
		}
	})
}

// TestPoliciesKeepPromises holds of every policy that nothing is kept that "all" would not
// keep, and that each dependency of what is kept finds its newest version, and the newest
// of each class.
func TestPoliciesKeepPromises(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := world(t, "R", drawWorld(rt))
		f := factsOf(rt, r)
		s := resolve.Selection{
			Roots: roots(t, "A", "B@1"), Julia: julia("1.6", "1.10"),
			Versions: policy(t, rapid.SampledFrom([]string{"latest:1", "latest:2", "compatible"}).Draw(rt, "policy")),
		}
		result := closure(t, s, r)
		s.Versions = policy(t, "all")
		whole := closure(t, s, r)
		byName := map[string]*resolve.Package{}
		for _, p := range result.Packages {
			byName[p.Name] = p
			for _, k := range p.Kept {
				if !whole.Keep(p.Package, k.Release) {
					rt.Fatalf("%s %s is kept, but not by \"all\"", p.Name, k.Version)
				}
				if why := k.Why(); !strings.HasPrefix(why[len(why)-1], "packages: ") {
					rt.Fatalf("%s %s: %q", p.Name, k.Version, why)
				}
			}
		}
		for _, p := range result.Packages {
			for _, k := range p.Kept {
				for _, d := range f.deps[p.Name].At(k.Version) {
					if d.Weak && byName[d.Name] == nil {
						continue
					}
					for _, target := range s.Julia {
						newest := map[version.Bound]string{}
						for _, v := range f.admitted(d.Name, d.Compat, []version.Range{target}) {
							newest[version.MustParse(v).Class()] = v
						}
						for _, v := range newest {
							release := registry.Release{Version: version.MustParse(v)}
							if byName[d.Name] == nil || !result.Keep(byName[d.Name].Package, release) {
								rt.Fatalf("%s %s needs %s %s, which is not kept", p.Name, k.Version, d.Name, v)
							}
						}
					}
				}
			}
		}
	})
}

// TestOrderDoesNotMatter holds that roots in any order keep the same.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := world(t, "R", drawWorld(rt))
		entries := rapid.Permutation([]string{"A@1", "B", "C@0.1", "D", "E@2"}).Draw(rt, "order")[:3]
		pins := lock(t, "M.toml", "Dates")
		s := resolve.Selection{Roots: roots(t, entries...), Versions: policy(t, "latest:1"), Locks: []resolve.Lock{pins}}
		forward := kept(closure(t, s, r))
		slices.Reverse(s.Roots)
		if backward := kept(closure(t, s, r)); !slices.Equal(forward, backward) {
			rt.Fatalf("%q: %q, in the other order %q", entries, forward, backward)
		}
	})
}
