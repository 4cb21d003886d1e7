package retention

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/layout"
)

// What dead runs and former ecosystems have left goes; what may be somebody's stays.
func TestLeftovers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.now = time.Now()
	w.publish("hex", "a")
	w.publish("former", "f")
	w.must(errors.Join(w.root.Remove("former"), w.root.RemoveAll("snapshots/former")))

	write := func(name string, age time.Duration) {
		w.must(layout.WriteFile(w.root, name, []byte("x"), 0o644))
		w.must(os.Chtimes(filepath.Join(w.dir, name), w.now.Add(-age), w.now.Add(-age)))
	}
	unfinished := "snapshots/hex/." + strings.Repeat("0", 32) + ".new"
	write(unfinished, 0)
	write("snapshots/hex/.notes.new", 0)
	write("snapshots/hex/."+strings.Repeat("0", 32)+".old", 0)
	aside := func(age time.Duration) string {
		name := "state/quarantine/" + w.now.UTC().Add(-age).Format(quarantineTime) + "-x"
		write(name, 2*quarantineAge) // the time of the file says nothing
		return name
	}
	old, young := aside(quarantineAge+time.Second), aside(quarantineAge-time.Hour)
	write("state/quarantine/notes", 2*quarantineAge)
	write("state/trees/Notes/x", 0) // no name of an ecosystem
	write("store/tmp/new-1", 0)

	before := w.files()
	dry, err := w.run(true)
	w.must(err)
	if !sameFiles(before, w.files()) {
		t.Error("a dry run changed something")
	}
	g := w.mustCollect()
	want := []string{unfinished, "state/trees/former", old}
	if diff := cmp.Diff(want, g.leftovers); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, dry.leftovers); diff != "" {
		t.Error("dry:", diff)
	}
	after := w.files()
	for _, name := range []string{"snapshots/hex/.notes.new", "snapshots/hex/." + strings.Repeat("0", 32) + ".old", young, "state/quarantine/notes", "state/trees/Notes/x"} {
		if _, there := after[name]; !there {
			t.Errorf("%s is gone", name)
		}
	}
	for name := range after {
		if strings.Contains(name, "former") || name == unfinished || name == "store/tmp/new-1" || name == old {
			t.Errorf("%s is still there", name)
		}
	}
}

// The trees keep nothing alive: what gc removes leaves the disk, and publishing and rolling back work as before.
func TestSpaceIsFreed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rules = Config{KeepLast: 2}
	contents := []string{"first", "second", "third", "fourth"}
	for _, content := range contents {
		w.publish("hex", content, "same")
		w.now = w.now.Add(time.Hour)
	}
	h := w.history("hex")
	list, err := h.List()
	w.must(err)
	s, err := h.Load(list[0].ID)
	w.must(err)
	w.must(h.Publish(t.Context(), s)) // the first one again; the second tree shows the fourth
	g := w.mustCollect()
	if diff := cmp.Diff([]string{list[1].ID}, g.forgotten); diff != "" || len(g.leftovers) != 0 {
		t.Error(diff, g.leftovers)
	}
	w.nowhere("second")
	s, err = h.Load(list[3].ID)
	w.must(err)
	w.must(h.Publish(t.Context(), s)) // now the second tree shows the first
	g = w.mustCollect()
	if diff := cmp.Diff([]string{list[0].ID}, g.forgotten); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"state/trees/hex"}, g.leftovers); diff != "" {
		t.Error(diff)
	}
	w.nowhere("first")
	w.publish("hex", "fifth", "same")
	if s, err = h.Load(list[2].ID); err != nil {
		t.Fatal(err)
	}
	w.must(h.Publish(t.Context(), s))
	for p, err := range h.CheckTree(t.Context()) {
		t.Error(p, err)
	}
}

// A list that cannot be written is an error and no loss: what was condemned before goes,
// the rest is condemned by the next run.
func TestListCannotBeWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put("old")
	w.mustCollect()
	w.now = w.now.Add(2 * day24)
	w.put("new")
	blocked := "state/gc/.condemned.zst.new"
	w.must(w.root.MkdirAll(blocked+"/x", 0o755))
	if _, err := w.collect(); err == nil || !strings.Contains(err.Error(), recordPath) || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v", err)
	}
	if diff := cmp.Diff([]string{"new"}, w.holds("old", "new")); diff != "" {
		t.Error(diff)
	}
	w.must(w.root.RemoveAll(blocked))
	if g := w.mustCollect(); g.Condemned.Objects != 1 {
		t.Errorf("%+v", g.Result)
	}
}

// An object that cannot be removed is named; the others go, and what was found is written down all the same.
func TestObjectsThatCannotBeRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.put("stuck", "old")
	w.mustCollect()
	w.now = w.now.Add(2 * day24)
	w.put("new")
	w.trace = func(s Step) {
		if s == StepRemove { // as if somebody had put it there meanwhile
			name := filepath.Join(w.dir, filepath.FromSlash(w.store.Path(ids[0])))
			w.must(errors.Join(os.Remove(name), os.MkdirAll(name+"/x", 0o755)))
		}
	}
	g, err := w.collect()
	if err == nil || !strings.Contains(err.Error(), ids[0].String()) || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v", err)
	}
	if g.Removed.Objects != 1 || len(w.holds("old")) != 0 {
		t.Errorf("%+v", g.Result)
	}
	if _, all := w.recorded(); len(all) != 1 || all[0].id != idOf("new") {
		t.Errorf("written down: %v", all)
	}
}
