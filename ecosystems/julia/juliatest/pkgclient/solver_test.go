package pkgclient

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// randomGraph makes a few packages that need each other and Julia in random versions.
func randomGraph(t *rapid.T) *graph {
	g := &graph{profile: Julia("1.10.0"), names: map[uuid.UUID]string{}, candidates: map[uuid.UUID][]candidate{}}
	packages := rapid.IntRange(1, 5).Draw(t, "packages")
	compat := rapid.SampledFrom([]string{"1", "2", "3", "1-2", "2-3", "*"})
	for i := range packages {
		id := uuid.UUID{byte(i + 1)}
		g.names[id] = fmt.Sprintf("P%d", i)
		for v := rapid.IntRange(1, 3).Draw(t, "versions"); v > 0; v-- {
			c := candidate{release: release{version: version.Version{Major: uint32(v)}, tree: treehash.Hash{1}}}
			julia := rapid.SampledFrom([]string{"1", "1", "1", "1.11"}).Draw(t, "julia")
			c.needs = append(c.needs, need{uuid.Julia, false, mustSet(julia)})
			for j := range packages {
				if j != i && rapid.IntRange(0, 2).Draw(t, "needed") == 0 {
					weak := rapid.IntRange(0, 3).Draw(t, "weak") == 0
					c.needs = append(c.needs, need{uuid.UUID{byte(j + 1)}, weak, mustSet(compat.Draw(t, "compat"))})
				}
			}
			g.candidates[id] = append(g.candidates[id], c)
		}
	}
	return g
}

func mustSet(s string) version.Set {
	set, err := version.ParseSet(s)
	if err != nil {
		panic(err)
	}
	return set
}

// valid tells whether a choice meets every demand, and whether it has what the roots need.
func (g *graph) valid(choice map[uuid.UUID]candidate, roots []requirement) bool {
	for _, r := range roots {
		if c, ok := choice[r.id]; !ok || !r.versions.Contains(c.version) {
			return false
		}
	}
	for _, c := range choice {
		for _, n := range c.needs {
			other, ok := choice[n.id]
			switch {
			case n.id == uuid.Julia:
				if !n.compat.Contains(g.profile.Version) {
					return false
				}
			case ok && !n.compat.Contains(other.version), !ok && !n.weak:
				return false
			}
		}
	}
	return true
}

// solvable tries every choice there is.
func (g *graph) solvable(ids []uuid.UUID, choice map[uuid.UUID]candidate, roots []requirement) bool {
	if len(ids) == 0 {
		return g.valid(choice, roots)
	}
	if g.solvable(ids[1:], choice, roots) {
		return true
	}
	for _, c := range g.candidates[ids[0]] {
		choice[ids[0]] = c
		if g.solvable(ids[1:], choice, roots) {
			return true
		}
		delete(choice, ids[0])
	}
	return false
}

func TestSolver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := randomGraph(t)
		ids := slices.SortedFunc(maps.Keys(g.names), uuid.UUID.Compare)
		roots := []requirement{{id: ids[0], versions: version.Any()}}
		if len(ids) > 1 {
			roots = append(roots, requirement{id: ids[1], versions: mustSet(rapid.SampledFrom([]string{"*", "1", "2"}).Draw(t, "root"))})
		}
		solution, err := g.solve(roots)
		possible := g.solvable(ids, map[uuid.UUID]candidate{}, roots)
		if possible != (err == nil) || err != nil && !errors.Is(err, ErrUnsatisfiable) {
			t.Fatalf("solvable: %t, solve: %v", possible, err)
		}
		if err == nil && !g.valid(solution, roots) {
			t.Fatalf("no solution: %v", solution)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Fatalf("an error of several lines: %q", err)
		}
	})
}

// TestSolverGivesUp has so many ways to fail that no budget would do: of ten packages with twelve
// versions each, all fit together but none with the last package.
func TestSolverGivesUp(t *testing.T) {
	g := &graph{profile: Julia("1.10.0"), names: map[uuid.UUID]string{}, candidates: map[uuid.UUID][]candidate{}}
	var roots []requirement
	last := uuid.UUID{99}
	for i := range 10 {
		id := uuid.UUID{byte(i + 1)}
		g.names[id] = fmt.Sprintf("P%d", i)
		for v := 12; v > 0; v-- {
			g.candidates[id] = append(g.candidates[id], candidate{release: release{version: version.Version{Major: uint32(v)}}})
		}
		roots = append(roots, requirement{id: id, versions: version.Any()})
	}
	g.names[last] = "Last"
	g.candidates[last] = []candidate{{
		release: release{version: version.Version{Major: 1}},
		needs:   []need{{uuid.UUID{1}, false, mustSet("13")}},
	}}
	// Something in between hides from the first look that nothing will do.
	g.names[uuid.UUID{98}] = "Between"
	g.candidates[uuid.UUID{98}] = []candidate{{release: release{version: version.Version{Major: 1}}, needs: []need{{last, false, version.Any()}}}}
	roots = append(roots, requirement{id: uuid.UUID{98}, versions: version.Any()})
	_, err := g.solve(roots)
	if !errors.Is(err, ErrUnsatisfiable) || !strings.Contains(err.Error(), "gave up after") {
		t.Error(err)
	}
}

func TestStdlibs(t *testing.T) {
	for _, test := range []struct {
		version, name string
		uuid          string
		with          bool
	}{
		{"1.4.0", "Dates", "ade2ca70-3891-5945-98fb-dc099432e06a", true},
		{"1.13.0", "Dates", "ade2ca70-3891-5945-98fb-dc099432e06a", true},
		{"1.99.0", "Dates", "ade2ca70-3891-5945-98fb-dc099432e06a", true},
		{"1.8.5", "DelimitedFiles", "8bb1440f-4735-579b-a4ab-409b98df4dab", true},
		{"1.9.0", "DelimitedFiles", "8bb1440f-4735-579b-a4ab-409b98df4dab", false},
		{"1.10.0", "Statistics", "10745b16-79ce-11e8-11f9-7d13ad32a3b2", true},
		{"1.11.0", "Statistics", "10745b16-79ce-11e8-11f9-7d13ad32a3b2", false},
		{"1.5.3", "Zlib_jll", "83775a58-1f1d-513f-b197-d71354ab007a", false},
		{"1.6.0", "Zlib_jll", "83775a58-1f1d-513f-b197-d71354ab007a", true},
		{"1.11.0", "OpenSSL_jll", "458c3c95-2e84-50aa-8efc-19380b2a3a95", false},
		{"1.12.0", "OpenSSL_jll", "458c3c95-2e84-50aa-8efc-19380b2a3a95", true},
		{"1.12.0", "Zstd_jll", "3161d3a3-bdf6-5164-811a-617609db77b4", false},
		{"1.13.0", "Zstd_jll", "3161d3a3-bdf6-5164-811a-617609db77b4", true},
	} {
		p := Julia(test.version)
		name, ok := p.stdlib(uuid.MustParse(test.uuid))
		id, named := p.stdlibNamed(test.name)
		if ok != test.with || named != test.with || ok && (name != test.name || id.String() != test.uuid) {
			t.Errorf("Julia %s with %s: %t (%s), %t (%s)", test.version, test.name, ok, name, named, id)
		}
	}
}

func TestNotAVersion(t *testing.T) {
	for _, v := range []string{"", "1", "1.3.1", "0.7.0", "2.0.0", "new"} {
		func() {
			defer func() { _ = recover() }()
			t.Errorf("Julia %q is played as %s", v, Julia(v))
		}()
	}
}
