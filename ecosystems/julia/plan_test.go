package julia_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/mirror"
)

func (w *world) plan(sel ecosystems.Selection) *mirror.Plan {
	w.t.Helper()
	p, err := w.root.Plan(w.driver(), sel)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func planned(p *mirror.Plan, path string) mirror.PlannedItem {
	i := slices.IndexFunc(p.Items, func(it mirror.PlannedItem) bool { return it.Path == path })
	if i < 0 {
		return mirror.PlannedItem{}
	}
	return p.Items[i]
}

func TestPlanTellsSizesAndFetchesIndexesOnly(t *testing.T) {
	w := plots(t)
	jll := w.PublishJLL("Zlib", "1.3.1+2", "x86_64-linux-gnu", "aarch64-apple-darwin")
	w.options.Packages = []string{"Plots", "Zlib_jll"}
	p := w.plan(ecosystems.Selection{})
	plot := w.release("Plots", "1.1.0")
	data, _ := w.File(plot.Path)
	if it := planned(p, plot.Path); it.Size != int64(len(data)) || it.Held || it.Package != "Plots" || it.Name != "Plots 1.1.0" {
		t.Errorf("planned %+v", it)
	}
	if !slices.ContainsFunc(p.Notices, func(n ecosystems.Notice) bool { return n.Kind == "unknown-yet" }) {
		t.Error("nobody was told that the artifacts are not known yet")
	}
	want := []string{"registries.conservative", pkgserver.RegistryPath(registry.General, w.Hash())}
	slices.Sort(want)
	if got := w.asked(); !slices.Equal(got, want) {
		t.Errorf("asked for %v", got)
	}
	o := w.mustSync()
	var published []string
	for _, it := range o.Items {
		if strings.HasPrefix(it.Path, "registry/") {
			published = append(published, it.Path)
		}
	}
	for _, path := range published {
		if planned(p, path).Path == "" {
			t.Errorf("the sync published %s, the plan did not say so", path)
		}
	}
	w.want(true, jll.Artifacts[0].Path)
}

func TestDeepPlanKnowsArtifactsByPlatform(t *testing.T) {
	w := newWorld(t)
	jll := w.PublishJLL("Zlib", "1.3.1+2", "x86_64-linux-gnu", "aarch64-apple-darwin")
	w.options.Packages = []string{"Zlib_jll"}
	p := w.plan(ecosystems.Selection{Deep: true})
	for _, a := range jll.Artifacts {
		data, _ := w.File(a.Path)
		if it := planned(p, a.Path); it.Size != int64(len(data)) || it.Platform != a.Platform || !strings.HasPrefix(it.Package, "Zlib_jll") {
			t.Errorf("%s is planned as %+v", a.Platform, it)
		}
	}
	w.asked()
	p = w.plan(ecosystems.Selection{})
	if planned(p, jll.Artifacts[0].Path).Path == "" {
		t.Error("a second plan does not know what the first one read")
	}
	for _, path := range w.asked() {
		if strings.HasPrefix(path, "package/") || strings.HasPrefix(path, "artifact/") {
			t.Errorf("asked for %s", path)
		}
	}
}

func TestPlanOfNothingNew(t *testing.T) {
	w := plots(t)
	w.mustSync()
	if p := w.plan(ecosystems.Selection{}); !p.Unchanged {
		t.Errorf("planned %d items", len(p.Items))
	}
}

func TestPlanAfterANewVersion(t *testing.T) {
	w := plots(t)
	w.mustSync()
	newer := w.Publish("Colors", juliatest.Version{Number: "2.1.0"})
	p := w.plan(ecosystems.Selection{})
	var fetched []string
	for _, it := range p.Items {
		if !it.Held {
			fetched = append(fetched, it.Path)
		}
	}
	if !slices.Equal(fetched, []string{newer.Path}) {
		t.Errorf("to be fetched: %v", fetched)
	}
}
