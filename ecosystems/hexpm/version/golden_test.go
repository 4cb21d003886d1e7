package version_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/hexpm/version"
)

// golden is one file of testdata: the answers of a real Elixir and a real Hex.
type golden struct {
	versions     []goldenVersion
	requirements []goldenRequirement
}

type goldenVersion struct {
	text string
	ok   bool
	rank int
	pre  bool
}

type goldenRequirement struct{ text, allowPre, denyPre, solver string }

func readGolden(t testing.TB, name string) golden {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		switch f[0] {
		case "version":
			v := goldenVersion{text: unquote(t, f[1]), ok: f[2] != "error"}
			if v.ok {
				v.rank, err = strconv.Atoi(f[2])
				if err != nil {
					t.Fatal(err)
				}
				v.pre = f[3] == "pre"
			}
			g.versions = append(g.versions, v)
		case "requirement":
			g.requirements = append(g.requirements, goldenRequirement{unquote(t, f[1]), f[2], f[3], f[4]})
		}
	}
	if len(g.versions) < 100 || len(g.requirements) < 300 {
		t.Fatalf("%s: %d versions and %d requirements are too few", name, len(g.versions), len(g.requirements))
	}
	return g
}

func unquote(t testing.TB, s string) string {
	t.Helper()
	u, err := strconv.Unquote(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return u
}

// parsed returns the versions that this Elixir reads, in the order of the bits.
func (g golden) parsed(t testing.TB) []version.Version {
	t.Helper()
	var vs []version.Version
	for _, gv := range g.versions {
		if gv.ok {
			vs = append(vs, parse(t, gv.text))
		}
	}
	return vs
}

// set writes the versions for which in holds like golden.exs does.
func set(letter string, vs []version.Version, in func(version.Version) bool) string {
	var b strings.Builder
	for i := 0; i < len(vs); i += 4 {
		nibble := 0
		for j, v := range vs[i:min(i+4, len(vs))] {
			if in(v) {
				nibble |= 8 >> j
			}
		}
		b.WriteString(strconv.FormatInt(int64(nibble), 16))
	}
	return letter + strings.TrimRight(b.String(), "0")
}

var goldenFiles = []struct {
	name   string
	limits bool // this Elixir refuses numbers of more than 14 digits
	solver bool // this Hex is 2.6 or newer
}{
	{name: "golden-elixir-1.18.3.txt"},
	{name: "golden-elixir-1.20.4.txt", limits: true, solver: true},
}

func TestVersionsAsInElixir(t *testing.T) {
	for _, file := range goldenFiles {
		g := readGolden(t, file.name)
		for _, gv := range g.versions {
			v, err := version.Parse(gv.text)
			strict := err == nil && v.Strict()
			if gv.ok && !strict && (file.limits || err != nil) {
				t.Errorf("%s: Elixir reads %q as a version, we do not: %v", file.name, gv.text, err)
			}
			if !gv.ok && strict {
				t.Errorf("%s: Elixir does not read %q as a version, we do", file.name, gv.text)
			}
			if gv.ok && err == nil && v.IsPre() != gv.pre {
				t.Errorf("%s: %q is a pre-release: %v, Elixir says %v", file.name, gv.text, v.IsPre(), gv.pre)
			}
		}
	}
}

func TestCompareAsInElixir(t *testing.T) {
	for _, file := range goldenFiles {
		g := readGolden(t, file.name)
		for _, a := range g.versions {
			for _, b := range g.versions {
				if !a.ok || !b.ok {
					continue
				}
				want := 0
				if a.rank < b.rank {
					want = -1
				} else if a.rank > b.rank {
					want = +1
				}
				if got := version.Compare(parse(t, a.text), parse(t, b.text)); got != want {
					t.Errorf("%s: Compare(%q, %q) = %d, want %d", file.name, a.text, b.text, got, want)
				}
			}
		}
	}
}

func TestMatchAsInElixir(t *testing.T) {
	for _, file := range goldenFiles {
		g := readGolden(t, file.name)
		vs := g.parsed(t)
		for _, gr := range g.requirements {
			r, err := version.ParseRequirement(gr.text)
			strict := err == nil && r.Remark() == ""
			if gr.allowPre == "error" {
				if strict {
					t.Errorf("%s: Elixir does not read %q, we have no remark", file.name, gr.text)
				}
				continue
			}
			if err != nil || file.limits && !strict {
				t.Errorf("%s: Elixir reads %q, we do not: %v %s", file.name, gr.text, err, r.Remark())
				continue
			}
			for allowPre, want := range map[bool]string{true: gr.allowPre, false: gr.denyPre} {
				if got := set("m", vs, func(v version.Version) bool { return r.Match(v, allowPre) }); got != want {
					t.Errorf("%s: %q, pre-releases %v:\n got %s\nwant %s", file.name, gr.text, allowPre, got, want)
				}
			}
		}
	}
}

func TestSolverRangesAsInHex(t *testing.T) {
	for _, file := range goldenFiles {
		g := readGolden(t, file.name)
		vs := g.parsed(t)
		for _, gr := range g.requirements {
			r, err := version.ParseRequirement(gr.text)
			if err != nil || gr.allowPre == "error" {
				continue
			}
			ranges, err := r.SolverRanges()
			refused := err != nil
			if !file.solver {
				refused = r.OldSolverRefusal() != ""
			}
			if refused != (gr.solver == "refused") {
				t.Errorf("%s: %q: Hex says %s, we say %v, for old ones %q", file.name, gr.text, gr.solver, err, r.OldSolverRefusal())
				continue
			}
			if refused {
				continue
			}
			if got := set("s", vs, func(v version.Version) bool { return inAny(ranges, v) }); got != gr.solver {
				t.Errorf("%s: ranges of %q:\n got %s\nwant %s", file.name, gr.text, got, gr.solver)
			}
		}
	}
}

func inAny(ranges []version.Range, v version.Version) bool {
	for _, r := range ranges {
		if r.Contains(v) {
			return true
		}
	}
	return false
}

func parse(t testing.TB, s string) version.Version {
	t.Helper()
	v, err := version.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
