//go:build unix

package layout

import (
	"maps"
	"os"
	"testing"
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
