package julia_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/ecosystemtest"
	"github.com/offmirror/offmirror/ecosystems/julia"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/layout"
)

func gunzip(t *testing.T, data []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func unzstd(t *testing.T, data []byte) []byte {
	t.Helper()
	z, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	plain, err := z.DecodeAll(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// variantsOf returns the paths of all variants.
func variantsOf(files map[string]string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(files)), func(p string) bool { return !strings.HasSuffix(p, ".tar.zst") })
}

// newVariantWorld has two packages and an artifact, and wants variants.
func newVariantWorld(t *testing.T) (w *world, tarballs []string) {
	w = newWorld(t)
	w.options.Zstd = true
	example := w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	zlib := w.PublishJLL("Zlib", "1.3.1+2", "x86_64-linux-gnu")
	wrappers, _ := w.Release("JLLWrappers", w.Releases()[0].Version.String())
	tarballs = []string{example.Path, zlib.Path, zlib.Artifacts[0].Path, pkgserver.RegistryPath(registry.General, w.Hash())}
	if wrappers.Path != "" {
		tarballs = append(tarballs, wrappers.Path)
	}
	return w, tarballs
}

func TestVariantsHoldTheSameStream(t *testing.T) {
	for name, serving := range map[string]juliatest.Serving{"gzip": juliatest.ServeGzip, "zstd": juliatest.ServeZstd} {
		t.Run("from "+name, func(t *testing.T) {
			w, tarballs := newVariantWorld(t)
			w.Serve(serving)
			w.mustSync()
			w.root.Current(func(view layout.View) {
				for _, path := range tarballs {
					if !bytes.Equal(gunzip(t, w.read(view, path)), unzstd(t, w.read(view, path+".tar.zst"))) {
						t.Errorf("%s and its variant hold different streams", path)
					}
				}
			})
		})
	}
}

func TestVariantsAreTheSameEachTime(t *testing.T) {
	w, _ := newVariantWorld(t)
	w.mustSync()
	first := w.root.Files()
	w.root = ecosystemtest.NewRoot(t, julia.Ecosystem())
	w.mustSync()
	if diff := cmp.Diff(first, w.root.Files()); diff != "" {
		t.Errorf("another mirror of the same upstream, -first +other:\n%s", diff)
	}
}

func TestVariantsAreCarriedOver(t *testing.T) {
	w, tarballs := newVariantWorld(t)
	w.mustSync()
	newer := w.Publish("Example", juliatest.Version{Number: "0.5.4"})
	o := w.mustSync()
	for _, it := range o.Items {
		if path, ok := strings.CutSuffix(it.Path, ".tar.zst"); ok && slices.Contains(tarballs, path) {
			if _, have := it.Source.(ecosystems.Have); !have {
				t.Errorf("%s is made again", it.Path)
			}
		}
	}
	// those of the registry that the older snapshot lists, too
	general := pkgserver.RegistryPath(registry.General, w.Hash())
	for _, path := range append(tarballs, newer.Path, general) {
		w.want(true, path, path+".tar.zst")
	}
}

func TestVariantsComeAndGoWithTheOption(t *testing.T) {
	w, tarballs := newVariantWorld(t)
	w.options.Zstd = false
	w.mustSync()
	if got := variantsOf(w.root.Files()); len(got) > 0 {
		t.Errorf("nobody wants %v", got)
	}
	w.options.Zstd = true
	w.asked()
	w.mustSync()
	if got := variantsOf(w.root.Files()); len(got) < len(tarballs) {
		t.Errorf("variants: %v", got)
	}
	for _, path := range w.asked() {
		if !strings.HasPrefix(path, "registr") {
			t.Errorf("%s is fetched for its variant", path)
		}
	}
	w.options.Zstd = false
	w.mustSync()
	if got := variantsOf(w.root.Files()); len(got) > 0 {
		t.Errorf("nobody wants %v any more", got)
	}
}

func TestNoVariantOfWhatIsAbsent(t *testing.T) {
	w, _ := newVariantWorld(t)
	gone := w.Publish("Example", juliatest.Version{Number: "0.5.4", Missing: true})
	o := w.mustSync()
	if len(o.Missing) != 1 || o.Missing[0].Path != gone.Path {
		t.Errorf("missing: %+v", o.Missing)
	}
	w.want(false, gone.Path+".tar.zst")
}

func TestPlanWithVariants(t *testing.T) {
	w, tarballs := newVariantWorld(t)
	w.Publish("Example", juliatest.Version{Number: "0.5.4", Missing: true})
	w.options.Packages = []string{"Example"} // pruned
	plan, err := w.root.Plan(w.driver(), ecosystems.Selection{})
	if err != nil {
		t.Fatal(err)
	}
	variants := 0
	for _, it := range plan.Items {
		if !strings.HasSuffix(it.Path, ".tar.zst") {
			continue
		}
		variants++
		if !it.Held || it.Size != -1 {
			t.Errorf("%+v: want one that is made here, of unknown size", it)
		}
	}
	if variants != 3 { // two packages, the registry
		t.Errorf("%d variants", variants)
	}
	w.want(false, tarballs...)
}
