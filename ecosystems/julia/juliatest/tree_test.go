package juliatest_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// sample has whatever a tree can have, in an order that only git knows.
var sample = juliatest.Tree{
	Files:       map[string]string{"foo.txt": "a", "foo/x": "b", "foo-bar": "c", "foo0": "", "deep/er/and/deeper": "d"},
	Executables: map[string]string{"bin/run": "#!/bin/sh\n"},
	Symlinks:    map[string]string{"bin/link": "run", "link": "foo"},
}

// gitWriteTree is what git says of a tree.
func gitWriteTree(t *testing.T, tree juliatest.Tree) string {
	t.Helper()
	dir := t.TempDir()
	write := func(path, content string, mode os.FileMode) {
		full := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
	for path, content := range tree.Files {
		write(path, content, 0o644)
	}
	for path, content := range tree.Executables {
		write(path, content, 0o755)
	}
	for path, target := range tree.Symlinks {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, filepath.Join(dir, path)); err != nil {
			t.Fatal(err)
		}
	}
	git(t, dir, "init", "-q")
	git(t, dir, "add", "-A")
	for path, commit := range tree.Submodules {
		git(t, dir, "update-index", "--add", "--cacheinfo", "160000,"+commit+","+path)
	}
	return git(t, dir, "write-tree")
}

// git runs git without anybody's configuration.
func git(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=", "GIT_CONFIG_NOSYSTEM=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestHashIsThatOfGit(t *testing.T) {
	withSubmodule := sample
	withSubmodule.Submodules = map[string]string{"deps/lib": strings.Repeat("5a", 20)}
	for name, tree := range map[string]juliatest.Tree{"files": sample, "submodule": withSubmodule} {
		if got, want := tree.Hash(treehash.SkipEmpty).String(), gitWriteTree(t, tree); got != want {
			t.Errorf("%s: %s, git says %s", name, got, want)
		}
	}
}

func TestHashIsThatOfTreehash(t *testing.T) {
	name := rapid.SampledFrom([]string{"a", "b", "a.b", "a-b", "a0", ".git", "Ω"})
	rapid.Check(t, func(t *rapid.T) {
		tree := juliatest.Tree{Files: map[string]string{}, Executables: map[string]string{}, Symlinks: map[string]string{}}
		for i := range rapid.IntRange(0, 8).Draw(t, "entries") {
			// Folders and files never share a name.
			var folder strings.Builder
			for range rapid.IntRange(0, 3).Draw(t, "depth") {
				folder.WriteString(name.Draw(t, "folder") + "/")
			}
			path := folder.String() + name.Draw(t, "name") + "_"
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				tree.Files[path+"f"] = rapid.String().Draw(t, "content")
			case 1:
				tree.Executables[path+"x"] = fmt.Sprint(i)
			case 2:
				tree.Symlinks[path+"l"] = "somewhere"
			case 3:
				if folder.Len() > 0 {
					tree.EmptyDirs = append(tree.EmptyDirs, strings.TrimSuffix(folder.String(), "/"))
				}
			}
		}
		sums, err := treehash.Sum(bytes.NewReader(tree.Tarball()), treehash.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for rule, want := range map[treehash.Rule]treehash.Hash{
			treehash.Full: sums.Full, treehash.SkipEmpty: sums.SkipEmpty, treehash.GitTools: sums.GitTools,
		} {
			if got := tree.Hash(rule); got != want {
				t.Errorf("%v: %v, package treehash says %v", rule, got, want)
			}
		}
	})
}

func TestTreeRefusesWhatIsNone(t *testing.T) {
	for name, tree := range map[string]juliatest.Tree{
		"absolute":     {Files: map[string]string{"/a": ""}},
		"upwards":      {Files: map[string]string{"a/../b": ""}},
		"below a file": {Files: map[string]string{"a": ""}, Executables: map[string]string{"a/b": ""}},
		"no commit":    {Submodules: map[string]string{"a": "main"}},
	} {
		if !panics(func() { tree.Hash(treehash.Full) }) {
			t.Errorf("%s is taken", name)
		}
	}
	if !panics(func() { juliatest.Tree{Submodules: map[string]string{"a": strings.Repeat("0", 40)}}.Tarball() }) {
		t.Error("a tarball holds a submodule")
	}
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}
