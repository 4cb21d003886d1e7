package juliatest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// world publishes some packages that depend on each other.
func world(up *juliatest.Upstream) {
	up.Publish("Example", juliatest.Version{Number: "0.5.3"})
	up.Publish("Example", juliatest.Version{Number: "0.5.4", Julia: "1.6", Yanked: true})
	up.Publish("Parsers", juliatest.Version{Number: "1.1.2", Deps: []string{"Dates"}})
	up.Publish("Parsers", juliatest.Version{Number: "2.8.1", Deps: []string{"Dates", "Example 0.5.3"}})
	up.Publish("JSON", juliatest.Version{Number: "0.20.1", Deps: []string{"Dates"}, Julia: "0.7, 1"})
	up.Publish("JSON", juliatest.Version{Number: "0.21.4", Deps: []string{"Dates", "Parsers 1, 2"}, Julia: "0.7, 1"})
	up.Publish("JSON", juliatest.Version{Number: "1.0.0", Deps: []string{"Parsers 2.1"}, WeakDeps: []string{"Example 0.5"}, Julia: "1.9"})
}

// TestRegistrySaysWhatWasPublished compares what a client reads with what was said.
func TestRegistrySaysWhatWasPublished(t *testing.T) {
	up := juliatest.New()
	world(up)
	r := read(t, up, up.Registry)
	if r.Name != "General" || r.UUID != registry.General || r.Len() != 3 || len(r.Problems()) > 0 {
		t.Fatal(r, r.Len(), r.Problems())
	}
	var got []string
	for _, name := range []string{"Example", "JSON", "Parsers"} {
		p := r.Named(name)[0]
		if p.UUID != juliatest.UUID(name) {
			t.Errorf("%s is %s", name, p.UUID)
		}
		info, err := p.Info()
		if err != nil || info.Repo != "https://git.juliatest.invalid/"+name+".jl.git" {
			t.Errorf("%s: %+v %v", name, info, err)
		}
		list, err := p.Releases()
		if err != nil {
			t.Fatal(err)
		}
		deps, err := p.Dependencies()
		if err != nil {
			t.Fatal(err)
		}
		for _, rel := range list {
			line := fmt.Sprintf("%s %s julia %s", name, rel.Version, deps.Julia(rel.Version))
			if rel.Yanked {
				line += " yanked"
			}
			for _, d := range deps.At(rel.Version) {
				if d.UUID != juliatest.UUID(d.Name) {
					t.Errorf("%s needs a %s %s", name, d.Name, d.UUID)
				}
				line += fmt.Sprintf("; %s %s", d.Name, d.Compat)
				if d.Weak {
					line += " weak"
				}
			}
			got = append(got, line)
			published, ok := up.Release(name, rel.Version.String())
			if !ok || published.Tree != rel.Tree || published.UUID != p.UUID {
				t.Errorf("%s %s: %+v", name, rel.Version, published)
			}
			tree(t, up, published.Path, rel.Tree, treehash.GitTools)
			tree(t, up, published.Path, rel.Tree, treehash.Full)
		}
	}
	want := []string{
		"Example 0.5.3 julia 1",
		"Example 0.5.4 julia 1.6.0-1 yanked",
		"JSON 0.20.1 julia 0.7, 1; Dates *",
		"JSON 0.21.4 julia 0.7, 1; Dates *; Parsers 1, 2",
		"JSON 1.0.0 julia 1.9.0-1; Example 0.5 weak; Parsers 2.1.0-2",
		"Parsers 1.1.2 julia 1; Dates *",
		"Parsers 2.8.1 julia 1; Dates *; Example 0.5.3-0.5",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(up.Releases()) != len(want) {
		t.Error(up.Releases())
	}
}

// TestRegistryFilesLookReal compares texts with what the tools of General write.
func TestRegistryFilesLookReal(t *testing.T) {
	up := juliatest.New(juliatest.WithRepos("https://github.com/JuliaLang"))
	up.AddPackage(juliatest.Package{Name: "Example", Subdir: "sub", Deprecated: "old", Alternative: "JSON"})
	world(up)
	up.Publish("Zlib_jll", juliatest.Version{Number: "1.2.13+1"})
	for path, want := range map[string]string{
		"E/Example/Package.toml": `name = "Example"
uuid = "7876af07-990d-54b4-ab0e-23690620f79a"
repo = "https://github.com/JuliaLang/Example.jl.git"
subdir = "sub"

[metadata.deprecated]
reason = "old"
alternative = "JSON"
`,
		"E/Example/Compat.toml": `["0-0.5.3"]
julia = "1"

["0.5.4-0"]
julia = "1.6.0-1"
`,
		"J/JSON/Deps.toml": `[0]
Dates = "ade2ca70-3891-5945-98fb-dc099432e06a"

["0.21-0"]
Parsers = "69de0a69-1ddd-5017-9359-2bf0b02dc9f0"

[1]
Parsers = "69de0a69-1ddd-5017-9359-2bf0b02dc9f0"
`,
		"J/JSON/Compat.toml": `[0]
julia = ["0.7", "1"]

["0.21-0"]
Parsers = ["1", "2"]

[1]
Parsers = "2.1.0-2"
julia = "1.9.0-1"
`,
		"J/JSON/WeakCompat.toml": "[1]\nExample = \"0.5\"\n",
	} {
		got, ok := up.Registry.File(path)
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Errorf("%s\n%s", path, diff)
		}
	}
	versions, _ := up.Registry.File("E/Example/Versions.toml")
	first, _ := up.Release("Example", "0.5.3")
	second, _ := up.Release("Example", "0.5.4")
	want := fmt.Sprintf("[\"0.5.3\"]\ngit-tree-sha1 = \"%s\"\n\n[\"0.5.4\"]\ngit-tree-sha1 = \"%s\"\nyanked = true\n", first.Tree, second.Tree)
	if diff := cmp.Diff(want, versions); diff != "" {
		t.Error(diff)
	}
	index, _ := up.Registry.File("Registry.toml")
	for _, line := range []string{
		"name = \"General\"\nuuid = \"23338594-aafe-5451-b93e-139f81909106\"\nrepo = \"https://github.com/JuliaLang/General.git\"\n",
		"\n7876af07-990d-54b4-ab0e-23690620f79a = { name = \"Example\", path = \"E/Example\" }\n83775a58-1f1d-513f-b197-d71354ab007a = { name = \"Zlib_jll\", path = \"jll/Z/Zlib_jll\" }\n",
	} {
		if !strings.Contains(index, line) {
			t.Errorf("Registry.toml lacks %q:\n%s", line, index)
		}
	}
	up.WriteBlanks()
	if got, _ := up.Registry.File("J/JSON/Compat.toml"); !strings.Contains(got, `Parsers = "2.1.0 - 2"`) {
		t.Error(got)
	}
}

