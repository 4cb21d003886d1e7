//go:build unix

package retention

import (
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/layout"
)

// copyRoot copies a mirror root, hard links as hard links, with all times.
func copyRoot(t testing.TB, from string) string {
	t.Helper()
	to := t.TempDir()
	if text, err := exec.CommandContext(t.Context(), "cp", "-a", from+"/.", to).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v: %s", err, text)
	}
	return to
}

// killAt picks the steps to die at: the first of each row of equal ones, and the last.
func killAt(steps []string) []int {
	var at []int
	for i, s := range steps {
		if i == 0 || s != steps[i-1] || i == len(steps)-1 || s != steps[i+1] {
			at = append(at, i+1)
		}
	}
	return at
}

// served returns what readers of the tree see: path and content.
func (w *world) served(ecosystem string) map[string]string {
	w.t.Helper()
	folder, err := filepath.EvalSymlinks(filepath.Join(w.dir, ecosystem))
	w.must(err)
	return readFiles(w.t, folder)
}

func readFiles(t testing.TB, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(folder, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			var data []byte
			data, err = os.ReadFile(p)
			all[strings.TrimPrefix(p, folder+"/")] = string(data)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// content returns what a snapshot says and the store holds.
func (w *world) content(ecosystem, ref string) map[string]string {
	w.t.Helper()
	s, err := w.history(ecosystem).Load(ref)
	w.must(err)
	all := map[string]string{}
	for e := range s.All("") {
		w.must(w.store.Check(w.t.Context(), e.Object))
		data, err := w.root.ReadFile(w.store.Path(e.Object))
		w.must(err)
		all[e.Path] = string(data)
	}
	return all
}

// whole checks that every snapshot that is kept can be read and published, and that readers see the
// current one.
func (w *world) whole(ecosystem string) {
	w.t.Helper()
	h := w.history(ecosystem)
	if diff := cmp.Diff(w.content(ecosystem, "current"), w.served(ecosystem)); diff != "" {
		w.t.Errorf("readers see something else than the current snapshot: %s", diff)
	}
	for p, err := range h.CheckTree(w.t.Context()) {
		w.t.Errorf("tree: %s: %v", p, err)
	}
	for p, err := range h.CheckSpare(w.t.Context()) {
		w.t.Errorf("second tree: %s: %v", p, err)
	}
	current, err := h.CurrentID()
	w.must(err)
	all, err := h.List()
	w.must(err)
	for _, k := range all {
		s, err := h.Load(k.ID)
		w.must(err)
		w.must(h.Publish(w.t.Context(), s))
		if diff := cmp.Diff(w.content(ecosystem, k.ID), w.served(ecosystem)); diff != "" {
			w.t.Errorf("snapshot %s cannot be published: %s", k.ID, diff)
		}
	}
	s, err := h.Load(current)
	w.must(err)
	w.must(h.Publish(w.t.Context(), s))
}

// A run that dies at any step has lost nothing, and the next one comes to the same as one that never died.
func TestKilledAtEachStep(t *testing.T) {
	t.Parallel()
	start := newWorld(t)
	start.now = time.Now().Add(-30 * day24) // the children's objects are put now, too
	start.rules = Config{KeepLast: 1, Grace: day24}
	keepAll := start.rules
	keepAll.KeepLast = 9
	for _, contents := range [][]string{{"a", "b", "same"}, {"b", "c", "same"}, {"c", "d", "same"}, {"d", "e", "same"}} {
		start.publish("hex", contents...)
		start.now = start.now.Add(time.Hour)
	}
	start.publish("other", "of others", "same")
	tagged := start.write("hex", "tagged")
	start.must(start.history("hex").Tag("v1", tagged.ID))
	start.put("condemned before")
	rules := start.rules
	start.rules = keepAll
	start.mustCollect()
	start.rules = rules
	start.must(start.root.WriteFile("snapshots/hex/."+strings.Repeat("0", 32)+".new", nil, 0o644))
	now := start.now.Add(2 * day24)

	final := copyRoot(t, start.dir)
	steps, _, _ := runChild(t, final, now, rules, 0)
	for _, s := range []string{string(StepMark), string(StepRelease), string(StepForget), string(StepRemove), string(StepRecord), string(StepSweep), string(StepDone),
		string(layout.StepUnmark), string(layout.StepRemove), string(layout.StepLink), string(layout.StepSync), string(layout.StepMark)} {
		if !slices.Contains(steps, s) {
			t.Errorf("no child will die at the step %q", s)
		}
	}
	want := openWorld(t, final)
	if got := want.holds("a", "b", "c", "d", "e", "same", "tagged", "of others", "condemned before"); !slices.Equal(got, []string{"a", "b", "c", "d", "e", "same", "tagged", "of others"}) {
		t.Fatalf("the first run leaves %v", got)
	}
	later := now.Add(2 * day24)
	runChild(t, final, later, rules, 0)
	if got := want.holds("a", "b", "c", "d", "e", "same", "tagged", "of others"); !slices.Equal(got, []string{"d", "e", "same", "tagged", "of others"}) {
		t.Fatalf("the second run leaves %v", got)
	}
	for _, step := range killAt(steps) {
		dir := copyRoot(t, start.dir)
		if _, killed, _ := runChild(t, dir, now, rules, step); !killed {
			t.Errorf("survived step %d", step)
		}
		w := openWorld(t, dir)
		w.whole("hex")
		w.whole("other")
		runChild(t, dir, now, rules, 0)
		runChild(t, dir, later, rules, 0)
		w.whole("hex")
		if diff := cmp.Diff(want.objects(), w.objects()); diff != "" {
			t.Errorf("killed at step %d, %s: other objects are left: %s", step, steps[step-1], diff)
		}
		if diff := cmp.Diff(want.snapshots("hex"), w.snapshots("hex")); diff != "" {
			t.Errorf("killed at step %d, %s: other snapshots are left: %s", step, steps[step-1], diff)
		}
	}
}

func (w *world) objects() (all []string) {
	w.t.Helper()
	for id, err := range w.store.Names() {
		w.must(err)
		all = append(all, id.String())
	}
	return all
}

func (w *world) snapshots(ecosystem string) []string {
	w.t.Helper()
	list, err := w.history(ecosystem).List()
	w.must(err)
	ids := map[string]bool{}
	for _, k := range list {
		ids[k.ID] = true
	}
	return slices.Sorted(maps.Keys(ids))
}
