package registry_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

func TestInfo(t *testing.T) {
	r := read(t, world())
	for id, want := range map[uuid.UUID]registry.Info{
		lantern: {Repo: "https://Git.Example/Lantern.jl.git"},
		wick:    {Repo: "https://git.example/mono", Subdir: "lib/Wick"},
		oldWick: {Repo: "git@git.example:old/wick", Deprecated: true, Reason: `see the other "Wick"`, Alternative: "Wick"},
		empty:   {},
	} {
		info, err := packageOf(t, r, id).Info()
		if err != nil || info != want {
			t.Errorf("%s: %+v, %v, want %+v", id, info, err, want)
		}
	}
}

func TestInfoRefuses(t *testing.T) {
	head := "name = \"Wick\"\nuuid = \"11111111-aaaa-4bbb-8ccc-000000000002\"\n"
	for content, want := range map[string]string{
		"":                    "W/Wick/Package.toml: is missing",
		"# nothing\n":         "W/Wick/Package.toml: name is missing",
		"name = \"Wick\"\n":   "W/Wick/Package.toml: uuid is missing",
		"\nname = \"wick\"\n": `W/Wick/Package.toml:2: name is "wick", but Wick in Registry.toml`,
		"name = \"Wick\"\nuuid = \"11111111-aaaa-4bbb-8ccc-000000000003\"\n": `W/Wick/Package.toml:2: uuid is "11111111-aaaa-4bbb-8ccc-000000000003", but`,
		"name = \"Wick\"\nuuid = \"x\"\n":                                    `W/Wick/Package.toml:2: uuid is "x", but`,
		head + "repo = true\n":                                               "W/Wick/Package.toml:3: repo is not a string",
		head + "subdir = [\"a\"]\n":                                          "W/Wick/Package.toml:3: subdir is not a string",
		head + "subdir = \"../x\"\n":                                         `W/Wick/Package.toml:3: subdir "../x" is not a folder`,
		head + "[metadata.deprecated]\nreason = 3\n":                         "W/Wick/Package.toml: reason is not a string",
		head + "repo = \n":                                                   "W/Wick/Package.toml:3: not TOML: ",
	} {
		_, err := packageOf(t, read(t, with(world(), "W/Wick/Package.toml", content)), wick).Info()
		checkError(t, content, err, want)
	}
	// "." is the root, as git has it.
	info, err := packageOf(t, read(t, with(world(), "W/Wick/Package.toml", head+"subdir = \".\"\n")), wick).Info()
	if err != nil || info.Subdir != "" {
		t.Errorf("%+v, %v", info, err)
	}
}

func checkError(t *testing.T, content string, err error, want string) {
	t.Helper()
	var e *registry.FileError
	if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%q: %v, want %s", content, err, want)
	}
}

func TestReleases(t *testing.T) {
	r := read(t, world())
	for id, want := range map[uuid.UUID]string{
		lantern: "0.9.0 1.0.0-rc1 1.0.0 1.1.0! 1.2.0 1.10.0 2.0.0",
		oilJLL:  "1.2.3+0 1.2.3+9 1.2.3+10 1.2.4+0",
		empty:   "",
	} {
		releases, err := packageOf(t, r, id).Releases()
		if err != nil {
			t.Errorf("%s: %v", id, err)
		}
		var texts []string
		for _, release := range releases {
			text := release.Version.String()
			if release.Tree.String() != treeOf(text) {
				t.Errorf("%s has the tree %s", text, release.Tree)
			}
			if release.Yanked {
				text += "!"
			}
			texts = append(texts, text)
		}
		if got := strings.Join(texts, " "); got != want {
			t.Errorf("%s has %q, want %q", id, got, want)
		}
	}
}