// TestExampleIsThatOfGeneral publishes what Example's authors did and compares with General.
func TestExampleIsThatOfGeneral(t *testing.T) {
	up := juliatest.New()
	for _, v := range []struct{ numbers, julia string }{
		{"0.0.1 0.0.2 0.1.0 0.2.0 0.3.0 0.3.1 0.3.2 0.3.3", "0.2 - 1"}, {"0.4.0 0.4.1", "0.3 - 1"}, {"0.5.0 0.5.1", "0.6 - 1"}, {"0.5.3 0.5.4", "1"},
	} {
		for number := range strings.FieldsSeq(v.numbers) {
			release := juliatest.Version{Number: number, Julia: v.julia}
			if number >= "0.5.1" {
				release.Deps = []string{"Test"}
			}
			up.Publish("Example", release)
		}
	}
	for path, want := range map[string]string{
		"E/Example/Compat.toml": `["0-0.3"]
julia = "0.2-1"

["0.4"]
julia = "0.3-1"

["0.5-0.5.1"]
julia = "0.6-1"

["0.5.3-0"]
julia = "1"
`,
		"E/Example/Deps.toml": "[\"0.5.1-0\"]\nTest = \"8dfed614-e22c-5e08-85e1-65c5234f0b40\"\n",
	} {
		if got, _ := up.Registry.File(path); got != want {
			t.Errorf("%s\n%s", path, cmp.Diff(want, got))
		}
	}
}

func TestStatesRemain(t *testing.T) {
	up := juliatest.New()
	up.Publish("Example", juliatest.Version{Number: "0.5.3"})
	first := read(t, up, up.Registry).Hash()
	up.Publish("Example", juliatest.Version{Number: "0.5.4"})
	up.Publish("Example", juliatest.Version{Number: "0.5.5"})
	second := read(t, up, up.Registry).Hash()
	up.Yank("Example", "0.5.5", true)
	third := read(t, up, up.Registry).Hash()
	up.Yank("Example", "0.5.5", false)
	if again := up.Hash(); again != second {
		t.Errorf("%v is %v after a yank was taken back", second, again)
	}
	if diff := cmp.Diff([]treehash.Hash{first, third, second}, up.States()); diff != "" {
		t.Error(diff)
	}
	for _, hash := range up.States() {
		tree(t, up, "registry/"+registry.General.String()+"/"+hash.String(), hash, treehash.Full)
	}
	up.RollBack(2)
	if got := read(t, up, up.Registry).Hash(); got != first {
		t.Errorf("rolled back to %v, not %v", got, first)
	}
	up.RollBack(0)
	up.Drop("Example", "0.5.4")
	if list, _ := read(t, up, up.Registry).Named("Example")[0].Releases(); len(list) != 2 {
		t.Error(list)
	}
}

