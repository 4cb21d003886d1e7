package manifest_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/manifest"
	"github.com/offmirror/offmirror/ecosystems/julia/tomlfile"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

const format1 = `# This file is machine-generated - editing it directly is not advised

[[Dates]]
deps = ["Printf"]
uuid = "ade2ca70-3891-5945-98fb-dc099432e06a"

[[Lantern]]
deps = ["Dates", "Wick"]
git-tree-sha1 = "2e619515d0f3b0f2c4f2a1f3ff1b0c7b0ae9c0a1"
uuid = "11111111-aaaa-4bbb-8ccc-000000000001"
version = "1.2.0"

[[Oil_jll]]
git-tree-sha1 = "3e619515d0f3b0f2c4f2a1f3ff1b0c7b0ae9c0a1"
pinned = true
uuid = "11111111-aaaa-4bbb-8ccc-000000000003"
version = "1.2.3+10"
`

const format2 = `julia_version = "1.11.2"
manifest_format = "2.0"
project_hash = "da39a3ee5e6b4b0d3255bfef95601890afd80709"

[[deps.Lantern]]
deps = ["Wick"]
git-tree-sha1 = "2e619515d0f3b0f2c4f2a1f3ff1b0c7b0ae9c0a1"
uuid = "11111111-AAAA-4bbb-8ccc-000000000001"
version = "1.2.0"
weakdeps = ["Moths"]

    [deps.Lantern.extensions]
    LanternMothsExt = "Moths"

[[deps.Mine]]
path = "../Mine"
uuid = "11111111-aaaa-4bbb-8ccc-000000000007"
version = "0.1.0"

[[deps.Raw]]
git-tree-sha1 = "4e619515d0f3b0f2c4f2a1f3ff1b0c7b0ae9c0a1"
repo-rev = "main"
repo-subdir = "lib/Raw"
repo-url = "https://git.example/Raw.jl"
uuid = "11111111-aaaa-4bbb-8ccc-000000000008"
version = "0.2.0"

[[deps.Wick]]
git-tree-sha1 = "5e619515d0f3b0f2c4f2a1f3ff1b0c7b0ae9c0a1"
uuid = "11111111-aaaa-4bbb-8ccc-000000000004"
version = "0.5.0"

[[deps.Wick]]
git-tree-sha1 = "6e619515d0f3b0f2c4f2a1f3ff1b0c7b0ae9c0a1"
uuid = "11111111-aaaa-4bbb-8ccc-000000000002"
version = "1.0.0"

[[deps.Zlib_jll]]
uuid = "83775a58-1f1d-513f-b197-d71354ab007a"
version = "1.2.13+1"
`

const format21 = `julia_version = "1.13.0-rc3"
manifest_format = "2.1"

[registries.Night]
url = "https://git.example/Night.git"
uuid = "22222222-aaaa-4bbb-8ccc-000000000000"

[registries.General]
uuid = "23338594-aafe-5451-b93e-139f81909106"

[[deps.Lantern]]
git-tree-sha1 = "2e619515d0f3b0f2c4f2a1f3ff1b0c7b0ae9c0a1"
registries = "Night"
uuid = "11111111-aaaa-4bbb-8ccc-000000000001"
version = "1.2.0"

[[deps.Oil_jll]]
git-tree-sha1 = "3e619515d0f3b0f2c4f2a1f3ff1b0c7b0ae9c0a1"
registries = ["Night", "General"]
uuid = "11111111-aaaa-4bbb-8ccc-000000000003"
version = "1.2.3+10"
`

