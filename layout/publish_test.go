package layout

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestPublishSwapsWholeTrees(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	if _, err := m.root.Lstat("toy"); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal("there is a tree before the first publication")
	}
	versions := []files{
		{"names": "1", "tarballs/a-1.tar": "a1"},
		{"names": "2", "tarballs/a-1.tar": "a1", "tarballs/b-1.tar": "b1"},
		{"names": "3", "docs/x/y/z": "deep"},
		{"docs": "a file where a folder was", "names/x": "a folder where a file was"},
		{"docs": "-> names", "names/x": "1", "names/y": "-> x"},
		{"docs/x": "a folder where a link was", "names": "-> docs", "y/z": "-> ../names/x"},
		{"docs/x": "a folder where a link was", "names": "-> docs/x", "y/z": "a file where a link was"},
		{},
		{"names": "1", "tarballs/a-1.tar": "a1"},
	}
	var targets []string
	for i, f := range versions {
		s := m.publish(f)
		if diff := cmp.Diff(f, m.served()); diff != "" {
			t.Fatalf("version %d: %s", i, diff)
		}
		if current, err := m.Current(); err != nil || current.ID != s.ID {
			t.Errorf("version %d: current is %v, %v", i, current, err)
		}
		target, err := m.root.Readlink("toy")
		if err != nil {
			t.Fatal(err)
		}
		targets = append(targets, target)
		for p, err := range m.CheckTree(t.Context()) {
			t.Errorf("version %d: %s: %v", i, p, err)
		}
	}
	a, b := "state/trees/toy/a", "state/trees/toy/b"
	if diff := cmp.Diff([]string{a, b, a, b, a, b, a, b, a}, targets); diff != "" {
		t.Error(diff)
	}
}

func TestTreesAreHardLinks(t *testing.T) {
	m := newMirror(t)
	s := m.publish(files{"x/a": "one"})
	e, _ := s.Lookup("x/a")
	object, err := m.store.Stat(e.Object)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"toy/x/a", "state/trees/toy/a/x/a", "state/trees/toy/b/x/a"} {
		info, err := m.root.Stat(p)
		if err != nil || !os.SameFile(info, object) {
			t.Errorf("%s is no link to its object: %v", p, err)
		}
	}
}

// After the first publication the work is as large as the difference.
func TestWorkGrowsWithTheDifference(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	m.publish(manyFiles(100, 0))
	count := func(publish func()) (links, removals int) {
		m.Trace = func(s Step) {
			switch s {
			case StepLink:
				links++
			case StepRemove:
				removals++
			}
		}
		publish()
		m.Trace = nil
		return
	}
	f := manyFiles(100, 0)
	f["new"] = "file"
	delete(f, "names")
	old, _ := m.Current()
	if links, removals := count(func() { m.publish(f) }); links != 1 || removals != 1 {
		t.Errorf("%d links and %d removals for one new and one old file", links, removals)
	}
	if links, removals := count(func() { m.publish(f) }); links != 0 || removals != 0 {
		t.Errorf("%d links and %d removals for nothing", links, removals)
	}
	if links, removals := count(func() {
		if err := m.Publish(t.Context(), old); err != nil {
			t.Fatal(err)
		}
	}); links != 0 || removals != 0 {
		t.Errorf("%d links and %d removals for one step back", links, removals)
	}
	if diff := cmp.Diff(manyFiles(100, 0), m.served()); diff != "" {
		t.Error(diff)
	}
}

