//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/justmr/importgit/importgittest"
)

// TestJustImportGit compares offmirror justmr import-git with just-import-git itself: what is
// written to stdout, the remarks, and whether it fails.
func TestJustImportGit(t *testing.T) {
	for _, s := range []system{trixie, sid} {
		t.Run("recorded/"+string(s), func(t *testing.T) { t.Parallel(); testImportsRecorded(t, s) })
		t.Run("random/"+string(s), func(t *testing.T) { t.Parallel(); testImportsRandom(t, s) })
		t.Run("chain/"+string(s), func(t *testing.T) { t.Parallel(); testImportsChained(t, s) })
	}
}

// importer is a user with a foreign repository who imports by either program.
type importer struct {
	home
	url string
}

// newImporter makes a foreign repository of files, whose targets are links where they begin with an arrow.
func newImporter(t testing.TB, s system, files map[string]string) importer {
	t.Helper()
	i := importer{home: newHome(t, s)}
	for name, content := range files {
		if target, ok := strings.CutPrefix(content, "-> "); ok {
			name = filepath.Join(i.dir, "foreign", name)
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(strings.TrimSpace(target), name); err != nil {
				t.Fatal(err)
			}
			continue
		}
		i.write("foreign/"+name, content)
	}
	i.url = "file://" + filepath.Join(i.dir, "foreign")
	i.sh("git init -q -b master foreign && cd foreign && git add -A && git -c user.name=a -c user.email=a@example.org commit -q --allow-empty -m all && git tag v1").ok()
	return i
}

// sh runs a line of shell outside of the system, with offmirror as a command. Git is left to itself.
func (i importer) sh(script string) result {
	i.t.Helper()
	env := append(os.Environ(), "HOME="+i.dir, "LC_ALL=C.UTF-8", "OFFMIRROR="+binary)
	return execute(i.t, command{dir: i.dir, env: env}, "/bin/sh", "-c", `offmirror() { "$OFFMIRROR" "$@"; }; `+script)
}

// imported is what an import came to.
type imported struct {
	Config, Said string
	Failed       bool
}

// both runs an import into base.json by both programs and returns what the original made of it.
func (i importer) both(args ...string) imported {
	i.t.Helper()
	var quoted []string
	for _, a := range args {
		quoted = append(quoted, "'"+strings.ReplaceAll(a, "'", `'\''`)+"'")
	}
	line := " -C base.json " + strings.Join(quoted, " ") + " >out.json 2>said"
	// The original goes round in circles for ever.
	want := i.outcome(i.run(".", []string{"PYTHONUTF8=1"}, "sh", "-c", "ulimit -t 5; just-import-git"+line))
	got := i.outcome(i.sh("offmirror justmr import-git" + line))
	if diff := cmp.Diff(want, got); diff != "" {
		i.t.Errorf("%q into %s: -just-import-git +offmirror\n%s", args, i.read("base.json"), diff)
	}
	return want
}

func (i importer) outcome(r result) imported {
	i.t.Helper()
	if r.code != 0 {
		return imported{Failed: true}
	}
	var said []string
	for line := range strings.Lines(i.read("said")) {
		if strings.HasPrefix(line, "Importing ") || strings.HasPrefix(line, "Transitive ") || strings.HasPrefix(line, "Repositories ") {
			said = append(said, line)
		}
	}
	return imported{Config: i.read("out.json"), Said: strings.Join(said, "")}
}

// The inputs of which the results are recorded for the unit tests.
func testImportsRecorded(t *testing.T, s system) {
	list, err := filepath.Glob("../../../ecosystems/justmr/importgit/testdata/recorded/*.txtar")
	if err != nil || len(list) < 20 {
		t.Fatalf("%d recorded imports, %v", len(list), err)
	}
	whole := 0
	for _, name := range list {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		foreign := map[string]string{}
		file := func(name string) string {
			for _, f := range a.Files {
				if f.Name == name {
					return string(f.Data)
				}
			}
			t.Fatalf("no %s", name)
			return ""
		}
		for _, f := range a.Files {
			if name, ok := strings.CutPrefix(f.Name, "foreign/"); ok {
				foreign[name] = string(f.Data)
			}
		}
		i := newImporter(t, s, foreign)
		i.write("base.json", file("base.json"))
		for line := range strings.Lines(file("args")) {
			var args []string
			if err := json.Unmarshal([]byte(strings.ReplaceAll(line, "@URL@", i.url)), &args); err != nil {
				t.Fatal(err)
			}
			if r := i.both(args...); !r.Failed {
				whole++
				i.write("base.json", r.Config)
			}
		}
	}
	if whole < 20 {
		t.Errorf("only %d imports went through", whole)
	}
}

func testImportsRandom(t *testing.T, s system) {
	cases := rapid.Custom(func(t *rapid.T) importgittest.Case {
		return importgittest.Random(func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "choice") })
	})
	whole := 0
	const runs = 40
	for range runs {
		seed := int(rand.Uint32())
		c := cases.Example(seed)
		i := newImporter(t, s, map[string]string{"repos.json": c.Foreign})
		i.write("base.json", c.Base)
		if !i.both(slices.Concat(c.Options, []string{i.url}, c.Entry)...).Failed {
			whole++
		}
		if t.Failed() {
			t.Fatalf("seed %d: %s", seed, c.Foreign)
		}
	}
	if whole < runs/4 {
		t.Errorf("only %d of %d imports went through", whole, runs)
	}
}

// In a pipe of several, by turns of both programs.
func testImportsChained(t *testing.T, s system) {
	i := newImporter(t, s, map[string]string{"etc/repos.json": `{"main": "größe", "repositories": {"größe": {"repository": {"type": "file", "path": "."}, "bindings": {"b": "b"}}, "b": {"repository": "größe"}}}`})
	i.write("base.json", `{"repositories": {}, "é": 1.0}`)
	chain := func(program string) string {
		var parts []string
		for n, options := range []string{"--as one", "--as two --mirror https://b.example.org/ --mirror https://a.example.org/", "--absent --plain --as one", "--inherit-env B --inherit-env A --as four --map b one"} {
			from := "-"
			if n == 0 {
				from = "base.json"
			}
			parts = append(parts, fmt.Sprintf("%s -C %s %s %s", program, from, options, i.url))
		}
		return strings.Join(parts, " | ") + " >out.json 2>said"
	}
	i.run(".", []string{"PYTHONUTF8=1"}, "sh", "-c", chain("just-import-git")).ok()
	want := i.read("out.json")
	i.sh(chain("offmirror justmr import-git")).ok()
	if diff := cmp.Diff(want, i.read("out.json")); diff != "" {
		t.Errorf("-just-import-git +offmirror\n%s", diff)
	}
	if !strings.Contains(want, `"one (1)"`) && !strings.Contains(want, `"one/`) {
		t.Errorf("not what was meant: %s", want)
	}
}
