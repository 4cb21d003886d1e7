package layout

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestCheckLink(t *testing.T) {
	for _, ok := range [][2]string{
		{"a", "b"}, {"a", "a"}, {"a", "b/c"}, {"a/b", ".."}, {"a/b", "../.."[:2] + "/a"}, {"a/b/c", "../.."}, {"a/b/c", "../../x"},
		{"registries/General/E/Example/releases", "../../../../packages/Example/General"},
		{"a", "..b"}, {"a", "b: c+d?"}, {"a", "é"}, {"a", strings.Repeat("b/", 1999) + "b"},
	} {
		if err := CheckLink(ok[0], ok[1]); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range [][3]string{
		{"a", "", "empty"},
		{"a", "/", "absolute"},
		{"a", "/etc/passwd", "absolute"},
		{"a", ".", "element ."},
		{"a", "./b", "element ."},
		{"a", "..", "out of the tree"},
		{"a", "../a", "out of the tree"},
		{"a/b", "../..", "out of the tree"},
		{"a/b", "../../../x", "out of the tree"},
		{"a/b", "../", "slash"},
		{"a/b", "..//a", "absolute"},
		{"a/b/c", "x/..", "element .."},
		{"a/b/c", "x/../../../..", "element .."},
		{"a/b/c", "../x/../y", "element .."},
		{"a", "b/", "empty element"},
		{"a", "b//c", "empty element"},
		{"a", "b\x00", "control"},
		{"a", "b\n", "control"},
		{"a", "b\tc", "control"},
		{"a", "b\u202ec", "control"},
		{"a", "b\xff", "UTF-8"},
		{"a", `b\c`, "backslash"},
		{"a", "C:/nul", "Windows"},
		{"a", strings.Repeat("b/", 2048), "4096 bytes long, more than 4095"},
	} {
		err := CheckLink(bad[0], bad[1])
		if err == nil || !strings.Contains(err.Error(), bad[2]) || !strings.Contains(err.Error(), `"`+bad[0]+`"`) {
			t.Errorf("CheckLink(%q, %.80q) = %v, want %q", bad[0], bad[1], err, bad[2])
		}
		oneLine(t, err)
	}
}

func FuzzCheckLink(f *testing.F) {
	f.Add("a/b", "../c")
	f.Add("a", "..")
	f.Add("a/b/c", "../../..")
	f.Fuzz(func(t *testing.T, path, target string) {
		if CheckPath(path) != nil || CheckLink(path, target) != nil {
			return
		}
		e := Entry{Path: path, Link: target}
		if to := e.leadsTo(); to != "." && CheckPath(to) != nil && len(to) <= maxPath {
			t.Errorf("%q -> %q leads to %q", path, target, to)
		}
		if !filepath.IsLocal(e.leadsTo()) {
			t.Errorf("%q -> %q leads out", path, target)
		}
	})
}

func TestFollow(t *testing.T) {
	m := newMirror(t)
	s := m.write(files{
		"packages/Example/General/Example-HASH.tar.gz":  "tarball",
		"packages/Example/General/Example-0.5.3.tar.gz": "-> Example-HASH.tar.gz",
		"packages/Example/General/Example":              "-> ../../../registries/General/E/Example",
		"registries/General/E/Example/releases":         "-> ../../../../packages/Example/General",
		"registries/General/E/Example/Package.toml":     "toml",
		"up/down/root": "-> ../..",
		"name":         "-> up/down/root/name2",
		"name2":        "-> packages/Example/General/Example-0.5.3.tar.gz",
		"self":         "-> self",
		"to":           "-> fro",
		"fro":          "-> to/x",
		"nowhere":      "-> up/nothing",
		"folder":       "-> up",
	})
	const tarball, toml = "packages/Example/General/Example-HASH.tar.gz", "registries/General/E/Example/Package.toml"
	for path, want := range map[string]string{
		tarball: tarball,
		"packages/Example/General/Example-0.5.3.tar.gz":                                   tarball,
		"registries/General/E/Example/releases/Example-HASH.tar.gz":                       tarball,
		"registries/General/E/Example/releases/Example-0.5.3.tar.gz":                      tarball,
		"packages/Example/General/Example/Package.toml":                                   toml,
		"packages/Example/General/Example/releases/Example/releases/Example":              "",
		"packages/Example/General/Example/releases/Example/releases/Example/Package.toml": toml,
		"up/down/root/" + toml:            toml,
		"up/down/root/up/down/root/name2": tarball,
		"name":                            tarball,
		"name/x":                          "",
		"self":                            "",
		"self/x":                          "",
		"to":                              "",
		"fro":                             "",
		"nowhere":                         "",
		"folder":                          "",
		"folder/down/root":                "",
		"up":                              "",
		"":                                "",
		"up/down/root/":                   "",
		"up/down/root//name":              "",
		"folder/../name":                  "",
		"up/down/root/../name":            "",
		"nothing":                         "",
		tarball + "/x":                    "",
		strings.Repeat("a/", 3000):        "",
	} {
		e, ok := Follow(s, path)
		if ok != (want != "") || e.Path != want {
			t.Errorf("Follow(%.80q) = %q, %v; want %q", path, e.Path, ok, want)
		}
	}
	long := "registries/General/E/Example"
	for range maxTaken {
		long += "/releases/Example"
	}
	if e, ok := Follow(s, long+"/Package.toml"); ok {
		t.Errorf("%d links on the way, and %s is found", 2*maxTaken, e.Path)
	}
	if e, ok := s.Lookup("name"); !ok || !e.IsLink() {
		t.Errorf("Lookup took a link: %v, %v", e, ok)
	}
	if e, ok := s.Lookup("folder/down/root"); ok {
		t.Errorf("Lookup took a link: %v", e)
	}
	link, _ := s.Lookup("name")
	if _, err := s.Open(link); err == nil || !strings.Contains(err.Error(), "is a link") {
		t.Errorf("Open of a link: %v", err)
	}
}

func TestDangling(t *testing.T) {
	l, err := NewList(slices.Values([]Entry{
		{Path: "a/file", Object: object("1"), Size: 1},
		{Path: "a/good", Link: "file"},
		{Path: "b/folder", Link: "../a"},
		{Path: "b/root", Link: ".."},
		{Path: "b/through", Link: "folder/good"},
		{Path: "c/lost", Link: "../a/lost"},
		{Path: "c/lost-too", Link: "lost"},
		{Path: "c/part", Link: "../a/fil"},
		{Path: "c/through-a-file", Link: "../a/file/x"},
		{Path: "d/circle", Link: "round"},
		{Path: "d/round", Link: "circle"},
	}))
	must(t, err)
	got := map[string]string{}
	for e, end := range l.Dangling() {
		got[e.Path] = end
	}
	want := map[string]string{
		"c/lost": "a/lost", "c/lost-too": "a/lost", "c/part": "a/fil", "c/through-a-file": "a/file/x",
		"d/circle": "d/circle", "d/round": "d/round",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for range l.Dangling() {
		break // and nothing panics
	}
}

// Follow and Dangling agree with the file system about what was published.
func TestLinksAgainstTheFileSystem(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	must(t, makeFolder(m.root, "tree"))
	tree, err := openTree(m.root, "tree", m.store)
	must(t, err)
	defer tree.close()
	rapid.Check(t, func(t *rapid.T) {
		f := files{}
		var paths Paths
		for _, p := range rapid.SliceOfN(rapid.StringMatching(`[abc](/[abc]){0,2}`), 1, 8).Draw(t, "paths") {
			if paths.Add(p) != nil {
				continue
			}
			f[p] = "file " + p
			if rapid.Bool().Draw(t, "link") {
				up := rapid.IntRange(0, strings.Count(p, "/")).Draw(t, "up")
				target := strings.TrimSuffix(strings.Repeat("../", up)+rapid.StringMatching(`([abc](/[abc]){0,2})?`).Draw(t, "target"), "/")
				if target != "" {
					f[p] = linkMark + target
				}
			}
		}
		l, err := NewList(slices.Values(m.entries(f)))
		if err == nil {
			err = tree.compare(m.t.Context(), l)
		}
		if err != nil {
			t.Fatal(err)
		}
		s := listView{l}
		ask := append(slices.Collect(maps.Keys(f)), rapid.SliceOfN(rapid.StringMatching(`[abc](/[abc]){0,4}`), 5, 5).Draw(t, "ask")...)
		for _, p := range ask {
			want, err := tree.root.ReadFile(p)
			e, ok := Follow(s, p)
			if ok != (err == nil) || ok && string(want) != "file "+e.Path {
				t.Fatalf("Follow(%s) in %v = %v, %v; the file system has %q, %v", p, f, e, ok, want, err)
			}
		}
		dangling := map[string]bool{}
		for e := range s.Dangling() {
			dangling[e.Path] = true
		}
		for p, content := range f {
			_, err := tree.root.Stat(p)
			if dangling[p] != (err != nil) {
				t.Fatalf("%s %s in %v: dangling %v, the file system says %v", p, content, f, dangling[p], err)
			}
		}
	})
}

// Whatever is published where a link was, or beside one, nothing comes to be where
// it leads.
func TestNothingIsWrittenThroughLinks(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	outside := t.TempDir()
	must(t, os.WriteFile(filepath.Join(outside, "precious"), []byte("precious"), 0o644))
	m.publish(files{"real/file": "1", "x": "-> real"})
	m.publish(files{"real/file": "1", "x/file": "2", "x/new": "3"}) // the tree that still has the link is changed next
	m.publish(files{"real/file": "1", "x/file": "4", "x/new": "5"})
	for _, tree := range []string{"a", "b"} {
		if data, err := m.root.ReadFile(m.treePath(tree) + "/real/file"); err != nil || string(data) != "1" {
			t.Errorf("tree %s: real/file holds %q, %v", tree, data, err)
		}
		if _, err := m.root.Lstat(m.treePath(tree) + "/real/new"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("tree %s: written through the link: %v", tree, err)
		}
	}
	// Somebody puts links where folders are, also after the marker was written.
	for _, target := range []string{"real", outside} {
		live, spare, err := m.trees()
		must(t, err)
		for _, tree := range []string{live, spare} {
			must(t, m.root.RemoveAll(m.treePath(tree)+"/x"))
			must(t, m.root.Symlink(target, m.treePath(tree)+"/x"))
		}
		f := files{"real/file": "1", "x/file": "of " + target, "x/more": "more"}
		m.publish(f)
		if diff := cmp.Diff(f, m.served()); diff != "" {
			t.Error(diff)
		}
		must(t, m.Rebuild(t.Context()))
	}
	left, err := os.ReadDir(outside)
	must(t, err)
	if len(left) != 1 || left[0].Name() != "precious" {
		t.Errorf("outside there is now %v", left)
	}
}

func TestLocate(t *testing.T) {
	m := newMirror(t)
	s := m.write(files{"file": "content", "link": "-> file"})
	file, _ := s.Lookup("file")
	at, err := s.Locate(file)
	must(t, err)
	if data, err := os.ReadFile(at); err != nil || string(data) != "content" {
		t.Errorf("%s holds %q, %v", at, data, err)
	}
	link, _ := s.Lookup("link")
	if at, err := s.Locate(link); err == nil {
		t.Errorf("a link has the object %s", at)
	}
	if at, err := mustSnapshot(t, file).Locate(file); err == nil {
		t.Errorf("without a store, but at %s", at)
	}
}
