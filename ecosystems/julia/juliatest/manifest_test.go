package juliatest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/manifest"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

func TestManifestOfEveryFormat(t *testing.T) {
	up := juliatest.New()
	world(up)
	corp := up.AddRegistry("Corp", uuid.UUID{})
	tool := corp.Publish("Tool", juliatest.Version{Number: "1.0.0", Deps: []string{"JSON"}})
	corp.Publish("Example", juliatest.Version{Number: "0.5.3"})
	release := func(name, number string) juliatest.Release {
		rel, ok := up.Release(name, number)
		if !ok {
			t.Fatal(name, number)
		}
		return rel
	}
	m := juliatest.Manifest{
		Julia: "1.10.4", Pinned: []string{"JSON"},
		Releases: []juliatest.Release{tool, release("JSON", "1.0.0"), release("Parsers", "2.8.1"), release("Example", "0.5.3")},
		Local:    map[string]string{"Mine": "../Mine"}, Git: map[string]string{"Theirs": "https://example.org/Theirs.jl.git"},
	}
	for _, m.Format = range []string{"1.0", "2.0", "2.1", ""} {
		text := up.Manifest(m)
		got, err := manifest.Parse("Manifest.toml", []byte(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		format := fmt.Sprintf("%d.%d", got.Major, got.Minor)
		if want := m.Format; format != want && want != "" || want == "" && format != "2.0" {
			t.Errorf("format %s is written as %s", want, format)
		}
		if got.HasJulia != (format != "1.0") {
			t.Errorf("%s tells Julia: %v", format, got.HasJulia)
		}
		var lines []string
		for _, e := range got.Entries {
			line := e.Name + " " + e.Kind.String()
			switch e.Kind {
			case manifest.Registered:
				rel, ok := up.Release(e.Name, e.Version.String())
				if !ok {
					rel = tool
				}
				if rel.Tree != e.Tree || rel.UUID != e.UUID {
					t.Errorf("%+v", e)
				}
				line += " " + e.Version.String()
			case manifest.Local:
				line += " " + e.Path
			case manifest.Repository:
				line += " " + e.RepoURL
			}
			if e.Pinned {
				line += " pinned"
			}
			if want := (format == "2.1"); e.Kind == manifest.Registered && want != (len(e.Registries) > 0) {
				t.Errorf("%s: %s is from %v", format, e.Name, e.Registries)
			}
			lines = append(lines, line)
		}
		kind := map[manifest.Kind]string{}
		for _, k := range []manifest.Kind{manifest.Registered, manifest.Stdlib, manifest.Local, manifest.Repository} {
			kind[k] = " " + k.String()
		}
		want := []string{
			"Dates" + kind[manifest.Stdlib],
			"Example" + kind[manifest.Registered] + " 0.5.3",
			"JSON" + kind[manifest.Registered] + " 1.0.0 pinned",
			"Mine" + kind[manifest.Local] + " ../Mine",
			"Parsers" + kind[manifest.Registered] + " 2.8.1",
			"Printf" + kind[manifest.Stdlib],
			"Theirs" + kind[manifest.Repository] + " https://example.org/Theirs.jl.git",
			"Tool" + kind[manifest.Registered] + " 1.0.0",
			"Unicode" + kind[manifest.Stdlib],
		}
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Errorf("%s\n%s", format, diff)
		}
		if format == "2.1" && (len(got.Registries) != 2 || got.Registries[1].ID != "General" || !strings.Contains(text, `registries = ["General", "Corp"]`)) {
			t.Error(got.Registries)
		}
	}
	if !panics(func() { up.Manifest(juliatest.Manifest{Releases: []juliatest.Release{tool}}) }) {
		t.Error("a manifest without a dependency is written")
	}
	if !panics(func() {
		up.Manifest(juliatest.Manifest{Releases: []juliatest.Release{juliatest.New().Publish("Nobody", juliatest.Version{Number: "1.0.0"})}})
	}) {
		t.Error("a manifest with nobody's release is written")
	}
}

// TestManifestTexts is about what parsers do not tell.
func TestManifestTexts(t *testing.T) {
	up := juliatest.New()
	other := uuid.MustParse("11111111-2222-4333-8444-555555555555")
	one := up.Publish("Twin", juliatest.Version{Number: "1.0.0"})
	two := up.AddPackage(juliatest.Package{Name: "Twin", UUID: other}).Publish(juliatest.Version{Number: "2.0.0"})
	user := up.Publish("User", juliatest.Version{Number: "1.0.0", Deps: []string{"Twin@" + other.String()}, WeakDeps: []string{"JSON"}})
	text := up.Manifest(juliatest.Manifest{Julia: "1.10.4", Releases: []juliatest.Release{one, two, user}})
	for _, part := range []string{
		"# This file is machine-generated - editing it directly is not advised\n\njulia_version = \"1.10.4\"\nmanifest_format = \"2.0\"\nproject_hash = \"",
		"\n    [deps.User.deps]\n    Twin = \"" + other.String() + "\"\n",
		"\n[[deps.Twin]]\ngit-tree-sha1 = \"" + two.Tree.String() + "\"\nuuid = \"" + other.String() + "\"\nversion = \"2.0.0\"\n",
		"weakdeps = [\"JSON\"]\n",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("the manifest lacks %q:\n%s", part, text)
		}
	}
	if got, err := manifest.Parse("Manifest.toml", []byte(text)); err != nil || len(got.Entries) != 3 {
		t.Error(got, err)
	}
	if got := juliatest.ProjectFile(user); got != "[deps]\nUser = \""+user.UUID.String()+"\"\n" {
		t.Error(got)
	}
}