func TestSeveralRegistriesAndPackagesOfOneName(t *testing.T) {
	up := juliatest.New()
	corp := up.AddRegistry("Corp", uuid.UUID{})
	other := uuid.MustParse("11111111-2222-4333-8444-555555555555")
	up.AddPackage(juliatest.Package{Name: "Example"}).Publish(juliatest.Version{Number: "0.5.3"})
	up.AddPackage(juliatest.Package{Name: "Example", UUID: other}).Publish(juliatest.Version{Number: "7.0.0"})
	corp.Publish("Private", juliatest.Version{Number: "1.0.0", Deps: []string{"Example 0.5", "Other@" + other.String() + " 7"}})
	if got := read(t, up, up.Registry).Named("Example"); len(got) != 2 || got[0].Path == got[1].Path {
		t.Error(got)
	}
	deps, err := read(t, up, corp).Named("Private")[0].Dependencies()
	if err != nil {
		t.Fatal(err)
	}
	at := deps.At(version.MustParse("1.0.0"))
	if len(at) != 2 || at[0].UUID != juliatest.UUID("Example") || at[1].UUID != other {
		t.Error(at)
	}
	if len(list(t, up)) != 2 {
		t.Error(list(t, up))
	}
	corp.Hide(true)
	if len(list(t, up)) != 1 {
		t.Error("a hidden registry is listed")
	}
}

func TestMalformedRegistriesHaveTheirHash(t *testing.T) {
	up := juliatest.New()
	world(up)
	up.ListTwice("Example")
	up.Edit("J/JSON/Compat.toml", func(old string) string { return old + "[[broken" })
	up.Edit("X/New.toml", func(old string) string { return "new" + old })
	up.Delete("P/Parsers/Package.toml")
	hash := up.Hash()
	got := tree(t, up, "registry/"+registry.General.String()+"/"+hash.String(), hash, treehash.Full)
	if text, _ := got.File("X/New.toml"); text != "new" {
		t.Errorf("%q", text)
	}
	if _, ok := got.Entry("P/Parsers/Package.toml"); ok {
		t.Error("a deleted file is there")
	}
	if text, _ := got.File("Registry.toml"); strings.Count(text, juliatest.UUID("Example").String()) != 2 {
		t.Error(text)
	}
	if text, _ := got.File("J/JSON/Compat.toml"); !strings.HasSuffix(text, "[[broken") {
		t.Error(text)
	}
}

func TestMisusePanics(t *testing.T) {
	up := juliatest.New()
	up.Publish("Example", juliatest.Version{Number: "1.0.0"})
	for name, f := range map[string]func(){
		"a version twice":  func() { up.Publish("Example", juliatest.Version{Number: "1.0.0"}) },
		"no version":       func() { up.Publish("Example", juliatest.Version{Number: "one"}) },
		"a package twice":  func() { up.AddPackage(juliatest.Package{Name: "Example"}) },
		"no name":          func() { up.AddPackage(juliatest.Package{}) },
		"a registry twice": func() { up.AddRegistry("General", uuid.UUID{}) },
		"nothing to yank":  func() { up.Yank("Example", "2.0.0", true) },
		"nobody to yank":   func() { up.Yank("Nobody", "2.0.0", true) },
		"nobody twice":     func() { up.ListTwice("Nobody") },
		"no platform":      func() { up.PublishJLL("Zlib", "1.0.0", "toaster") },
		"any and some": func() {
			up.Publish("A", juliatest.Version{Number: "1.0.0", Artifacts: []juliatest.Artifact{{Name: "a"}, {Name: "a"}}})
		},
		"a kind of registry": func() { up.AddRegistry("Other", registry.General) },
	} {
		if !panics(f) {
			t.Errorf("%s is taken", name)
		}
	}
	if up.Project("Nobody") != nil {
		t.Error("somebody is there")
	}
	if _, ok := up.Release("Nobody", "1.0.0"); ok {
		t.Error("nobody has a release")
	}
}
