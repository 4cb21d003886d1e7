package layout

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The snapshot that the spare tree holds may turn out to be damaged when half of the
// difference has been worked off.
func TestPublishFromADamagedBase(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	base := m.publish(manyFiles(500, 0))
	m.publish(manyFiles(500, 1)) // the spare tree holds the first
	file := m.keptBytes(t, base.ID)
	text := decompress(t, file)
	for i, cut := range []int{len(text) - 1, len(text) / 2, len(text) - 30_000} {
		must(t, m.root.Remove(m.snapshotPath(base.ID)))
		must(t, m.root.WriteFile(m.snapshotPath(base.ID), compress(t, text[:cut]), 0o644))
		want := manyFiles(400+i, 2+i)
		next := m.write(want)
		must(t, m.Publish(t.Context(), next))
		if diff := cmp.Diff(want, m.served()); diff != "" {
			t.Errorf("cut after %d of %d bytes: %s", cut, len(text), diff)
		}
		for p, err := range m.CheckTree(t.Context()) {
			t.Errorf("cut after %d of %d bytes: %s: %v", cut, len(text), p, err)
		}
		// The spare tree holds the base again.
		must(t, m.root.WriteFile(m.snapshotPath(base.ID), file, 0o644))
		must(t, m.Publish(t.Context(), base))
		m.publish(manyFiles(500, 1))
	}
}

// Very many files that do not belong into a folder are found and removed in turns.
func TestVeryManyForeignFiles(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	content := files{"a/file": "1", "a/folder/file": "2", "a/link": "-> file", "z": "3"}
	m.publish(content)
	tree, err := m.root.OpenRoot(m.treePath("a"))
	must(t, err)
	defer tree.Close()
	var want []string
	plant := func(name string) {
		must(t, tree.Symlink("nowhere", name))
		want = append(want, name)
	}
	for i := range 2*maxForeign + 10 {
		plant(fmt.Sprintf("a/folder/foreign-%05d", i))
	}
	must(t, tree.MkdirAll("a/other/folder", 0o755))
	must(t, tree.Mkdir("a/empty", 0o755))
	plant("a/other/folder/x")
	plant("a/other/y")
	plant("b")
	var got []string
	for p, err := range m.CheckTree(t.Context()) {
		if !strings.Contains(err.Error(), "does not name it") {
			t.Errorf("%s: %v", p, err)
		}
		got = append(got, p)
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	n := 0
	for range m.CheckTree(t.Context()) {
		if n++; n == maxForeign+5 {
			break
		}
	}
	must(t, m.Rebuild(t.Context()))
	for p, err := range m.CheckTree(t.Context()) {
		t.Errorf("after Rebuild: %s: %v", p, err)
	}
	if diff := cmp.Diff(content, m.served()); diff != "" {
		t.Error(diff)
	}
	if _, err := tree.Lstat("a/empty"); err == nil {
		t.Error("a folder that belongs to nothing is left")
	}
}

// A folder that cannot be read is told of, and so is what lies where a folder belongs.
func TestCheckTreeOfObstacles(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	m.publish(files{"a/b/file": "1", "c": "2"})
	tree, err := m.root.OpenRoot(m.treePath("a"))
	must(t, err)
	defer tree.Close()
	must(t, tree.RemoveAll("a/b"))
	must(t, tree.WriteFile("a/b", nil, 0o644))
	must(t, tree.Remove("c"))
	must(t, tree.MkdirAll("c/d", 0o755))
	must(t, tree.WriteFile("c/d/e", nil, 0o644))
	got := map[string]bool{}
	for p, err := range m.CheckTree(t.Context()) {
		oneLine(t, err)
		got[p] = true
	}
	if diff := cmp.Diff(map[string]bool{"a/b": true, "a/b/file": true, "c": true, "c/d/e": true}, got); diff != "" {
		t.Error(diff)
	}
}
