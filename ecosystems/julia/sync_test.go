package julia_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
)

func TestWholeRegistryIsPublishedVerbatim(t *testing.T) {
	w := newWorld(t)
	w.Publish("Parsers", juliatest.Version{Number: "2.8.1"})
	json := w.Publish("JSON", juliatest.Version{Number: "0.21.4", Deps: []string{"Dates", "Parsers 1, 2"}})
	zlib := w.PublishJLL("Zlib", "1.3.1+2", "x86_64-linux-gnu", "aarch64-apple-darwin")
	w.mustSync()
	general := pkgserver.RegistryPath(registry.General, w.Hash())
	w.want(true, "registries", "registries.conservative", general, json.Path, zlib.Path, zlib.Artifacts[0].Path, zlib.Artifacts[1].Path)
	w.want(false, "registries.eager")
	if r := w.listed("registries", registry.General); r.Hash() != w.Hash() {
		t.Errorf("the published registry is %s, upstream's %s", r.Hash(), w.Hash())
	}
	if paths := w.asked(); slices.Contains(paths, "registries.eager") {
		t.Error("the eager flavor was asked for")
	}
}

func TestNothingNewCostsOneRequest(t *testing.T) {
	for list, options := range map[string][]juliatest.Option{"registries.conservative": nil, "registries": {juliatest.WithoutFlavors()}} {
		t.Run(list, func(t *testing.T) {
			w := newWorld(t, options...)
			w.Publish("Example", juliatest.Version{Number: "0.5.3"})
			w.mustSync()
			w.asked()
			o := w.sync(ecosystems.Selection{})
			if o.Err != nil || !o.Unchanged {
				t.Fatalf("got %+v", o)
			}
			if diff := cmp.Diff([]string{list}, w.asked()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestNewVersionFetchesOnlyWhatIsNew(t *testing.T) {
	w := newWorld(t)
	w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	w.PublishJLL("Zlib", "1.3.1+2", "x86_64-linux-gnu")
	w.mustSync()
	old := w.Hash()
	w.asked()
	newer := w.Publish("Example", juliatest.Version{Number: "0.5.4"})
	w.mustSync()
	want := []string{newer.Path, "registries.conservative", pkgserver.RegistryPath(registry.General, w.Hash())}
	slices.Sort(want)
	if diff := cmp.Diff(want, w.asked()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	w.want(true, pkgserver.RegistryPath(registry.General, old), pkgserver.RegistryPath(registry.General, w.Hash()))
}

func TestArtifactsOfThePlatforms(t *testing.T) {
	w := newWorld(t)
	r := w.PublishJLL("Zlib", "1.3.1+2", "x86_64-linux-gnu", "aarch64-apple-darwin", "x86_64-w64-mingw32")
	w.options.Platforms = []string{"x86_64-linux-gnu"}
	w.mustSync()
	for _, a := range r.Artifacts {
		w.want(strings.HasPrefix(a.Platform, "x86_64-linux"), a.Path)
	}
	if got := len(w.offers()); got != len(w.Releases()) {
		t.Errorf("%d versions are offered, of %d", got, len(w.Releases()))
	}
	w.options.Platforms = []string{"x86_64-linux-gnu", "aarch64-apple-darwin"}
	w.asked()
	w.mustSync()
	for _, p := range w.asked() {
		if strings.HasPrefix(p, "package/") {
			t.Errorf("the package was fetched again for another platform: %s", p)
		}
	}
	for _, a := range r.Artifacts {
		w.want(!strings.Contains(a.Platform, "mingw"), a.Path)
	}
}

func TestLazyArtifacts(t *testing.T) {
	w := newWorld(t)
	r := w.Publish("Data", juliatest.Version{Number: "1.0.0", Artifacts: []juliatest.Artifact{{Name: "now"}, {Name: "later", Lazy: true}}})
	w.options.LazyArtifacts = false
	w.mustSync()
	for _, a := range r.Artifacts {
		w.want(!a.Lazy, a.Path)
	}
	w.options.LazyArtifacts = true
	w.mustSync()
	for _, a := range r.Artifacts {
		w.want(true, a.Path)
	}
}

func TestBothFlavors(t *testing.T) {
	w := newWorld(t)
	w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	w.Hash()
	w.Freeze("registries.conservative")
	newer := w.Publish("Example", juliatest.Version{Number: "0.5.4"})
	missing := w.Publish("Example", juliatest.Version{Number: "0.5.5", Missing: true})
	w.options.Flavor = "both"
	o := w.sync(ecosystems.Selection{})
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	if diff := cmp.Diff([]string{"Example 0.5.3"}, w.offers()); diff != "" {
		t.Errorf("conservative: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Example 0.5.3", "Example 0.5.4"}, offersOf(t, w.listed("registries.eager", registry.General))); diff != "" {
		t.Errorf("eager: -want +got:\n%s", diff)
	}
	w.want(true, newer.Path)
	w.want(false, missing.Path)
	if len(o.Missing) != 1 || !o.Missing[0].Absent {
		t.Errorf("missing: %+v", o.Missing)
	}
}

func TestRedirectsAndZstd(t *testing.T) {
	w := newWorld(t)
	w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	jll := w.PublishJLL("Zlib", "1.3.1+2", "x86_64-linux-gnu")
	w.Serve(juliatest.ServeZstd)
	w.mustSync()
	for _, path := range []string{w.release("Example", "0.5.3").Path, jll.Artifacts[0].Path, pkgserver.RegistryPath(registry.General, w.Hash())} {
		if head := w.head(path); head != "\x1f\x8b" {
			t.Errorf("%s begins with %x, want gzip", path, head)
		}
	}
}

func TestRegistriesByNameAndUUID(t *testing.T) {
	w := newWorld(t)
	w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	corp := w.AddRegistry("Corp", juliatest.UUID("Corp registry"))
	tool := corp.Publish("CorpTool", juliatest.Version{Number: "1.0.0", Deps: []string{"Example"}})
	w.options.Registries = []string{"Corp"}
	w.mustSync()
	w.want(true, tool.Path)
	w.want(false, w.release("Example", "0.5.3").Path)
	w.options.Registries = []string{"General", corp.UUID().String()}
	w.mustSync()
	w.want(true, tool.Path, w.release("Example", "0.5.3").Path)
	w.listed("registries", corp.UUID())
	w.listed("registries", registry.General)
	w.options.Registries = []string{"Nobody"}
	if o := w.sync(ecosystems.Selection{}); o.Err == nil || !strings.Contains(o.Err.Error(), "Nobody") {
		t.Errorf("an unknown registry: %v", o.Err)
	}
}

func TestOldRegistryTarballsStayWhileASnapshotHasThem(t *testing.T) {
	w := newWorld(t)
	var hashes []string
	for _, number := range []string{"1.0.0", "1.1.0", "1.2.0"} {
		w.Publish("Example", juliatest.Version{Number: number})
		w.root.Pass(time.Hour)
		w.mustSync()
		hashes = append(hashes, pkgserver.RegistryPath(registry.General, w.Hash()))
	}
	w.want(true, hashes...)
}