func TestReleasesInOtherForms(t *testing.T) {
	for _, content := range []string{
		"[\"0.1\"]\ngit-tree-sha1 = \"" + treeOf("0.1.0") + "\"\nnix-sha256 = \"x\"\nyanked = false\n",
		"[\"v0.1.0\"] # first\n\"git-tree-sha1\" = '" + treeOf("0.1.0") + "'\nsize = 3\n",
		"\"0.1.0\" = { git-tree-sha1 = \"" + treeOf("0.1.0") + "\" }\n",
		"\"0.1.0\".\"git-tree-sha1\" = \"" + treeOf("0.1.0") + "\"\n",
		"[\"0.1.0\"]\r\ngit-tree-sha1 = \"" + treeOf("0.1.0") + "\"\r\n",
	} {
		releases, err := packageOf(t, read(t, with(world(), "W/Wick/Versions.toml", content)), wick).Releases()
		if err != nil || len(releases) != 1 || releases[0].Version != version.MustParse("0.1.0") || releases[0].Tree.String() != treeOf("0.1.0") || releases[0].Yanked {
			t.Errorf("%q: %v, %v", content, releases, err)
		}
	}
}

func TestReleasesRefuses(t *testing.T) {
	good := "git-tree-sha1 = \"" + treeOf("1.0.0") + "\"\n"
	for content, want := range map[string]string{
		good:                                     "W/Wick/Versions.toml:1: \"git-tree-sha1\" is not the table of a version",
		"[one]\n" + good:                         `W/Wick/Versions.toml:1: version "one" has no number`,
		"\n[\"1.0.0\"]\n":                        "W/Wick/Versions.toml:2: git-tree-sha1 is missing",
		"[\"1.0.0\"]\ngit-tree-sha1 = \"abc\"\n": `W/Wick/Versions.toml:2: version 1.0.0: git tree hash "abc": want 40`,
		"[\"1.0.0\"]\ngit-tree-sha1 = 3\n":       "W/Wick/Versions.toml: git-tree-sha1 is not a string",
		"[\"1.0.0\"]\n" + good + "yanked = \"yes\"\n":   "W/Wick/Versions.toml:3: version 1.0.0: yanked is neither",
		"[\"1.0.0\"]\n" + good + "[\"1.0.0\"]\n" + good: "W/Wick/Versions.toml:3: not TOML: ",
		"[\"1.0.0\"]\n" + good + "[\"1.0\"]\n" + good:   "W/Wick/Versions.toml: version 1.0.0 is there twice",
		"[\"1.0.0\"\n" + good:                           "W/Wick/Versions.toml:2: not TOML: ",
		"[[\"1.0.0\"]]\n" + good:                        "W/Wick/Versions.toml: \"1.0.0\" is not the table",
	} {
		releases, err := packageOf(t, read(t, with(world(), "W/Wick/Versions.toml", content)), wick).Releases()
		checkError(t, content, err, want)
		if releases != nil {
			t.Errorf("%q: %v", content, releases)
		}
	}
}

// TestSpoolFails: errors of the spool are no errors of the registry.
func TestSpoolFails(t *testing.T) {
	broken := &brokenSpool{}
	r, err := registry.Read(bytes.NewReader(pack(t, world(), "")), registry.Options{Spool: broken})
	if err != nil {
		t.Fatal(err)
	}
	broken.err = iotest.ErrTimeout
	_, err = packageOf(t, r, wick).Releases()
	if !errors.Is(err, iotest.ErrTimeout) || errors.As(err, new(*registry.FileError)) {
		t.Errorf("%v", err)
	}
	broken.err = io.EOF
	if _, err = packageOf(t, r, wick).Dependencies(); err != nil {
		t.Errorf("there is nothing to read, but %v", err)
	}
	if _, err = packageOf(t, r, lantern).Dependencies(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v", err)
	}
	if _, err = r.Prune(func(*registry.Package, registry.Release) bool { return true }); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v", err)
	}
}

type brokenSpool struct {
	spool
	err error
}

func (s *brokenSpool) ReadAt(p []byte, off int64) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	return s.spool.ReadAt(p, off)
}

