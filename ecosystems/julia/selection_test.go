package julia_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
)

// plots is an upstream with a small graph of dependencies.
func plots(t *testing.T) *world {
	w := newWorld(t)
	for _, number := range []string{"1.0.0", "1.1.0", "2.0.0"} {
		w.Publish("Colors", juliatest.Version{Number: number})
	}
	w.Publish("Unused", juliatest.Version{Number: "1.0.0"})
	w.Publish("Weak", juliatest.Version{Number: "1.0.0"})
	w.Publish("Plots", juliatest.Version{Number: "1.0.0", Deps: []string{"Dates", "Colors 1"}})
	w.Publish("Plots", juliatest.Version{Number: "1.1.0", Deps: []string{"Dates", "Colors 1.1"}, WeakDeps: []string{"Weak"}, Julia: "1.10"})
	return w
}

func TestSelectionPublishesAPrunedRegistry(t *testing.T) {
	w := plots(t)
	w.options.Packages = []string{"Plots"}
	w.mustSync()
	want := []string{"Colors 1.0.0", "Colors 1.1.0", "Plots 1.0.0", "Plots 1.1.0"}
	if diff := cmp.Diff(want, w.offers()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	r := w.listed("registries", registry.General)
	if r.Hash() == w.Hash() {
		t.Error("the pruned registry has upstream's hash")
	}
	if len(r.Named("Unused")) != 1 || len(r.Named("Weak")) != 1 {
		t.Error("names went with the versions: clients look up every dependency")
	}
	w.want(false, w.release("Unused", "1.0.0").Path, w.release("Colors", "2.0.0").Path)
}

func TestVerbatimIndexOfASelection(t *testing.T) {
	w := plots(t)
	w.options.Packages, w.options.Index = []string{"Colors@2"}, "verbatim"
	w.mustSync()
	if r := w.listed("registries", registry.General); r.Hash() != w.Hash() {
		t.Errorf("published %s, upstream has %s", r.Hash(), w.Hash())
	}
	w.want(false, w.release("Plots", "1.0.0").Path)
}

func TestPoliciesAndVersionsOfJulia(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*world)
		want   []string
	}{
		{"latest", func(w *world) { w.options.Versions = "latest:1" }, []string{"Colors 1.1.0", "Plots 1.1.0"}},
		{"old Julia", func(w *world) { w.options.Julia = []string{"1.9"} }, []string{"Colors 1.0.0", "Colors 1.1.0", "Plots 1.0.0"}},
		{"deny", func(w *world) { w.options.Deny = []string{"Colors@=1.0.0"} }, []string{"Colors 1.1.0", "Plots 1.0.0", "Plots 1.1.0"}},
		{"compat", func(w *world) { w.options.Packages = []string{"Plots@~1.0"} }, []string{"Colors 1.0.0", "Colors 1.1.0", "Plots 1.0.0"}},
		{"by UUID", func(w *world) { w.options.Packages = []string{juliatest.UUID("Colors").String() + "@2"} }, []string{"Colors 2.0.0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := plots(t)
			w.options.Packages = []string{"Plots"}
			c.change(w)
			w.mustSync()
			if diff := cmp.Diff(c.want, w.offers()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestManifestIsMirroredExactly(t *testing.T) {
	w := plots(t)
	w.Yank("Colors", "1.0.0", true)
	colors, plot := w.release("Colors", "1.0.0"), w.release("Plots", "1.0.0")
	w.options.Manifests = []string{w.file("Manifest.toml", `julia_version = "1.10.4"
manifest_format = "2.0"

[[deps.Colors]]
git-tree-sha1 = "`+colors.Tree.String()+`"
uuid = "`+colors.UUID.String()+`"
version = "1.0.0"

[[deps.Dates]]
uuid = "ade2ca70-3891-5945-98fb-dc099432e06a"

[[deps.Plots]]
deps = ["Colors", "Dates"]
git-tree-sha1 = "`+plot.Tree.String()+`"
uuid = "`+plot.UUID.String()+`"
version = "1.0.0"
`)}
	w.mustSync()
	if diff := cmp.Diff([]string{"Colors 1.0.0", "Plots 1.0.0"}, w.offers()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	w.want(true, colors.Path, plot.Path)
}

func TestWhatIsAskedForAndDoesNotExist(t *testing.T) {
	w := plots(t)
	w.options.Packages = []string{"Plots", "Plotz", "Colors@9"}
	o := w.sync(ecosystems.Selection{})
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	if len(o.Missing) != 2 {
		t.Fatalf("missing: %+v", o.Missing)
	}
	for _, m := range o.Missing {
		if !m.Absent || !strings.Contains(m.Name, "Plotz") && !strings.Contains(m.Name, "Colors@9") {
			t.Errorf("missing: %+v", m)
		}
	}
}

func TestBrokenManifestStopsBeforeAnythingIsAsked(t *testing.T) {
	w := plots(t)
	w.options.Manifests = []string{w.file("Manifest.toml", "[[deps.Colors\n")}
	o := w.sync(ecosystems.Selection{})
	if o.Err == nil || !strings.Contains(o.Err.Error(), "Manifest.toml") {
		t.Errorf("got %v", o.Err)
	}
	if paths := w.asked(); len(paths) > 0 {
		t.Errorf("asked for %v", paths)
	}
	if d, ok := w.driver().(ecosystems.Needy); !ok || d.CheckFiles() == nil {
		t.Error("CheckFiles is content with it")
	}
}
