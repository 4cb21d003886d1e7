package registry_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// TestSources reads the same registry in each of the ways.
func TestSources(t *testing.T) {
	tarball := pack(t, world(), "")
	inMemory := read(t, world())
	spooled, err := registry.Read(bytes.NewReader(tarball), registry.Options{Spool: &spool{}})
	if err != nil {
		t.Fatal(err)
	}
	inDir, err := registry.ReadFS(dir(world()))
	if err != nil {
		t.Fatal(err)
	}
	sums, err := treehash.Sum(bytes.NewReader(tarball), treehash.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if inMemory.Hash() != sums.Full || spooled.Hash() != sums.Full || !inDir.Hash().IsZero() {
		t.Errorf("hashes %v %v %v, want %v, and none for a directory", inMemory.Hash(), spooled.Hash(), inDir.Hash(), sums.Full)
	}
	if !inMemory.PlainNames() || inDir.PlainNames() {
		t.Error("PlainNames")
	}
	want := describe(t, inMemory)
	for name, r := range map[string]*registry.Registry{"spooled": spooled, "directory": inDir} {
		if diff := cmp.Diff(want, describe(t, r)); diff != "" {
			t.Errorf("%s is another registry:\n%s", name, diff)
		}
	}
}

// describe tells all that can be asked of a registry.
func describe(t *testing.T, r *registry.Registry) []string {
	t.Helper()
	lines := []string{r.String(), r.Repo, r.Description}
	for _, p := range r.Packages() {
		info, err := p.Info()
		if err != nil {
			t.Fatal(err)
		}
		releases, err := p.Releases()
		if err != nil {
			t.Fatal(err)
		}
		deps, err := p.Dependencies()
		if err != nil {
			t.Fatal(err)
		}
		if p.Registry() != r {
			t.Fatalf("%s is of another registry", p.Name)
		}
		lines = append(lines, p.Name+" "+p.UUID.String()+" "+p.Path+" "+info.Repo+" "+info.Subdir)
		for _, release := range releases {
			line := release.Version.String() + " " + release.Tree.String() + " julia " + deps.Julia(release.Version).String()
			for _, d := range deps.At(release.Version) {
				line += " " + d.Name + " " + d.UUID.String() + " " + d.Compat.String()
			}
			lines = append(lines, line)
		}
	}
	return lines
}

func TestHead(t *testing.T) {
	r := read(t, world())
	if r.Name != "Night" || r.Repo != "https://git.example/Night.git" || r.Description != "Things that shine\nin the night.\n" {
		t.Errorf("%q %q %q", r.Name, r.Repo, r.Description)
	}
	if r.String() != "Night (22222222-aaaa-4bbb-8ccc-000000000000)" || r.Len() != 6 || len(r.Problems()) > 0 {
		t.Errorf("%v has %d packages and %v", r, r.Len(), r.Problems())
	}
	if registry.General.String() != "23338594-aafe-5451-b93e-139f81909106" {
		t.Error(registry.General)
	}
}

func TestNames(t *testing.T) {
	r := read(t, world())
	for name, want := range map[string]string{"Lantern": "L/Lantern", "Wick": "W/Wick W/Wick@4", "Oil_jll": "jll/O/Oil_jll", "wick": "", "": ""} {
		var paths []string
		for _, p := range r.Named(name) {
			paths = append(paths, p.Path)
		}
		if got := strings.Join(paths, " "); got != want {
			t.Errorf("Named(%q) is %q, want %q", name, got, want)
		}
	}
	if _, ok := r.Package(notThere); ok {
		t.Error("a package that is not there")
	}
}

func TestMinimalRegistry(t *testing.T) {
	for _, content := range []string{
		"name = \"M\"\nuuid = \"22222222-aaaa-4bbb-8ccc-000000000000\"\n",
		"uuid = '22222222-AAAA-4bbb-8ccc-000000000000'\nname = 'M'\nfuture = 1979-05-27\n[packages]\n[more]\nx = 1.5\n",
	} {
		r := read(t, map[string]string{"Registry.toml": content})
		if r.Name != "M" || r.UUID.String() != "22222222-aaaa-4bbb-8ccc-000000000000" || r.Len() != 0 || r.Repo != "" {
			t.Errorf("%v with %d packages", r, r.Len())
		}
	}
}

// TestProblems holds what is passed over in Registry.toml while the rest is of use.
func TestProblems(t *testing.T) {
	good := "name = \"M\"\nuuid = \"22222222-aaaa-4bbb-8ccc-000000000000\"\n[packages]\n11111111-aaaa-4bbb-8ccc-000000000001 = { name = \"A\", path = \"A/A\" }\n"
	for line, want := range map[string]string{
		`11111111-AAAA-4bbb-8ccc-000000000001 = { name = "B", path = "B/B" }`:    `Registry.toml:5: A and B have the same UUID 11111111-aaaa-4bbb-8ccc-000000000001; only the first counts`,
		`11111111-aaaa-4bbb-8ccc-000000000002 = { name = "B", path = "A/A" }`:    `Registry.toml:5: 11111111-aaaa-4bbb-8ccc-000000000001 and 11111111-aaaa-4bbb-8ccc-000000000002 are both in A/A; only the first counts`,
		`11111111 = { name = "B", path = "B/B" }`:                                `Registry.toml:5: a package has the UUID "11111111": want a UUID`,
		`11111111-aaaa-4bbb-8ccc-000000000002 = "B"`:                             `Registry.toml:5: package 11111111-aaaa-4bbb-8ccc-000000000002 is not a table`,
		`11111111-aaaa-4bbb-8ccc-000000000002 = { path = "B/B" }`:                `Registry.toml:5: name is missing`,
		`11111111-aaaa-4bbb-8ccc-000000000002 = { name = "B" }`:                  `Registry.toml:5: path is missing`,
		`11111111-aaaa-4bbb-8ccc-000000000002 = { name = "B", path = 3 }`:        `Registry.toml: path is not a string`,
		`11111111-aaaa-4bbb-8ccc-000000000002 = { name = "../B", path = "B/B" }`: `Registry.toml:5: package 11111111-aaaa-4bbb-8ccc-000000000002 cannot have the name "../B"`,
		`11111111-aaaa-4bbb-8ccc-000000000002 = { name = "B", path = "../B" }`:   `Registry.toml:5: package 11111111-aaaa-4bbb-8ccc-000000000002 cannot be in the folder "../B"`,
		`11111111-aaaa-4bbb-8ccc-000000000002 = { name = "B", path = "/B" }`:     `Registry.toml:5: package 11111111-aaaa-4bbb-8ccc-000000000002 cannot be in the folder "/B"`,
		`11111111-aaaa-4bbb-8ccc-000000000002 = { name = "B", path = "." }`:      `Registry.toml:5: package 11111111-aaaa-4bbb-8ccc-000000000002 cannot be in the folder "."`,
		`11111111-aaaa-4bbb-8ccc-000000000002 = { name = "B", path = "B\\B" }`:   `Registry.toml: package 11111111-aaaa-4bbb-8ccc-000000000002 cannot be in the folder "B\\B"`,
		`11111111-aaaa-4bbb-8ccc-000000000002 = { name = "B\n", path = "B/B" }`:  `Registry.toml: package 11111111-aaaa-4bbb-8ccc-000000000002 cannot have the name "B\n"`,
	} {
		r := read(t, map[string]string{"Registry.toml": good + line + "\n"})
		problems := r.Problems()
		if len(problems) != 1 || !strings.HasPrefix(problems[0].Error(), want) {
			t.Errorf("%s:\n%v, want\n%s", line, problems, want)
		}
		if r.Len() != 1 || len(r.Named("A")) != 1 || len(r.Named("B")) != 0 {
			t.Errorf("%s: %d packages", line, r.Len())
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for content, want := range map[string]string{
		"":                               `name is missing`,
		"name = \"M\"\n":                 `Registry.toml: uuid is missing`,
		"name = \"M\"\nuuid = \"1\"\n":   `Registry.toml:2: uuid "1": want a UUID`,
		"name = 3\n":                     `Registry.toml: name is not a string`,
		"name = \"a/b\"\nuuid = \"1\"\n": `"a/b" cannot be the name of a registry`,
		"name = \"M\"\nname = \"N\"\n":   `Registry.toml:2: not TOML: `,
		"name = \"M\n":                   `Registry.toml:1: not TOML: `,
		"\x00":                           `not TOML: `,
		"name = \"M\"\nuuid = \"22222222-aaaa-4bbb-8ccc-000000000000\"\nrepo = 3\n": `repo is not a string`,
		"name = \"M\"\nuuid = \"22222222-aaaa-4bbb-8ccc-000000000000\"\n[packages]\n11111111-aaaa-4bbb-8ccc-000000000001 = { name = \"A\", path = \"A/A\" }\n11111111-aaaa-4bbb-8ccc-000000000001 = { name = \"B\", path = \"B/B\" }\n": `Registry.toml:5: not TOML: Key 'packages.11111111-aaaa-4bbb-8ccc-000000000001`,
	} {
		_, err := registry.Read(bytes.NewReader(pack(t, map[string]string{"Registry.toml": content}, "")), registry.Options{})
		var e *registry.FileError
		if !errors.As(err, &e) || e.File != "Registry.toml" || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want %s", content, err, want)
		}
	}
	if _, err := registry.Read(bytes.NewReader(pack(t, map[string]string{"README": "x"}, "")), registry.Options{}); err == nil || !strings.Contains(err.Error(), "no registry") {
		t.Errorf("without Registry.toml: %v", err)
	}
	if _, err := registry.Read(strings.NewReader("no tarball"), registry.Options{}); !errors.Is(err, treehash.ErrMalformed) {
		t.Errorf("no tarball: %v", err)
	}
	if _, err := registry.Read(bytes.NewReader(pack(t, world(), "")), registry.Options{Limits: treehash.Limits{Entries: 5}}); !errors.Is(err, treehash.ErrLimit) {
		t.Errorf("too many entries: %v", err)
	}
	if _, err := registry.Read(bytes.NewReader(pack(t, world(), "../")), registry.Options{}); !errors.Is(err, treehash.ErrMalformed) {
		t.Errorf("escaping names: %v", err)
	}
}

func TestDottedNamesAreNotPlain(t *testing.T) {
	r, err := registry.Read(bytes.NewReader(pack(t, world(), "./")), registry.Options{})
	if err != nil || r.Len() != 6 || r.PlainNames() || r.Hash() != read(t, world()).Hash() {
		t.Errorf("%v, %v, plain names %v", r, err, r.PlainNames())
	}
}
