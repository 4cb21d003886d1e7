package repos_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/justmr/repos"
)

func parse(t *testing.T, text string) *repos.Config {
	t.Helper()
	c, err := repos.Parse("repos.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRealFiles(t *testing.T) {
	type count struct{ repositories, archives, zips, foreign, git, mirrors int }
	for name, want := range map[string]count{
		"bootstrappable-toolchain.repos.json":   {100, 33, 1, 1, 0, 10},
		"hello-nix.repos.json":                  {18, 8, 0, 0, 2, 0},
		"jst-imports.repos.json":                {17, 2, 0, 0, 2, 1},
		"rules-rust-getting-started.repos.json": {2, 0, 0, 0, 1, 0},
	} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		c, err := repos.Parse(name, data)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range c.Problems {
			t.Errorf("%v", p)
		}
		got := count{repositories: len(c.Names())}
		for _, n := range c.All() {
			r, _ := c.Repository(n)
			var mirrors []string
			switch r.Root.Kind {
			case repos.KindArchive:
				got.archives++
				mirrors = r.Root.Archive.Mirrors
			case repos.KindZip:
				got.zips++
				mirrors = r.Root.Archive.Mirrors
			case repos.KindForeignFile:
				got.foreign++
				mirrors = r.Root.Archive.Mirrors
			case repos.KindGit:
				got.git++
				mirrors = r.Root.Git.Mirrors
			}
			if len(mirrors) > 0 {
				got.mirrors++
			}
		}
		if got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
		if c.HasMain {
			if list, err := c.Needed(c.Main); err != nil || len(list) == 0 {
				t.Errorf("%s: needed: %v, %v", name, list, err)
			}
		}
	}
}

const graph = `{"main": "app", "repositories": {
  "app": {"repository": {"type": "file", "path": "."}, "bindings": {"z": "zlib", "c": "made"}, "target_root": "layer"},
  "zlib": {"repository": "zlib-real", "bindings": {"unused-by-root": "far"}},
  "zlib-real": {"repository": {"type": "archive", "content": "` + id + `", "fetch": "https://e.org/z.tgz"}, "bindings": {"x": "not-needed"}},
  "layer": {"repository": "layer-real", "bindings": {"x": "not-needed"}},
  "layer-real": {"repository": {"type": "archive", "content": "` + id + `", "fetch": "https://e.org/l.tgz"}},
  "made": {"repository": {"type": "computed", "repo": "maker", "target": ["", "x"]}},
  "maker": {"repository": {"type": "distdir", "repositories": ["member", "git-member"]}},
  "member": {"repository": {"type": "zip", "content": "` + id + `", "fetch": "https://e.org/m.zip"}},
  "git-member": {"repository": {"type": "git", "repository": "https://e.org/g", "commit": "` + id + `", "branch": "main"}},
  "far": {"repository": {"type": "foreign file", "name": "f", "content": "` + id + `", "fetch": "https://e.org/f"}},
  "not-needed": {"repository": {"type": "archive", "content": "` + id + `", "fetch": "https://e.org/n.tgz"}}
}}`

const id = "4583ce2be8e05612d4862a6d4c43dbfbf724c042"

func TestNeededIsWhatSetupMakes(t *testing.T) {
	c := parse(t, graph)
	if len(c.Problems) > 0 {
		t.Fatal(c.Problems)
	}
	got, err := c.Needed("app")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"app", "far", "layer-real", "made", "maker", "member", "zlib-real"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if _, err := c.Needed("nobody"); err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("an unknown main: %v", err)
	}
	if all := c.All(); len(all) != 9 || slices.Contains(all, "zlib") {
		t.Errorf("all: %v", all)
	}
}

func TestCirclesEnd(t *testing.T) {
	c := parse(t, `{"repositories": {
		"a": {"repository": "b", "bindings": {"x": "a"}, "target_root": "b"}, "b": {"repository": "a"},
		"self": {"repository": "self"}, "c": {"repository": {"type": "computed", "repo": "c", "target": ["", ""]}},
		"lost": {"repository": "nowhere"}}}`)
	var about []string
	for _, p := range c.Problems {
		about = append(about, p.Repository)
	}
	if diff := cmp.Diff([]string{"a", "b", "lost", "self"}, slices.Compact(about)); diff != "" {
		t.Errorf("problems of: -want +got:\n%s", diff)
	}
	for _, main := range []string{"a", "c", "self", "lost"} {
		if _, err := c.Needed(main); err != nil {
			t.Errorf("%s: %v", main, err)
		}
	}
}

