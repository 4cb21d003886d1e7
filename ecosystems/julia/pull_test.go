package julia_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/ecosystemtest"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

func newPullWorld(t *testing.T) (w *world, lacking string) {
	w = newWorld(t)
	w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	w.Publish("JSON", juliatest.Version{Number: "0.21.4"})
	w.options.Packages = []string{"Example"}
	w.mustSync()
	w.asked()
	return w, w.release("JSON", "0.21.4").Path
}

func TestPullOfAPackage(t *testing.T) {
	w, path := newPullWorld(t)
	if offers := w.offers(); slices.ContainsFunc(offers, func(o string) bool { return strings.HasPrefix(o, "JSON") }) {
		t.Fatalf("offered already: %v", offers)
	}
	off := w.root.Serve(w.driver(), false)
	if status, _ := off.Get(path); status != 404 {
		t.Errorf("without pulling: %d", status)
	}
	off.End()
	if asked := w.asked(); len(asked) > 0 {
		t.Errorf("without pulling, upstream was asked for %q", asked)
	}
	on := w.root.Serve(w.driver(), true)
	status, body := on.Get(path)
	if status != 200 {
		t.Fatalf("%d %q", status, body)
	}
	if _, again := on.Get(path); again != body {
		t.Error("another answer the second time")
	}
	if asked := w.asked(); len(asked) != 1 {
		t.Errorf("asked: %q", asked)
	}
	on.End()
	w.mustSync()
	w.want(true, path)
	if slices.Contains(w.asked(), path) {
		t.Error("the sync fetched what was here")
	}
	if offers := w.offers(); !slices.ContainsFunc(offers, func(o string) bool { return strings.HasPrefix(o, "JSON") }) {
		t.Errorf("the filtered registry does not offer it: %v", offers)
	}
	if o := w.mustSync(); !o.Unchanged {
		t.Error("the run after that found something new")
	}
}

func TestPullAsksNobodyInVain(t *testing.T) {
	w, path := newPullWorld(t)
	on := w.root.Serve(w.driver(), true)
	tree := treehash.Hash{1}
	for _, p := range []string{
		pkgserver.RegistryPath(uuid.UUID{1}, tree), "registry/x", "package/x/y", "artifact/", "registries.other",
		path + ".tar.zst", "meta/x", "bin/versions.json",
	} {
		if status, _ := on.Get(p); status != 404 {
			t.Errorf("%s: %d", p, status)
		}
	}
	if asked := w.asked(); len(asked) > 0 {
		t.Errorf("upstream was asked for %q", asked)
	}
	for _, p := range []string{pkgserver.RegistryPath(registry.General, tree), pkgserver.ArtifactPath(tree), pkgserver.PackagePath(uuid.UUID{1}, tree)} {
		if status, body := on.Get(p); status != 404 {
			t.Errorf("%s: %d %q", p, status, body)
		}
	}
	if asked := w.asked(); len(asked) != 3 {
		t.Errorf("upstream was asked for %q", asked)
	}
}

// deniedWorld is a mirror of Example that was synced with rules of deny, and upstream the packages JSON in two
// versions, Other, and one that was registered later.
func deniedWorld(t *testing.T, deny ...string) (w *world, paths map[string]string) {
	w = newWorld(t)
	paths = map[string]string{}
	publish := func(name, number string) {
		w.Publish(name, juliatest.Version{Number: number})
		paths[name+" "+number] = w.release(name, number).Path
	}
	publish("Example", "0.5.3")
	publish("JSON", "0.20.1")
	publish("JSON", "0.21.4")
	publish("Other", "1.0.0")
	w.options.Packages, w.options.Deny = []string{"Example"}, deny
	w.mustSync()
	publish("Late", "1.0.0")
	w.asked()
	return w, paths
}

