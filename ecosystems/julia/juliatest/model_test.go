package juliatest_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// model is what an upstream should say after some calls.
type model struct {
	t        *testing.T
	up       *juliatest.Upstream
	versions map[string]map[version.Version]*modelled
	removed  map[string]bool
	states   []treehash.Hash // that somebody has seen, each once
}

type modelled struct {
	tree    treehash.Hash
	yanked  bool
	dropped bool
	needs   string // compat entry for Base
}

// TestModel makes calls in any order and compares what a client sees with a model.
func TestModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := &model{t: t, up: juliatest.New(), versions: map[string]map[version.Version]*modelled{}, removed: map[string]bool{}}
		m.up.Publish("Base", juliatest.Version{Number: "1.0.0"})
		pkg, number := rapid.SampledFrom([]string{"A", "B_jll", "c"}), rapid.Uint32Range(0, 2)
		one := func(rt *rapid.T) (string, version.Version) {
			return pkg.Draw(rt, "package"), version.Version{Major: number.Draw(rt, "major"), Minor: number.Draw(rt, "minor")}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"publish": func(rt *rapid.T) {
				name, v := one(rt)
				m.publish(name, v, rapid.SampledFrom([]string{"", "1", "0.5, 1.2", "~2.1", "=3.0.0", ">=1"}).Draw(rt, "needs"))
			},
			"yank": func(rt *rapid.T) {
				name, v := one(rt)
				if at := m.versions[name][v]; at != nil && !at.dropped {
					at.yanked = rapid.Bool().Draw(rt, "yanked")
					m.up.Yank(name, v.String(), at.yanked)
				}
			},
			"drop": func(rt *rapid.T) {
				name, v := one(rt)
				if at := m.versions[name][v]; at != nil && !at.dropped {
					at.dropped = true
					m.up.Drop(name, v.String())
				}
			},
			"remove": func(rt *rapid.T) {
				name, v := one(rt)
				if at := m.versions[name][v]; at != nil {
					path := pkgserver.PackagePath(juliatest.UUID(name), at.tree)
					if m.removed[path] {
						m.up.Restore(path)
					} else {
						m.up.Remove(path)
					}
					m.removed[path] = !m.removed[path]
				}
			},
			"": func(*rapid.T) { m.check() },
		})
	})
}

func (m *model) publish(name string, v version.Version, needs string) {
	if m.versions[name] == nil {
		m.versions[name] = map[version.Version]*modelled{}
	}
	if m.versions[name][v] != nil {
		return
	}
	rel := m.up.Publish(name, juliatest.Version{Number: v.String(), Deps: []string{"Base " + needs}})
	m.versions[name][v] = &modelled{tree: rel.Tree, needs: needs}
}

// check reads the registry and asks for everything.
func (m *model) check() {
	r := read(m.t, m.up, m.up.Registry)
	if !slices.Contains(m.states, r.Hash()) {
		m.states = append(m.states, r.Hash())
	}
	for _, hash := range []treehash.Hash{m.states[0], m.states[len(m.states)/2], r.Hash()} {
		tree(m.t, m.up, pkgserver.RegistryPath(registry.General, hash), hash, treehash.Full)
	}
	for name, versions := range m.versions {
		p := r.Named(name)[0]
		list, err := p.Releases()
		if err != nil {
			m.t.Fatal(err)
		}
		deps, err := p.Dependencies()
		if err != nil {
			m.t.Fatal(err)
		}
		listed := 0
		for v, want := range versions {
			code := get(m.t, m.up, pkgserver.PackagePath(p.UUID, want.tree)).Code
			if removed := m.removed[pkgserver.PackagePath(p.UUID, want.tree)]; (code == http.StatusNotFound) != removed {
				m.t.Fatalf("%s %s: %d, removed: %v", name, v, code, removed)
			}
			i := slices.IndexFunc(list, func(rel registry.Release) bool { return rel.Version == v })
			if (i >= 0) == want.dropped {
				m.t.Fatalf("%s %s is dropped: %v, is listed: %v", name, v, want.dropped, i >= 0)
			}
			if want.dropped {
				continue
			}
			listed++
			if list[i].Tree != want.tree || list[i].Yanked != want.yanked {
				m.t.Fatalf("%s: %+v, want %+v", name, list[i], want)
			}
			entry := version.Any()
			if want.needs != "" {
				entry = version.MustParseCompat(want.needs)
			}
			if at := deps.At(v); len(at) != 1 || fmt.Sprint(at[0].Compat) != fmt.Sprint(entry) {
				m.t.Fatalf("%s %s needs %v, not %v", name, v, at, entry)
			}
		}
		if listed != len(list) {
			m.t.Fatalf("%s has %d versions, not %d", name, len(list), listed)
		}
	}
}
