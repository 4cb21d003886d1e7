package mirror_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/mirror"
)

// deep syncs deeply, wants everything to be well afterwards, and returns what was
// told of healing and what was asked.
func (w *world) deep() (told []string, asked map[string]int) {
	w.t.Helper()
	w.requests()
	r, err := w.sync(ecosystems.Selection{Deep: true})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, n := range r.Notices {
		if n.Kind == "healing" {
			told = append(told, n.Text)
		}
	}
	if v := w.verify(mirror.VerifyOptions{}); len(v.Damage) != 0 {
		w.t.Errorf("after a deep sync: %+v", v.Damage)
	}
	return told, w.requests()
}

func TestDeepSyncFetchesWhatIsDamaged(t *testing.T) {
	files := map[string]string{"a": "alpha", "b": "beta", "dir/c": "gamma", "dir/d": "delta"}
	for what, damage := range map[string]func(w *world){
		"truncated": func(w *world) { overwrite(w.t, w.object("alpha"), "al") },
		"removed":   func(w *world) { w.must(os.Remove(w.object("alpha"))) },
		"a folder": func(w *world) {
			w.must(os.Remove(w.object("alpha")))
			w.must(os.MkdirAll(w.object("alpha")+"/inside", 0o755))
		},
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t, files)
			w.driver.stubborn = what == "removed"
			w.mustSync()
			damage(w)
			told, asked := w.deep()
			if len(told) != 1 || !strings.Contains(told[0], "1 files") || asked["a"] != 1 || len(asked) != 2 {
				t.Errorf("told %q, asked %v", told, asked)
			}
			if told, asked := w.deep(); len(told) != 0 || len(asked) != 1 {
				t.Errorf("once more: told %q, asked %v", told, asked)
			}
		})
	}
}

func TestDeepSyncMendsTheTrees(t *testing.T) {
	for what, damage := range map[string]func(w *world, tree string){
		"a file is gone":   func(w *world, tree string) { w.must(os.Remove(tree + "/a")) },
		"a file too much":  func(w *world, tree string) { w.must(os.WriteFile(tree+"/dir/x", nil, 0o644)) },
		"a folder is gone": func(w *world, tree string) { w.must(os.RemoveAll(tree + "/dir")) },
		"the tree is gone": func(w *world, tree string) { w.must(os.RemoveAll(tree)) },
		"the link is gone": func(w *world, _ string) { w.must(os.Remove(filepath.Join(w.dir, "toy"))) },
		"another file": func(w *world, tree string) {
			w.must(errors.Join(os.Remove(tree+"/a"), os.WriteFile(tree+"/a", []byte("other"), 0o644)))
		},
		"the current link is gone": func(w *world, _ string) {
			w.must(os.Remove(filepath.Join(w.dir, "snapshots/toy/current")))
		},
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t, map[string]string{"a": "alpha", "dir/c": "gamma"})
			w.mustSync()
			tree, err := filepath.EvalSymlinks(filepath.Join(w.dir, "toy"))
			if err != nil {
				t.Fatal(err)
			}
			damage(w, tree)
			if told, asked := w.deep(); len(asked) != 1 || len(told) > 1 {
				t.Errorf("told %q, asked %v", told, asked)
			}
		})
	}
}

// The tree that is not served is where the next publication starts from.
func TestDeepSyncMendsTheSpareTree(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha", "dir/c": "gamma"})
	w.mustSync()
	spare := filepath.Join(w.dir, "state/trees/toy/b")
	w.must(errors.Join(os.Remove(spare+"/a"), os.WriteFile(spare+"/a", []byte("other"), 0o644)))
	if told, asked := w.deep(); len(told) != 1 || len(asked) != 1 {
		t.Errorf("told %q, asked %v", told, asked)
	}
	w.set("b", "beta")
	w.mustSync()
	if v := w.verify(mirror.VerifyOptions{}); len(v.Damage) != 0 {
		t.Errorf("in the next tree: %+v", v.Damage)
	}
}

func TestDeepSyncWritesADamagedSnapshotAgain(t *testing.T) {
	for what, damage := range map[string]func(file string) error{
		"the end":  func(file string) error { return os.Truncate(file, 20) },
		"all":      func(file string) error { return os.WriteFile(file, []byte("garbage"), 0o644) },
		"it exist": os.Remove,
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t, map[string]string{"a": "alpha", "b": "beta"})
			id := w.mustSync().Snapshot
			w.must(damage(filepath.Join(w.dir, "snapshots/toy", id)))
			if v := w.verify(mirror.VerifyOptions{}); len(v.Damage) == 0 {
				t.Error("verify finds nothing")
			}
			if _, asked := w.deep(); len(asked) != 1 {
				t.Errorf("asked %v", asked)
			}
		})
	}
}

// What a run that ended early has left is read before it is believed.
func TestLeftoversAreReadBeforeTheyAreBelieved(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha", "b": "!beta"})
	if _, err := w.sync(ecosystems.Selection{}); err == nil {
		t.Fatal("no error for wrong bytes")
	}
	overwrite(t, w.object("alpha"), "al") // the machine died with it
	w.set("b", "beta")
	w.requests()
	w.mustSync()
	if asked := w.requests(); asked["a"] != 1 {
		t.Errorf("asked %v", asked)
	}
	if v := w.verify(mirror.VerifyOptions{}); len(v.Damage) != 0 {
		t.Errorf("damage %+v", v.Damage)
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}