func TestDependencies(t *testing.T) {
	deps, err := packageOf(t, read(t, world()), lantern).Dependencies()
	if err != nil {
		t.Fatal(err)
	}
	type dep struct{ name, id, compat string }
	const id = "11111111-aaaa-4bbb-8ccc-00000000000"
	for v, want := range map[string][]dep{
		"0.9.0":     {{"Dates", dates.String(), "*"}, {"Wick", id + "4", "*"}, {"julia", "", "0.7-1"}},
		"1.0.0":     {{"Dates", dates.String(), "*"}, {"Wick", id + "2", "0.1-0.3"}, {"julia", "", "0.7-1"}},
		"1.0.0-rc1": {{"Dates", dates.String(), "*"}, {"Wick", id + "2", "0.1-0.3"}, {"julia", "", "0.7-1"}},
		"1.1.0":     {{"Dates", dates.String(), "*"}, {"Wick", id + "2", "0.3, 1"}, {"julia", "", "0.7-1"}},
		"1.10.0":    {{"Dates", dates.String(), "*"}, {"Oil_jll", id + "3", "*"}, {"Wick", id + "2", "0.3, 1"}, {"julia", "", "1.6.0-1"}},
		"2.0.0":     {{"Moths weak", id + "6", "3"}, {"Oil_jll", id + "3", "1.2.3-1"}, {"Wick", id + "2", "0.3, 1"}, {"julia", "", "1.10.0-1"}},
		"3.0.0":     {{"julia", "", "*"}},
	} {
		var got []dep
		for _, d := range deps.At(version.MustParse(v)) {
			if d.Weak {
				d.Name += " weak"
			}
			got = append(got, dep{d.Name, d.UUID.String(), d.Compat.String()})
		}
		got = append(got, dep{"julia", "", deps.Julia(version.MustParse(v)).String()})
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(dep{})); diff != "" {
			t.Errorf("%s:\n%s", v, diff)
		}
	}
	if none := (*registry.Dependencies)(nil); none.At(version.Version{}) != nil || !none.Julia(version.Version{}).IsAny() {
		t.Error("nil has dependencies")
	}
}

// TestDoubtfulDependencies holds what is made of entries that the tools of registries do
// not write.
func TestDoubtfulDependencies(t *testing.T) {
	const id = "\"11111111-aaaa-4bbb-8ccc-00000000000"
	r := read(t, with(world(),
		"W/Wick/Deps.toml", "[0]\nMoths = "+id+"6\"\njulia = \"1222c4b2-2114-5bfd-aeef-88e4692bbb3e\"\n[\"0.1\"]\nMoths = "+id+"6\"\n",
		"W/Wick/WeakDeps.toml", "[0]\nMoths = "+id+"6\"\nLantern = "+id+"1\"\n",
		"W/Wick/Compat.toml", "[0]\nMoths = \"1\"\nLantern = []\n[\"0.1\"]\nMoths = [\"2\", \"1\"]\n",
	))
	deps, err := packageOf(t, r, wick).Dependencies()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range deps.At(version.MustParse("0.1.0")) {
		line := d.Name + " " + d.Compat.String()
		if d.Weak {
			line += " weak"
		}
		got = append(got, line)
	}
	if diff := cmp.Diff([]string{"Lantern ∅ weak", "Moths 1, 2"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestDependenciesRefuses(t *testing.T) {
	for _, c := range []struct{ file, content, want string }{
		{"Deps.toml", "Wick = \"x\"\n", `:1: "Wick" is not the table of a range`},
		{"Deps.toml", "[one]\n", `:1: range "one" has`},
		{"Deps.toml", "[1]\nA = \"x\"\n", `:2: "A" has the UUID "x": want`},
		{"Deps.toml", "[1]\nA = true\n", `:2: "A" has no UUID`},
		{"WeakDeps.toml", "[1]\nA = \"x\"\n", `:2: "A" has the UUID "x": want`},
		{"Compat.toml", "[1]\nA = \"^1\"\n", `:2: "A": range "^1" has`},
		{"Compat.toml", "[1]\nA = [\"1\", \"\"]\n", `:2: "A": range "" has`},
		{"Compat.toml", "[1]\nA = true\n", `:2: "A" has no range`},
		{"Compat.toml", "[1]\nA = [1]\n", `: "A" has no range`},
		{"WeakCompat.toml", "[1\n", `:2: not TOML: `},
	} {
		r := read(t, with(world(), "W/Wick/"+c.file, c.content))
		d, err := packageOf(t, r, wick).Dependencies()
		checkError(t, c.content, err, "W/Wick/"+c.file+c.want)
		if d != nil {
			t.Errorf("%q: %v", c.content, d)
		}
		if _, err := packageOf(t, r, lantern).Dependencies(); err != nil {
			t.Errorf("%q hurts another package: %v", c.content, err)
		}
	}
}
