package layout

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// seen returns what a check finds, sorted.
func (m *mirror) seen(c TreeCheck) []string {
	var found []string
	for p, err := range m.CheckTreeAs(m.t.Context(), c) {
		found = append(found, p+": "+err.Error())
	}
	slices.Sort(found)
	return found
}

func (m *mirror) mend(c TreeCheck) {
	m.t.Helper()
	if err := m.MendTree(m.t.Context(), c); err != nil {
		m.t.Fatal(err)
	}
}

// harm does something to a name of a tree.
func harm(root *os.Root, how int, name string) error {
	switch how {
	case 0:
		return root.RemoveAll(name)
	case 1:
		return errors.Join(root.RemoveAll(name), root.WriteFile(name, []byte("something else"), 0o644))
	case 2:
		return errors.Join(root.RemoveAll(name), root.Symlink("/etc", name))
	case 3:
		return errors.Join(root.RemoveAll(name), root.MkdirAll(name+"/inside", 0o755), root.WriteFile(name+"/inside/file", nil, 0o644))
	}
	return root.WriteFile(name+".foreign", nil, 0o644)
}

func TestMendTreePutsEverythingRight(t *testing.T) {
	all := files{"a": "1", "dir/b": "2", "dir/c": "3", "dir/deep/er/d": "4", "link": linkMark + "dir/b", "z": "5", "zz/y": "6"}
	m := newMirror(t)
	m.publish(all)
	names := append(slices.Sorted(maps.Keys(all)), "dir", "dir/deep", "zz")
	rapid.Check(t, func(t *rapid.T) {
		tree, err := m.root.OpenRoot(m.treePath("a"))
		if live, _, _ := m.trees(); live != "a" {
			tree, err = m.root.OpenRoot(m.treePath("b"))
		}
		if err != nil {
			t.Fatal(err)
		}
		defer tree.Close()
		for range rapid.IntRange(1, 4).Draw(t, "harms") {
			_ = harm(tree, rapid.IntRange(0, 4).Draw(t, "how"), rapid.SampledFrom(names).Draw(t, "name"))
		}
		m.mend(TreeCheck{})
		if found := m.seen(TreeCheck{}); len(found) > 0 {
			t.Fatalf("not mended: %q", found)
		}
	})
}

func TestMendTreeLeavesWhatTheStoreLacks(t *testing.T) {
	m := newMirror(t)
	s := m.publish(files{"a": "1", "b": "2", "c": "3"})
	e, _ := s.Lookup("a")
	if err := m.store.Remove(e.Object); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(m.root.Remove("toy/b"), m.root.Remove("toy/c")); err != nil {
		t.Fatal(err)
	}
	m.mend(TreeCheck{})
	if found := m.seen(TreeCheck{}); len(found) > 0 {
		t.Errorf("%q", found) // the tree still has a
	}
	if data, err := m.root.ReadFile("toy/a"); err != nil || string(data) != "1" {
		t.Errorf("%q, %v", data, err)
	}
}

// A damaged object has damaged the files that are hard links to it. Once the store has it
// again, they are two files.
func TestMendTreeTakesTheNewObject(t *testing.T) {
	m := newMirror(t)
	s := m.publish(files{"a": "right", "same": "right"})
	e, _ := s.Lookup("a")
	file := m.store.Path(e.Object)
	if err := errors.Join(m.root.Chmod(file, 0o600), m.root.WriteFile(file, []byte("wrong"), 0o600), m.store.Remove(e.Object)); err != nil {
		t.Fatal(err)
	}
	if _, err := m.store.Put(t.Context(), []byte("right")); err != nil {
		t.Fatal(err)
	}
	sizes := TreeCheck{Read: func(Entry) bool { return false }}
	if found := m.seen(sizes); len(found) > 0 {
		t.Errorf("nothing was to be read: %q", found)
	}
	if found := m.seen(TreeCheck{}); len(found) != 2 {
		t.Errorf("%q", found)
	}
	m.mend(TreeCheck{})
	if found := m.seen(TreeCheck{}); len(found) > 0 {
		t.Errorf("%q", found)
	}
}

func TestMendTreeOfWhatIsNotThere(t *testing.T) {
	for name, harm := range map[string]func(m *mirror) error{
		"no link": func(m *mirror) error { return m.root.Remove("toy") },
		"no tree": func(m *mirror) error { return m.root.RemoveAll("state/trees") },
		"no marker": func(m *mirror) error {
			return errors.Join(m.root.Remove(m.markerPath("a")), m.root.Remove(m.markerPath("b")))
		},
		"pipe": func(m *mirror) error { return harm(m.root, 2, m.treePath("a")+"/x") },
	} {
		t.Run(name, func(t *testing.T) {
			m := newMirror(t)
			m.publish(files{"x": "1", "y/z": "2"})
			if err := harm(m); err != nil {
				t.Fatal(err)
			}
			m.mend(TreeCheck{})
			if found := m.seen(TreeCheck{}); len(found) > 0 {
				t.Errorf("%q", found)
			}
			for p, err := range m.CheckSpare(t.Context()) {
				t.Errorf("%s: %v", p, err)
			}
		})
	}
	newMirror(t).mend(TreeCheck{}) // nothing was ever published
}

// The next publication starts from the spare tree, so that must not be believed either.
func TestMendTreeDoesNotBelieveADamagedSpareTree(t *testing.T) {
	m := newMirror(t)
	m.publish(files{"x": "1", "y": "2"})
	m.publish(files{"x": "1", "y": "3"})
	_, spare, err := m.trees()
	if err != nil {
		t.Fatal(err)
	}
	if err := harm(m.root, 1, m.treePath(spare)+"/x"); err != nil {
		t.Fatal(err)
	}
	m.mend(TreeCheck{})
	m.publish(files{"x": "1", "y": "4"})
	if found := m.seen(TreeCheck{}); len(found) > 0 {
		t.Errorf("%q", found)
	}
}

func TestCheckTreeFindsFilesInLargeFolders(t *testing.T) {
	m := newMirror(t)
	many := files{}
	for i := range 1500 {
		many[fmt.Sprintf("many/%04d", i)] = fmt.Sprint(i % 7)
	}
	m.publish(many)
	for _, name := range []string{"toy/many/0000x", "toy/many/zz"} {
		if err := m.root.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var found []string
	for p, err := range m.CheckTree(t.Context()) {
		if !errors.Is(err, ErrForeign) {
			t.Errorf("%s: %v", p, err)
		}
		found = append(found, p)
	}
	slices.Sort(found)
	if !slices.Equal(found, []string{"many/0000x", "many/zz"}) {
		t.Errorf("%q", found)
	}
}

func TestIDsAreThoseOfAllSnapshots(t *testing.T) {
	m := newMirror(t)
	if ids, err := m.IDs(); err != nil || len(ids) != 0 {
		t.Errorf("%v, %v", ids, err)
	}
	a, b := m.publish(files{"x": "1"}), m.publish(files{"x": "2"})
	if err := m.root.WriteFile(filepath.Join("snapshots/toy", a.ID), []byte("damaged"), fs.ModePerm); err != nil {
		t.Fatal(err)
	}
	want := []string{a.ID, b.ID}
	slices.Sort(want)
	if ids, err := m.IDs(); err != nil || !slices.Equal(ids, want) {
		t.Errorf("%v, %v; want %v", ids, err, want)
	}
}