// A rule holds for what it names, by name or UUID and by version, and for nothing else.
func TestPullDenied(t *testing.T) {
	id := juliatest.UUID("JSON").String()
	all := []string{"JSON 0.20.1", "JSON 0.21.4", "Late 1.0.0", "Other 1.0.0"}
	for _, c := range []struct {
		deny  []string
		comes []string
	}{
		{nil, all},
		{[]string{id}, []string{"Late 1.0.0", "Other 1.0.0"}},
		{[]string{id + "@0.20"}, []string{"JSON 0.21.4", "Late 1.0.0", "Other 1.0.0"}},
		// What was registered later may have any name.
		{[]string{"JSON"}, []string{"Other 1.0.0"}},
		{[]string{"JSON@0.20"}, []string{"JSON 0.21.4", "Other 1.0.0"}},
		{[]string{"JSON=" + id}, []string{"Late 1.0.0", "Other 1.0.0"}},
		{[]string{"JSON", id + "@0.20"}, []string{"Other 1.0.0"}},
		{[]string{"Late"}, []string{"JSON 0.20.1", "JSON 0.21.4", "Other 1.0.0"}},
		{[]string{juliatest.UUID("Late").String()}, []string{"JSON 0.20.1", "JSON 0.21.4", "Other 1.0.0"}},
	} {
		t.Run(strings.Join(c.deny, " "), func(t *testing.T) {
			w, paths := deniedWorld(t, c.deny...)
			on := w.root.Serve(w.driver(), true)
			for _, name := range all {
				status, _ := on.Get(paths[name])
				if want := map[bool]int{true: 200, false: 404}[slices.Contains(c.comes, name)]; status != want {
					t.Errorf("%s: %d, want %d", name, status, want)
				}
			}
			var want []string
			for _, name := range c.comes {
				want = append(want, paths[name])
			}
			slices.Sort(want)
			if asked := w.asked(); !slices.Equal(asked, want) {
				t.Errorf("upstream was asked for %q", asked)
			}
		})
	}
}

// With rules that are newer than the last sync, nobody knows what a name means; what was pulled before is not
// served either, and comes back.
func TestPullDeniedSinceTheSync(t *testing.T) {
	w, paths := deniedWorld(t, "JSON")
	json, other := paths["JSON 0.21.4"], paths["Other 1.0.0"]
	get := func(path string, want int, deny ...string) {
		t.Helper()
		w.options.Deny = deny
		s := w.root.Serve(w.driver(), true)
		defer s.End()
		if status, body := s.Get(path); status != want {
			t.Errorf("%s with deny = %q: %d %.100q, want %d", path, deny, status, body, want)
		}
	}
	get(other, 200, "JSON")
	get(other, 404, "JSON", "Third")
	get(json, 404, "JSON", "Third")
	get(other, 200, juliatest.UUID("JSON").String())
	get(json, 404, juliatest.UUID("JSON").String())
	w.options.Deny = []string{"JSON", "Third"}
	w.mustSync()
	get(paths["Late 1.0.0"], 200, "JSON", "Third")
	get(json, 404, "JSON", "Third")
	get(json, 200)
}

func TestPullOfWrongBytes(t *testing.T) {
	w, path := newPullWorld(t)
	w.Tamper(path, juliatest.FlipByte)
	on := w.root.Serve(w.driver(), true)
	if status, body := on.Get(path); status != 502 || !strings.Contains(body, "upstream does not give it") {
		t.Errorf("%d %q", status, body)
	}
}

// An artifact and a package that no registry of the mirror knows are kept by their content alone.
func TestPulledWithoutARegistry(t *testing.T) {
	w, _ := newPullWorld(t)
	w.PublishJLL("Sap_jll", "1.2.3+0", "x86_64-linux-gnu")
	sap := w.release("Sap_jll", "1.2.3+0")
	artifact := sap.Artifacts[0].Path
	s := w.root.Serve(w.driver(), true)
	if status, body := s.Get(artifact); status != 200 {
		t.Fatalf("%d %.100q", status, body)
	}
	// The registry of the mirror is that of before, but the package's tree is in its path.
	if status, body := s.Get(sap.Path); status != 200 {
		t.Fatalf("%d %.100q", status, body)
	}
	s.End()
	w.Remove(artifact)
	w.mustSync()
	w.want(true, artifact, sap.Path)
	w.options.Deny = []string{"Sap_jll"}
	w.mustSync()
	w.want(true, artifact)
	w.want(false, sap.Path)
}

func TestPullStalls(t *testing.T) {
	ecosystemtest.StalledPulls(t, func(t *testing.T) ecosystemtest.StalledPull {
		w := newWorld(t)
		w.Publish("Example", juliatest.Version{Number: "0.5.3"})
		w.Publish("JSON", juliatest.Version{Number: "0.21.4"})
		large := juliatest.Tree{Files: map[string]string{"data/noise": ecosystemtest.Noise(200 << 10)}}
		w.Publish("Large", juliatest.Version{Number: "1.0.0", Content: large})
		w.options.Packages = []string{"Example"}
		w.mustSync()
		path := w.release("Large", "1.0.0").Path
		return ecosystemtest.StalledPull{
			Root: w.root, Driver: w.driver(), Upstream: w.Upstream, Intercept: w.Intercept,
			Path: path, From: path, Other: w.release("JSON", "0.21.4").Path, Here: w.release("Example", "0.5.3").Path,
		}
	})
}
