package julia_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/layout"
)

func (w *world) meta() (got map[string]any) {
	w.t.Helper()
	w.root.Current(func(view layout.View) {
		if err := json.Unmarshal(w.read(view, "meta"), &got); err != nil {
			w.t.Fatal(err)
		}
	})
	return got
}

func TestMetaIsAboutTheMirror(t *testing.T) {
	w := newWorld(t)
	w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	w.Publish("Example", juliatest.Version{Number: "0.5.4", Missing: true})
	w.Publish("Data", juliatest.Version{Number: "1.0.0", Artifacts: []juliatest.Artifact{
		{Name: "one", Platform: "x86_64-linux-gnu", Content: juliatest.Tree{Files: map[string]string{"1": "1"}}},
		{Name: "two", Lazy: true, Missing: true, Dead: true, Content: juliatest.Tree{Files: map[string]string{"2": "2"}}},
		{Name: "other", Platform: "aarch64-apple-darwin", Content: juliatest.Tree{Files: map[string]string{"3": "3"}}},
	}})
	w.options.Platforms = []string{"x86_64-linux-gnu"}
	w.mustSync()
	want := map[string]any{
		"server": "offmirror", "flavors": []any{"conservative"},
		"packages_cached": 2.0, "artifacts_cached": 1.0,
		"complete": true, "platforms": []any{"x86_64-linux-gnu"}, "lazy_artifacts": true,
		"registries": []any{map[string]any{
			"name": "General", "uuid": registry.General.String(),
			"hash": w.listed("registries", registry.General).Hash().String(), "upstream_hash": w.Hash().String(),
		}},
	}
	if diff := cmp.Diff(want, w.meta()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestMetaMakesNoSnapshots(t *testing.T) {
	w := newWorld(t)
	w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	first := w.mustSync()
	w.root.Pass(1000 * 3600e9)
	o := w.sync(ecosystems.Selection{Deep: true})
	if o.Err != nil || o.Published || o.Snapshot != first.Snapshot {
		t.Errorf("published %v, error %v", o.Published, o.Err)
	}
}

func TestMetaOfAVerbatimSelection(t *testing.T) {
	w := newWorld(t)
	w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	w.Publish("Other", juliatest.Version{Number: "1.0.0"})
	w.options.Packages, w.options.Index, w.options.LazyArtifacts = []string{"Example"}, "verbatim", false
	w.mustSync()
	m := w.meta()
	if m["complete"] != false || m["packages_cached"] != 1.0 || m["lazy_artifacts"] != false || !cmp.Equal(m["platforms"], []any{"all"}) {
		t.Errorf("got %v", m)
	}
}
