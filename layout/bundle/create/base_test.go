package create

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle"
	"github.com/offmirror/offmirror/layout/retention"
)

// notices makes a bundle and returns what the user was told.
func (m *mirror) notices(opts Options) (*Result, []string) {
	m.t.Helper()
	var told []string
	opts.Notice = func(text string) { told = append(told, text) }
	return m.create(opts), told
}

// What the receiver has and this mirror does not know, or cannot read, saves nothing and is told.
func TestBasesThatHelpNobody(t *testing.T) {
	m := newMirror(t)
	old := m.write("hex", tree{"a": "a", "b": "b"})
	damaged := m.write("hex", tree{"a": "a", "c": "c"})
	cut := m.write("hex", tree{"a": "a", "d": "d"})
	now := m.publish("hex", tree{"a": "a", "b": "b", "c": "c", "d": "d", "e": "e"})
	must(t, m.root.WriteFile("snapshots/hex/"+damaged.ID, []byte("rubbish"), 0o644))
	data, err := m.root.ReadFile("snapshots/hex/" + cut.ID)
	must(t, err)
	must(t, m.root.WriteFile("snapshots/hex/"+cut.ID, data[:len(data)-5], 0o644))
	unknown := strings.Repeat("0f", 16)
	r, told := m.notices(Options{
		Out:  []string{folderOf(t)},
		Base: map[string][]string{"hex": {unknown, old.ID, damaged.ID, cut.ID, "current", now.ID[:8], "../../x"}, "julia": {unknown}},
	})
	if got := r.Manifest.Ecosystems[0].Base; !slices.Equal(got, []string{old.ID}) {
		t.Errorf("base %v", got)
	}
	if r.Manifest.Objects != 3 { // c, d, e: what a damaged list names does not count
		t.Errorf("%d objects", r.Manifest.Objects)
	}
	if all := strings.Join(told, "\n"); len(told) != 6 || !strings.Contains(all, unknown) || !strings.Contains(all, damaged.ID) || !strings.Contains(all, cut.ID) {
		t.Errorf("told %d: %s", len(told), all)
	}
}

// A base is named only if the bundle lacks something because of it: the receiver may forget the others.
func TestBasesThatSaveNothingAreNotDemanded(t *testing.T) {
	m := newMirror(t)
	first := m.write("hex", tree{"a": "a"})
	second := m.write("hex", tree{"a": "a", "b": "b"})
	foreign := m.write("hex", tree{"x": "x"})
	m.publish("hex", tree{"a": "a", "b": "b", "c": "c"})
	r := m.create(Options{Out: []string{folderOf(t)}, Base: map[string][]string{"hex": {first.ID, second.ID, foreign.ID}}})
	if got := r.Manifest.Ecosystems[0].Base; !slices.Equal(got, []string{second.ID}) {
		t.Errorf("base %v, want %s", got, second.ID)
	}
}

// A bundle that has nothing to carry is one all the same.
func TestNothingIsLacking(t *testing.T) {
	m := newMirror(t)
	s := m.publish("hex", tree{"a": "a", "l": ">a"})
	r := m.create(Options{Out: []string{folderOf(t)}, Base: map[string][]string{"hex": {s.ID}}})
	got := readBundle(t, r)
	if r.Manifest.Objects != 0 || r.Manifest.Bytes != 0 || !slices.Equal(slices.Collect(maps.Keys(got)), []string{bundle.ListMember("hex", s.ID)}) {
		t.Errorf("%+v: %v", r.Manifest, slices.Collect(maps.Keys(got)))
	}
}

// Times are those of the mirror, not of the clock.
func TestTimesOfAManifest(t *testing.T) {
	m := newMirror(t)
	s := m.write("hex", tree{"a": "a"})
	h := m.history("hex")
	must(t, h.Publish(t.Context(), s))
	_, since, err := h.Published()
	must(t, err)
	since = since.UTC().Truncate(time.Second)
	make := func() bundle.Ecosystem {
		t.Helper()
		r := m.create(Options{Out: []string{folderOf(t)}})
		if !r.Manifest.Created.Equal(r.Manifest.Ecosystems[0].Published) {
			t.Errorf("created %v", r.Manifest.Created)
		}
		return r.Manifest.Ecosystems[0]
	}
	if e := make(); !e.Published.Equal(since) || !e.Checked.Equal(s.Time) || !e.Time.Equal(s.Time) {
		t.Errorf("never confirmed: %+v, published %v", e, since)
	}
	before, after := since.Add(-time.Hour), since.Add(time.Hour)
	must(t, h.Confirm(s.ID, before))
	if e := make(); !e.Published.Equal(since) || !e.Checked.Equal(before) {
		t.Errorf("confirmed before: %+v", e)
	}
	must(t, h.Confirm(s.ID, after))
	if e := make(); !e.Published.Equal(after) || !e.Checked.Equal(after) {
		t.Errorf("confirmed after: %+v", e)
	}
	must(t, h.Confirm(strings.Repeat("0a", 16), after)) // of one that was rolled back from, a second later
	if e := make(); !e.Published.Equal(after.Add(time.Second)) || !e.Checked.Equal(s.Time) {
		t.Errorf("another was confirmed: %+v", e)
	}
	must(t, m.root.WriteFile("state/confirmed/hex", []byte("rubbish"), 0o644))
	if _, err := m.refused(t, Options{Out: []string{folderOf(t)}}); !strings.Contains(err.Error(), "state/confirmed/hex") {
		t.Errorf("error %v", err)
	}
}

// The newest bundles, and what a remake of them needs, are recorded.
func TestRecords(t *testing.T) {
	m := newMirror(t)
	var all []*Result
	var ids []string
	for i := range keptBundles + 2 {
		s := m.publish("hex", tree{"a": fmt.Sprint(i)})
		ids = append(ids, s.ID)
		all = append(all, m.create(Options{Out: []string{folderOf(t)}, Base: map[string][]string{"hex": ids[:i]}}))
	}
	entries, err := os.ReadDir(filepath.Join(m.root.Name(), MadeFolder))
	must(t, err)
	if len(entries) != 2*keptBundles {
		t.Errorf("%d files", len(entries))
	}
	objects := 0
	needed, err := retention.Needed(m.root, func(store.ID) { objects++ })
	must(t, err)
	if len(needed) != keptBundles || objects != keptBundles {
		t.Errorf("%d snapshots, %d objects", len(needed), objects)
	}
	for i, r := range all {
		_, _, err := Made(m.root, r.Manifest.Name)
		if recorded := err == nil; recorded != (i >= 2) {
			t.Errorf("bundle %d: %v", i, err)
		}
		if recorded := needed[retention.NeededSnapshot{Ecosystem: "hex", ID: ids[i]}]; recorded != (i >= 2) {
			t.Errorf("snapshot %d: %v", i, recorded)
		}
	}
	// An older state that is made now is the newest bundle, whatever its time.
	s := m.publish("hex", tree{"a": "0"})
	must(t, m.history("hex").Confirm(s.ID, time.Unix(1_000_000_000, 0)))
	r := m.create(Options{Out: []string{folderOf(t)}})
	if _, _, err := Made(m.root, r.Manifest.Name); err != nil {
		t.Error(err)
	}
	needed, err = retention.Needed(m.root, func(store.ID) {})
	if err != nil || !needed[retention.NeededSnapshot{Ecosystem: "hex", ID: s.ID}] {
		t.Errorf("%v %v", needed, err)
	}
}
