//go:build unix

package layout

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func none(string) bool   { return false }
func always(string) bool { return true }

// spareHolds checks what the tree that is not served is, and that its marker says so.
func (m *mirror) spareHolds(f files) {
	m.t.Helper()
	_, spare, err := m.trees()
	must(m.t, err)
	if got := readTree(m.t, m.root, m.treePath(spare)); !maps.Equal(got, f) {
		m.t.Errorf("the spare tree holds %v", got)
	}
	if held, current, _, err := m.spare(); err != nil || held != current {
		m.t.Errorf("it is said to show %q, current is %q, %v", held, current, err)
	}
}

func (m *mirror) release(gone func(string) bool, want bool) {
	m.t.Helper()
	stale, err := m.StaleSpare(gone)
	must(m.t, err)
	released, err := m.ReleaseSpare(m.t.Context(), gone)
	must(m.t, err)
	if stale != want || released != want {
		m.t.Errorf("stale %t, released %t; want %t", stale, released, want)
	}
}

func TestReleaseSpare(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	m.release(always, false) // nothing is published
	old := m.publish(crashVersion(1))
	m.release(always, false) // both show the same
	m.publish(crashVersion(2))
	m.release(none, false)
	m.release(func(id string) bool { return id == old.ID }, true)
	m.spareHolds(crashVersion(2))
	m.release(always, false)
	m.publish(crashVersion(3))
	if got := m.served(); !maps.Equal(got, crashVersion(3)) {
		t.Errorf("published afterwards: %v", got)
	}
	must(t, m.Publish(t.Context(), old))
	if got := m.served(); !maps.Equal(got, crashVersion(1)) {
		t.Errorf("rolled back: %v", got)
	}
}

// A snapshot that is gone, a marker that is gone, a tree that is not what its marker says: nothing is
// kept alive, and the next publication is whole.
func TestReleaseSpareOfUnknownContent(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(m *mirror, old *Snapshot, spare string) error{
		"forgotten":   func(m *mirror, old *Snapshot, _ string) error { return m.Forget(old.ID) },
		"interrupted": func(m *mirror, _ *Snapshot, spare string) error { return m.root.Remove(m.markerPath(spare)) },
		"a file is gone": func(m *mirror, _ *Snapshot, spare string) error {
			return m.root.Remove(m.treePath(spare) + "/tarballs/0-1")
		},
		"the tree is gone": func(m *mirror, _ *Snapshot, spare string) error { return m.root.RemoveAll(m.treePath(spare)) },
		"a damaged snapshot": func(m *mirror, old *Snapshot, _ string) error {
			return os.Truncate(m.root.Name()+"/"+m.snapshotPath(old.ID), 50)
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMirror(t)
			old := m.publish(crashVersion(1))
			m.publish(crashVersion(2))
			_, spare, err := m.trees()
			must(t, err)
			must(t, spoil(m, old, spare))
			m.release(always, true)
			if _, err := m.root.Stat(m.treePath(spare)); err == nil {
				m.spareHolds(crashVersion(2))
			} else if m.marker(spare) != "" {
				t.Error("an empty tree is said to show something")
			}
			m.release(always, false)
			if got := m.served(); !maps.Equal(got, crashVersion(2)) {
				t.Errorf("readers saw something of it: %v", got)
			}
			m.publish(crashVersion(4))
			if got := m.served(); !maps.Equal(got, crashVersion(4)) {
				t.Errorf("published afterwards: %v", got)
			}
			checkBothTrees(t, m.root.Name())
		})
	}
}

// The difference read entry by entry is that of the lists.
func TestDifferenceIsDiff(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	rapid.Check(t, func(rt *rapid.T) {
		draw := func(label string) *Snapshot {
			var entries []Entry
			for _, i := range rapid.SliceOfDistinct(rapid.IntRange(0, 12), rapid.ID).Draw(rt, label) {
				e := Entry{Path: fmt.Sprintf("d%d/f%d", i%3, i), Object: object(fmt.Sprint(rapid.IntRange(0, 1).Draw(rt, "content"))), Size: 1}
				if rapid.Bool().Draw(rt, "link") {
					e = Entry{Path: e.Path, Link: fmt.Sprint("x", rapid.IntRange(0, 1).Draw(rt, "target"))}
				}
				entries = append(entries, e)
			}
			s, err := m.Write(t.Context(), Header{}, slices.Values(entries))
			if err != nil {
				rt.Fatal(err)
			}
			return s
		}
		a, b := draw("a"), draw("b")
		var got []Change
		for c, err := range m.difference(a.ID, b.ID) {
			if err != nil {
				rt.Fatal(err)
			}
			got = append(got, c)
		}
		if diff := cmp.Diff(slices.Collect(Diff(a, b)), got); diff != "" {
			rt.Fatal(diff)
		}
	})
}

func TestDifferenceOfADamagedSnapshot(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	a, b := m.write(files{"a": "1", "b": "2"}), m.write(files{"a": "2", "c": "3"})
	must(t, os.Truncate(m.root.Name()+"/"+m.snapshotPath(b.ID), 60))
	for _, pair := range [][2]string{{a.ID, b.ID}, {b.ID, a.ID}, {a.ID, "0123"}} {
		var last error
		for _, err := range m.difference(pair[0], pair[1]) {
			last = err
		}
		if last == nil {
			t.Errorf("%v: no error", pair)
		}
	}
}