// Whatever is published after whatever: the tree is the snapshot.
func TestAnySequenceOfPublications(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	rapid.Check(t, func(t *rapid.T) {
		f := files{}
		var paths Paths
		for _, p := range rapid.SliceOfN(rapid.StringMatching(`[ab](/[ab]){0,2}`), 0, 6).Draw(t, "paths") {
			if paths.Add(p) == nil {
				f[p] = rapid.SampledFrom(append([]string{"", "1", "2", "-> a", "-> b/a"}, []string{"-> ..", "-> ../a"}[:min(2, 2*strings.Count(p, "/"))]...)).Draw(t, "content")
			}
		}
		m.publish(f)
		if diff := cmp.Diff(f, m.served()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestRepairOfAMeddledTree(t *testing.T) {
	meddle := map[string]func(*testing.T, *os.Root){
		"removed file":   func(t *testing.T, r *os.Root) { must(t, r.Remove("x/a")) },
		"removed folder": func(t *testing.T, r *os.Root) { must(t, r.RemoveAll("x")) },
		"everything":     func(t *testing.T, r *os.Root) { must(t, r.RemoveAll("x")); must(t, r.RemoveAll("y")) },
		"other content": func(t *testing.T, r *os.Root) {
			must(t, r.Remove("x/a"))
			must(t, r.WriteFile("x/a", []byte("onE"), 0o644))
		},
		"other size":       func(t *testing.T, r *os.Root) { must(t, r.Remove("x/a")); must(t, r.WriteFile("x/a", nil, 0o644)) },
		"folder for file":  func(t *testing.T, r *os.Root) { must(t, r.Remove("x/a")); must(t, r.MkdirAll("x/a/b/c", 0o755)) },
		"file for folder":  func(t *testing.T, r *os.Root) { must(t, r.RemoveAll("x")); must(t, r.WriteFile("x", nil, 0o644)) },
		"link for file":    func(t *testing.T, r *os.Root) { must(t, r.Remove("x/a")); must(t, r.Symlink("b", "x/a")) },
		"link for folder":  func(t *testing.T, r *os.Root) { must(t, r.RemoveAll("x")); must(t, r.Symlink("y", "x")) },
		"other target":     func(t *testing.T, r *os.Root) { must(t, r.Remove("z")); must(t, r.Symlink("x", "z")) },
		"file for link":    func(t *testing.T, r *os.Root) { must(t, r.Remove("z")); must(t, r.WriteFile("z", []byte("y"), 0o644)) },
		"folder for link":  func(t *testing.T, r *os.Root) { must(t, r.Remove("z")); must(t, r.Mkdir("z", 0o755)) },
		"removed link":     func(t *testing.T, r *os.Root) { must(t, r.Remove("z")) },
		"link that leaves": func(t *testing.T, r *os.Root) { must(t, r.RemoveAll("x")); must(t, r.Symlink("/tmp", "x")) },
	}
	content := files{"x/a": "one", "x/b": "two", "y/c": "three", "z": "-> y", "y/back": "-> ../z"}
	for name, do := range meddle {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMirror(t)
			m.publish(content)
			tree, err := m.root.OpenRoot("state/trees/toy/a") // the one that is served
			must(t, err)
			defer tree.Close()
			do(t, tree)
			found := 0
			for range m.CheckTree(t.Context()) {
				found++
			}
			if found == 0 {
				t.Error("CheckTree found nothing")
			}
			must(t, m.Rebuild(t.Context()))
			if diff := cmp.Diff(content, m.served()); diff != "" {
				t.Error(diff)
			}
			for p, err := range m.CheckTree(t.Context()) {
				t.Errorf("after Rebuild: %s: %v", p, err)
			}
			for _, tree := range []string{"state/trees/toy/a", "state/trees/toy/b"} {
				if diff := cmp.Diff(content, readTree(t, m.root, tree)); diff != "" {
					t.Errorf("%s: %s", tree, diff)
				}
			}
		})
		t.Run(name+", noticed while publishing", func(t *testing.T) {
			t.Parallel()
			m := newMirror(t)
			m.publish(content)
			spare, err := m.root.OpenRoot("state/trees/toy/b")
			must(t, err)
			defer spare.Close()
			do(t, spare)
			m.publish(files{"x": "all of it changes", "y/c/d": "too"})
			if diff := cmp.Diff(files{"x": "all of it changes", "y/c/d": "too"}, m.served()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRebuildRemovesForeignLinks(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	content := files{"a/file": "1", "a/link": "-> file"}
	m.publish(content)
	must(t, m.root.Symlink("../../../..", "state/trees/toy/a/a/foreign"))
	var found []string
	for p, err := range m.CheckTree(t.Context()) {
		found = append(found, p+" "+err.Error())
	}
	if len(found) != 1 || !strings.HasPrefix(found[0], "a/foreign is in the tree") {
		t.Errorf("CheckTree found %q", found)
	}
	must(t, m.Rebuild(t.Context()))
	if diff := cmp.Diff(content, m.served()); diff != "" {
		t.Error(diff)
	}
}

// What the checks say of a link is what somebody needs to know.
func TestCheckTreeOfLinks(t *testing.T) {
	t.Parallel()
	for want, meddle := range map[string]func(*os.Root){
		`links to "other" instead of file`:                   func(r *os.Root) { must(t, r.Symlink("other", "link")) },
		"is missing in the tree":                             func(*os.Root) {},
		"is not the symbolic link to file that it should be": func(r *os.Root) { must(t, r.WriteFile("link", []byte("file"), 0o644)) },
	} {
		m := newMirror(t)
		m.publish(files{"file": "1", "link": "-> file"})
		for _, tree := range []string{"a", "b"} {
			r, err := m.root.OpenRoot(m.treePath(tree))
			must(t, err)
			must(t, r.Remove("link"))
			meddle(r)
			r.Close()
		}
		var live, spare []string
		for p, err := range m.CheckTree(t.Context()) {
			live = append(live, p+": "+err.Error())
		}
		for p, err := range m.CheckSpare(t.Context()) {
			spare = append(spare, p+": "+err.Error())
		}
		if diff := cmp.Diff([]string{"link: " + want}, live); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"state/trees/toy/b/link: " + want}, spare); diff != "" {
			t.Error(diff)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestRebuildMendsLinksToADamagedObject(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	s := m.publish(files{"a": "one"})
	e, _ := s.Lookup("a")
	must(t, m.root.Chmod(m.store.Path(e.Object), 0o644))
	must(t, m.root.WriteFile(m.store.Path(e.Object), []byte("bad"), 0))
	must(t, m.store.Remove(e.Object))
	m.entries(files{"a": "one"})
	must(t, m.Rebuild(t.Context()))
	if got := m.served()["a"]; got != "one" {
		t.Errorf("served %q", got)
	}
}

func TestForgottenBase(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	first := m.publish(files{"a": "1"})
	m.publish(files{"a": "2"})
	must(t, m.Forget(first.ID)) // what the spare tree holds
	m.publish(files{"b": "3"})
	if diff := cmp.Diff(files{"b": "3"}, m.served()); diff != "" {
		t.Error(diff)
	}
}

func TestPublishFails(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	old := files{"a": "1"}
	m.publish(old)
	lacking := m.write(files{"a": "1", "b": "not there"})
	e, _ := lacking.Lookup("b")
	must(t, m.store.Remove(e.Object))
	err := m.Publish(t.Context(), lacking)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), e.Object.String()) || !strings.Contains(err.Error(), "/b") {
		t.Errorf("missing object: %v", err)
	}
	oneLine(t, err)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.Publish(ctx, m.write(files{"c": "1"})); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}

	unknown := mustSnapshot(t)
	if err := m.Publish(t.Context(), unknown); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("snapshot that was not kept: %v", err)
	}
	unknown.Ecosystem = "other"
	if err := m.Publish(t.Context(), unknown); err == nil {
		t.Error("published another ecosystem's")
	}
	if diff := cmp.Diff(old, m.served()); diff != "" {
		t.Errorf("what was published changed: %s", diff)
	}
	m.publish(files{"d": "after all that"})
	if diff := cmp.Diff(files{"d": "after all that"}, m.served()); diff != "" {
		t.Error(diff)
	}
}

func TestForeignFolderInTheWay(t *testing.T) {
	m := newMirror(t)
	must(t, m.root.Mkdir("toy", 0o755))
	err := m.Publish(t.Context(), m.write(files{"a": "1"}))
	if err == nil || !strings.Contains(err.Error(), "move it away") {
		t.Errorf("Publish = %v", err)
	}
}

func TestMirrorMayBeMoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := openMirror(t, dir+"")
	f := manyFiles(20, 0)
	m.publish(f)
	moved := t.TempDir() + "/elsewhere"
	must(t, os.Rename(dir, moved))
	again := openMirror(t, moved)
	if diff := cmp.Diff(f, again.served()); diff != "" {
		t.Error(diff)
	}
	again.publish(manyFiles(20, 1))
	if diff := cmp.Diff(manyFiles(20, 1), again.served()); diff != "" {
		t.Error(diff)
	}
}

// One object at more paths than a file can have links becomes copies. The limit
// is the file system's, so the copy itself is tested through needsCopy's door.
func TestCopyWhereLinksAreImpossible(t *testing.T) {
	m := newMirror(t)
	e := m.entries(files{"a": "content"})[0]
	must(t, makeFolder(m.root, "tree/x"))
	tree, err := openTree(m.root, "tree", m.store)
	must(t, err)
	defer tree.close()
	at, err := tree.enter("x", false)
	must(t, err)
	must(t, tree.copy(at, "a", e.Object))
	info, err := m.root.Stat("tree/x/a")
	must(t, err)
	object, err := m.store.Stat(e.Object)
	must(t, err)
	if os.SameFile(info, object) || info.Mode() != 0o444 {
		t.Errorf("mode %v, same file %v", info.Mode(), os.SameFile(info, object))
	}
	if err := tree.holds(at.root, "a", e); err != nil {
		t.Errorf("the copy is not recognised: %v", err)
	}
	if err := tree.copy(at, "a", e.Object); !errors.Is(err, fs.ErrExist) {
		t.Errorf("copied over a file: %v", err)
	}
}

func TestManyLinksToOneObject(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	f := files{}
	for i := range 3000 {
		f[fmt.Sprintf("d%d/f%d", i%50, i)] = "the same everywhere"
	}
	m.publish(f)
	if !maps.Equal(f, m.served()) {
		t.Error("trees differ")
	}
}