func TestProblemsNameRepositoryAndKey(t *testing.T) {
	upper := strings.ToUpper(id)
	for root, key := range map[string]string{
		`5`:               "repository",
		`{"type": "svn"}`: "repository.type",
		`{}`:              "repository.type",
		`{"type": "archive", "fetch": "https://e.org/x"}`:                                                     "repository.content",
		`{"type": "archive", "fetch": "https://e.org/x", "content": "` + upper + `"}`:                         "repository.content",
		`{"type": "archive", "fetch": "https://e.org/x", "content": "abc"}`:                                   "repository.content",
		`{"type": "archive", "content": "` + id + `"}`:                                                        "repository.fetch",
		`{"type": "archive", "content": "` + id + `", "fetch": ""}`:                                           "repository.fetch",
		`{"type": "archive", "content": "` + id + `", "fetch": "u", "mirrors": null}`:                         "repository.mirrors",
		`{"type": "zip", "content": "` + id + `", "fetch": "u", "mirrors": "v"}`:                              "repository.mirrors",
		`{"type": "zip", "content": "` + id + `", "fetch": "u", "mirrors": ["v", 1]}`:                         "repository.mirrors",
		`{"type": "zip", "content": "` + id + `", "fetch": "u", "subdir": "../x"}`:                            "repository.subdir",
		`{"type": "zip", "content": "` + id + `", "fetch": "u", "sha256": "12"}`:                              "repository.sha256",
		`{"type": "zip", "content": "` + id + `", "fetch": "u", "sha256": "` + strings.Repeat("A", 64) + `"}`: "repository.sha256",
		`{"type": "foreign file", "content": "` + id + `", "fetch": "u"}`:                                     "repository.name",
		`{"type": "foreign file", "content": "` + id + `", "fetch": "u", "name": "a/b"}`:                      "repository.name",
		`{"type": "git", "repository": "u", "commit": "abc123", "branch": "main"}`:                            "repository.commit",
		`{"type": "git", "repository": "u", "commit": "` + id + `"}`:                                          "repository.branch",
		`{"type": "git", "repository": "", "commit": "` + id + `", "branch": "main"}`:                         "repository.repository",
		`{"type": "git", "repository": "u", "commit": "` + id + `", "branch": "b", "inherit env": "PATH"}`:    "repository.inherit env",
		`{"type": "git tree", "id": "` + id + `"}`:                                                            "repository.cmd",
		`{"type": "distdir", "repositories": ["gone"]}`:                                                       "repository.repositories",
		`{"type": "computed", "repo": "gone"}`:                                                                "repository.repo",
	} {
		c := parse(t, `{"repositories": {"some name": {"repository": `+root+`}, "good": {"repository": {"type": "file", "path": "."}}}}`)
		if len(c.Problems) == 0 || c.Problems[0].Repository != "some name" || c.Problems[0].Key != key {
			t.Errorf("%s: problems %v, want one about %s", root, c.Problems, key)
			continue
		}
		if text := c.Problems[0].Error(); !strings.Contains(text, `"some name"`) || !strings.Contains(text, key) || strings.Contains(text, "\n") {
			t.Errorf("%s: %s", root, text)
		}
	}
}

func TestLeniencyOfJustMR(t *testing.T) {
	c := parse(t, `{"repositories": {
		"a": {"unknown": 1, "repository": {"type": "archive", "content": "`+id+`", "fetch": "https://e.org/x/a.tar.gz?x=y/z&q", "distfile": 7, "sha256": 5, "subdir": null, "pragma": "x"}},
		"b": {"repository": {"type": "git", "repository": "u", "commit": "`+strings.ToUpper(id)+`", "branch": "v1", "subdir": "./x/../y", "pragma": {"absent": true}}},
		"": {"repository": {"type": "file", "path": ""}}}}`)
	if len(c.Problems) > 0 {
		t.Fatal(c.Problems)
	}
	a, _ := c.Repository("a")
	want := &repos.Archive{Content: id, Fetch: "https://e.org/x/a.tar.gz?x=y/z&q", Distfile: "z&q", Subdir: "."}
	if diff := cmp.Diff(want, a.Root.Archive); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	b, _ := c.Repository("b")
	if !b.Root.Absent || b.Root.Git.Commit != id || b.Root.Git.Subdir != "y" {
		t.Errorf("%+v", b.Root.Git)
	}
}

func TestFilesThatAreNoConfiguration(t *testing.T) {
	for _, text := range []string{"", "[]", "{", `{"repositories": []}`, `{"repositories": null}`, `{"main": 5, "repositories": {}}`, "{\n\n\"a\" 1}"} {
		if _, err := repos.Parse("x.json", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), "x.json: ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestNamesOfDistfiles(t *testing.T) {
	for url, want := range map[string]string{
		"https://e.org/a.tar.gz?x=y/z&q": "z&q", "https://e.org/b.tar.gz#frag": "b.tar.gz#frag", "https://e.org/": "", "plain": "plain",
	} {
		if got := repos.Distfile(url); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
	for name, good := range map[string]bool{"a.tgz": true, "?p=x;a=y": true, "": false, "..": false, "../x": false, `a\b`: false, "a\x00": false} {
		if why := repos.CheckDistfile(name); (why == "") != good {
			t.Errorf("%q: %q", name, why)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(graph)
	f.Add(`{"repositories": {"a": {"repository": "a"}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := repos.Parse("f", []byte(text))
		if err != nil {
			return
		}
		for _, name := range c.Names() {
			if _, err := c.Needed(name); err != nil {
				t.Fatal(err)
			}
		}
	})
}