func parse(t *testing.T, content string) *manifest.Manifest {
	t.Helper()
	m, err := manifest.Parse("Manifest.toml", []byte(content))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// lines describes entries, one each.
func lines(m *manifest.Manifest) []string {
	list := []string{}
	for _, e := range m.Entries {
		line := fmt.Sprintf("%s %s %s", e, e.UUID.String()[30:], e.Kind)
		if !e.Tree.IsZero() {
			line += " " + e.Tree.String()[:2]
		}
		if e.Pinned {
			line += " pinned"
		}
		line += strings.Join(append([]string{""}, e.Registries...), " @")
		for _, s := range []string{e.Path, e.RepoURL, e.RepoRev, e.Subdir} {
			if s != "" {
				line += " " + s
			}
		}
		list = append(list, line)
	}
	return list
}

func TestFormats(t *testing.T) {
	for _, c := range []struct {
		content      string
		major, minor int
		julia        string
		want         []string
	}{
		{format1, 1, 0, "", []string{
			"Dates 32e06a stdlib",
			"Lantern 1.2.0 000001 registered 2e",
			"Oil_jll 1.2.3+10 000003 registered 3e pinned",
		}},
		{format2, 2, 0, "1.11.2", []string{
			"Lantern 1.2.0 000001 registered 2e",
			"Mine 0.1.0 000007 local folder ../Mine",
			"Raw 0.2.0 000008 git repository 4e https://git.example/Raw.jl main lib/Raw",
			"Wick 1.0.0 000002 registered 6e",
			"Wick 0.5.0 000004 registered 5e",
			"Zlib_jll 1.2.13+1 ab007a stdlib",
		}},
		{format21, 2, 1, "1.13.0-rc3", []string{
			"Lantern 1.2.0 000001 registered 2e @Night",
			"Oil_jll 1.2.3+10 000003 registered 3e @Night @General",
		}},
		{"", 1, 0, "", []string{}},
		{"manifest_format = \"2.0\"\n\n[deps]\n", 2, 0, "", []string{}},
		{"manifest_format = \"2.7\"\ndeps = { A = [] }\nfuture = 3\n", 2, 7, "", []string{}},
		{"[manifest_format]\nmajor = 2\nminor = 0\n", 2, 0, "", []string{}},
		{"manifest_format = \"2\"\n", 2, 0, "", []string{}},
		{"manifest_format = \"1.0\"\njulia_version = \"1.6.7\"\n[[A]]\nuuid = \"11111111-aaaa-4bbb-8ccc-000000000001\"\n", 1, 0, "1.6.7", []string{"A 000001 stdlib"}},
		{"manifest_format = \"2.0\"\ndeps = { A = [{ uuid = \"11111111-aaaa-4bbb-8ccc-000000000001\", git-tree-sha1 = \"2e619515d0f3b0f2c4f2a1f3ff1b0c7b0ae9c0a1\" }] }\n", 2, 0, "", []string{"A 000001 registered 2e"}},
	} {
		m := parse(t, c.content)
		if m.Major != c.major || m.Minor != c.minor || m.HasJulia != (c.julia != "") || m.HasJulia && m.Julia.String() != c.julia {
			t.Errorf("%q: format %d.%d of Julia %v", c.content, m.Major, m.Minor, m.Julia)
		}
		if diff := cmp.Diff(c.want, lines(m)); diff != "" {
			t.Errorf("%q:\n%s", c.content, diff)
		}
	}
}

func TestRegistries(t *testing.T) {
	want := []manifest.Registry{
		{ID: "General", UUID: uuid.MustParse("23338594-aafe-5451-b93e-139f81909106")},
		{ID: "Night", UUID: uuid.MustParse("22222222-aaaa-4bbb-8ccc-000000000000"), URL: "https://git.example/Night.git"},
	}
	if diff := cmp.Diff(want, parse(t, format21).Registries); diff != "" {
		t.Error(diff)
	}
}

func TestOutOfScope(t *testing.T) {
	var names []string
	for _, e := range parse(t, format2).OutOfScope() {
		names = append(names, e.String()+" from a "+e.Kind.String())
	}
	if diff := cmp.Diff([]string{"Mine 0.1.0 from a local folder", "Raw 0.2.0 from a git repository"}, names); diff != "" {
		t.Error(diff)
	}
	if list := parse(t, format1).OutOfScope(); list != nil {
		t.Errorf("%v", list)
	}
	if s := manifest.Kind(9).String(); s != "Kind(9)" {
		t.Error(s)
	}
}

func TestParseRefuses(t *testing.T) {
	const id = "uuid = \"11111111-aaaa-4bbb-8ccc-000000000001\"\n"
	const v2 = "manifest_format = \"2.0\"\n"
	for content, want := range map[string]string{
		"x = \n":                                   `M.toml:1: not TOML: `,
		"[[A]]\nuuid = \"\xff\"\n":                 `not TOML: `,
		"manifest_format = 2\n":                    `M.toml:1: manifest_format is not a text`,
		"manifest_format = \"two\"\n":              `M.toml:1: manifest_format "two" is not a format`,
		"manifest_format = \"2.x\"\n":              `M.toml:1: manifest_format "2.x" is not a format`,
		"manifest_format = \"0.9\"\n":              `M.toml:1: manifest_format "0.9" is not a format`,
		"manifest_format = \"3.0\"\n":              `M.toml:1: format 3.0 is newer`,
		"manifest_format = {}\n":                   `is not a format`,
		"julia_version = \"new\"\n":                `M.toml:1: julia_version: version "new" has`,
		v2 + "deps = 3\n":                          `M.toml: deps is not a table`,
		v2 + "[deps.A]\n" + id:                     `M.toml:2: "A" is not a list of tables: [[deps.A]]`,
		"[A]\n" + id:                               `M.toml:1: "A" is not a list of tables: [[A]]`,
		v2 + "[[deps.\"a b\"]]\n" + id:             `a package cannot be called "a b"`,
		v2 + "[deps]\nA = [1]\n":                   `"A" is not a list of tables`,
		v2 + "registries = 3\n":                    `M.toml: registries is not a table`,
		v2 + "[registries]\nA = 3\n":               `registry A is not a table`,
		v2 + "[registries.A]\nurl = \"x\"\n":       `M.toml:2: registry A: uuid is missing`,
		v2 + "[registries.A]\n" + id + "url = 3\n": `M.toml:2: registry A: url is not a text`,
		v2 + "[registries.\"\"]\n" + id:            `a registry cannot be called ""`,
		"[[A]]\n":                                  `M.toml:1: A: uuid is missing`,
		"[[A]]\nuuid = \"x\"\n":                    `M.toml:1: A: uuid "x": want a UUID`,
		"[[A]]\nuuid = 3\n":                        `M.toml:1: A: uuid is not a text`,
		"[[A]]\n" + id + "version = \"x\"\n":       `M.toml:1: A: version "x" has`,
		"[[A]]\n" + id + "git-tree-sha1 = \"x\"\n": `M.toml:1: A: git tree hash "x": want 40`,
		"[[A]]\n" + id + "pinned = \"yes\"\n":      `M.toml:1: A: pinned is neither true nor false`,
		"[[A]]\n" + id + "registries = [3]\n":      `M.toml:1: A: registries is not a list of texts`,
		"[[A]]\n" + id + "registries = true\n":     `M.toml:1: A: registries is not a text`,
		"[[A]]\n" + id + "[[A]]\n" + id:            `M.toml:3: A and A have the same UUID`,
		"[[A]]\n" + id + "\n  [[B]]\n" + id:        `M.toml:4: A and B have the same UUID`,
		"[[A]]\n" + id + "path = \"" + strings.Repeat("x", 5000) + "\"\n": `M.toml:1: A: path is longer than`,
		strings.Repeat("#", 33<<20):                                       `M.toml: it has 34603008 bytes`,
	} {
		_, err := manifest.Parse("M.toml", []byte(content))
		var e *tomlfile.Error
		if !errors.As(err, &e) || e.File != "M.toml" || !strings.Contains(err.Error(), want) {
			t.Errorf("%.200q: %v, want %s", content, err, want)
			continue
		}
		checkMessage(t, err)
	}
}

// TestManyPackages: places are searched for only when they are needed.
func TestManyPackages(t *testing.T) {
	var b strings.Builder
	b.WriteString("manifest_format = \"2.0\"\n")
	for i := range 20_000 {
		fmt.Fprintf(&b, "[[deps.P%d]]\nuuid = \"11111111-aaaa-4bbb-8ccc-%012d\"\n", i, i)
	}
	if m := parse(t, b.String()); len(m.Entries) != 20_000 {
		t.Errorf("%d entries", len(m.Entries))
	}
}

func TestNames(t *testing.T) {
	want := []string{"JuliaManifest-v1.11.toml", "Manifest-v1.11.toml", "JuliaManifest.toml", "Manifest.toml"}
	if diff := cmp.Diff(want, manifest.Names(version.MustParse("1.11.2"))); diff != "" {
		t.Error(diff)
	}
	for name, julia := range map[string]string{
		"Manifest.toml": "", "JuliaManifest.toml": "", "Manifest-v1.11.toml": "1.11", "JuliaManifest-v1.9.toml": "1.9",
		"Manifest-v1.11.2.toml": "-", "Manifest-v1.toml": "-", "Manifest-1.11.toml": "-", "Manifest-vx.toml": "-", "Project.toml": "-",
		"manifest.toml": "-", "Manifest.toml.bak": "-", "Manifest-v01.11.toml": "-", "MyManifest.toml": "-",
	} {
		got, ok := manifest.IsName(name)
		if ok != (julia != "-") || ok && got != julia {
			t.Errorf("IsName(%q) = %q, %v", name, got, ok)
		}
	}
}

func TestFind(t *testing.T) {
	dir := fstest.MapFS{
		"Manifest.toml": {}, "Manifest-v1.11.toml": {}, "JuliaManifest-v1.12.toml": {}, "Manifest-v1.12.toml": {},
		"Project.toml": {}, "JuliaManifest.toml/x": {},
	}
	for julia, want := range map[string][]string{
		"":              {"JuliaManifest-v1.12.toml", "Manifest-v1.11.toml", "Manifest-v1.12.toml", "Manifest.toml"},
		"1.11.2":        {"Manifest-v1.11.toml"},
		"1.12.0":        {"JuliaManifest-v1.12.toml"},
		"1.10":          {"Manifest.toml"},
		"1.9 1.11 1.10": {"Manifest-v1.11.toml", "Manifest.toml"},
	} {
		var versions []version.Version
		for v := range strings.FieldsSeq(julia) {
			versions = append(versions, version.MustParse(v))
		}
		got, err := manifest.Find(dir, versions...)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("Julia %q: %v\n%s", julia, err, diff)
		}
	}
	if got, err := manifest.Find(fstest.MapFS{"Project.toml": {}}, version.MustParse("1.9")); err != nil || len(got) > 0 {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := manifest.Find(brokenDir{}); err == nil {
		t.Error("no error")
	}
}

func FuzzParse(f *testing.F) {
	for _, content := range []string{format1, format2, format21, "manifest_format = \"3.0\"", "[[A]]\nuuid = 3", "deps = [[]]"} {
		f.Add([]byte(content))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		m, err := manifest.Parse("M.toml", content)
		if err != nil {
			checkMessage(t, err)
			return
		}
		seen := map[uuid.UUID]bool{}
		for _, e := range m.Entries {
			if seen[e.UUID] || e.Kind == manifest.Registered && (e.Tree.IsZero() || e.Path != "" || e.RepoURL != "") || e.Kind == 0 {
				t.Fatalf("%+v", e)
			}
			seen[e.UUID] = true
		}
	})
}

func checkMessage(t *testing.T, err error) {
	t.Helper()
	s := err.Error()
	if len(s) > 1500 || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Fatalf("not a message for one line: %q", s)
	}
}

// brokenDir is a folder that cannot be read.
type brokenDir struct{}

func (brokenDir) Open(string) (fs.File, error) { return nil, fs.ErrPermission }
