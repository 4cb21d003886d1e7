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

func TestPullDenied(t *testing.T) {
	w, path := newPullWorld(t)
	json := w.release("JSON", "0.21.4").UUID.String()
	for _, deny := range [][]string{{json}, {"JSON"}, {"Other"}} {
		w.options.Deny = deny
		on := w.root.Serve(w.driver(), true)
		if status, _ := on.Get(path); status != 404 {
			t.Errorf("deny %q: %d", deny, status)
		}
		on.End()
	}
	if asked := w.asked(); len(asked) > 0 {
		t.Errorf("upstream was asked for %q", asked)
	}
	w.options.Deny = []string{w.release("Example", "0.5.3").UUID.String()}
	if status, _ := w.root.Serve(w.driver(), true).Get(path); status != 200 {
		t.Errorf("another package is denied: %d", status)
	}
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
