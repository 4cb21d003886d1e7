package mirror_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/mirror"
)

func TestDeepSyncFetchesAgainWhatWasLost(t *testing.T) {
	files := map[string]string{"a": "alpha", "b": "beta", "dir/c": "gamma"}
	w := newWorld(t, files)
	first := w.mustSync()
	if err := os.Remove(w.object("alpha")); err != nil {
		t.Fatal(err)
	}
	overwrite(t, w.object("gamma"), "torn")
	w.requests()
	if r := w.mustSync(); !r.Unchanged {
		t.Fatalf("a plain sync looks at upstream only: %+v", r)
	}
	w.requests()
	r, err := w.sync(ecosystems.Selection{Deep: true})
	if err != nil {
		t.Fatal(err)
	}
	if r.Snapshot != first.Snapshot || len(r.Notices) != 1 || r.Notices[0].Kind != "healing" {
		t.Errorf("report %+v", r)
	}
	if diff := cmp.Diff(map[string]int{"index": 1, "a": 1, "dir/c": 1}, w.requests()); diff != "" {
		t.Error(diff)
	}
	if v := w.verify(mirror.VerifyOptions{}); len(v.Damage) != 0 {
		t.Errorf("damage %+v", v.Damage)
	}
	if diff := cmp.Diff(files, w.tree()); diff != "" {
		t.Error(diff)
	}
}

func TestDeepSyncOfAWholeMirrorHealsNothing(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	w.mustSync()
	r, err := w.sync(ecosystems.Selection{Deep: true})
	if err != nil || len(r.Notices) != 0 || !r.Unchanged {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := os.Stat(filepath.Join(w.dir, "toy", "a")); err != nil {
		t.Error(err)
	}
}
