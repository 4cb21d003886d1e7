package julia_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
)

func TestAbsentPackageIsNotOffered(t *testing.T) {
	w := newWorld(t)
	w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	gone := w.Publish("Example", juliatest.Version{Number: "0.5.4", Missing: true})
	o := w.sync(ecosystems.Selection{})
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	if len(o.Missing) != 1 || o.Missing[0].Path != gone.Path || !o.Missing[0].Absent || o.Missing[0].Name != "Example 0.5.4" {
		t.Errorf("missing: %+v", o.Missing)
	}
	if diff := cmp.Diff([]string{"Example 0.5.3"}, w.offers()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	w.asked()
	w.Publish("Other", juliatest.Version{Number: "1.0.0"})
	if o = w.sync(ecosystems.Selection{}); len(o.Missing) != 1 {
		t.Errorf("missing: %+v", o.Missing)
	}
	for _, p := range w.asked() {
		if p == gone.Path {
			t.Error("what is absent is asked for by every run")
		}
	}
	w.root.Pass(8 * 24 * time.Hour)
	w.Restore(gone.Path)
	w.sync(ecosystems.Selection{})
	asked := false
	for _, p := range w.asked() {
		asked = asked || p == gone.Path
	}
	if !asked {
		t.Error("what was absent is never asked for again")
	}
}

func TestFailureForNowPublishesNothing(t *testing.T) {
	w := newWorld(t)
	r := w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	w.Publish("Other", juliatest.Version{Number: "1.0.0"})
	w.Fail(r.Path, http.StatusServiceUnavailable, -1, "")
	if o := w.sync(ecosystems.Selection{}); o.Err == nil || w.root.Files() != nil {
		t.Fatalf("got %v, published %v", o.Err, w.root.Files())
	}
	o := w.sync(ecosystems.Selection{AllowPartial: true})
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	if diff := cmp.Diff([]string{"Other 1.0.0"}, w.offers()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	w.Recover()
	w.mustSync()
	if r := w.listed("registries", registry.General); r.Hash() != w.Hash() {
		t.Error("after the recovery something is still missing")
	}
}

func TestWrongPackageIsRefused(t *testing.T) {
	w := newWorld(t)
	r := w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	w.TamperTar(r.Path, juliatest.ChangeContent)
	o := w.sync(ecosystems.Selection{})
	if o.Err == nil || !strings.Contains(o.Err.Error(), "Example 0.5.3") || !strings.Contains(o.Err.Error(), "tree hash") {
		t.Errorf("got %v", o.Err)
	}
	if w.root.Files() != nil {
		t.Error("something was published")
	}
}

func TestWrongRegistryIsRefused(t *testing.T) {
	w := newWorld(t)
	w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	path := "registry/" + registry.General.String() + "/" + w.Hash().String()
	for name, edit := range map[string]func([]byte) []byte{
		"content":  juliatest.ChangeContent,
		"escaping": juliatest.RenameMembers(func(name string) string { return "../" + name }),
	} {
		w.TamperTar(path, edit)
		if o := w.sync(ecosystems.Selection{}); o.Err == nil || !strings.Contains(o.Err.Error(), w.Hash().String()) {
			t.Errorf("%s: got %v", name, o.Err)
		}
	}
	if w.root.Files() != nil {
		t.Error("something was published")
	}
}

func TestRegistryWithOddNamesIsWrittenAnew(t *testing.T) {
	w := newWorld(t)
	w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	w.TamperTar("registry/"+registry.General.String()+"/"+w.Hash().String(), juliatest.RenameMembers(func(name string) string { return "./" + name }))
	w.mustSync()
	if r := w.listed("registries", registry.General); r.Hash() != w.Hash() || !r.PlainNames() {
		t.Errorf("published %s with plain names: %v", r.Hash(), r.PlainNames())
	}
}

func TestArtifactFromItsOrigin(t *testing.T) {
	for _, packing := range []juliatest.Packing{juliatest.Gzip, juliatest.XZ, juliatest.Bzip2, juliatest.Zstd, juliatest.Plain} {
		t.Run(string(packing), func(t *testing.T) {
			w := newWorld(t)
			r := w.Publish("Data", juliatest.Version{Number: "1.0.0", Artifacts: []juliatest.Artifact{{Name: "data", Missing: true, Packing: packing}}})
			w.mustSync()
			w.want(true, r.Artifacts[0].Path)
			if head := w.head(r.Artifacts[0].Path); head != "\x1f\x8b" {
				t.Errorf("it begins with %x, want gzip", head)
			}
			w.asked()
			w.Publish("Other", juliatest.Version{Number: "1.0.0"})
			w.mustSync()
			for _, p := range w.asked() {
				if strings.HasPrefix(p, "artifact/") || p == r.Artifacts[0].Origin {
					t.Errorf("asked again for %s", p)
				}
			}
		})
	}
}

func TestArtifactThatIsNowhere(t *testing.T) {
	w := newWorld(t)
	w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	for name, a := range map[string]juliatest.Artifact{
		"Dead":   {Name: "data", Missing: true, Dead: true, Content: juliatest.Tree{Files: map[string]string{"dead": "1"}}},
		"Forged": {Name: "data", Missing: true, Wrong: true, Content: juliatest.Tree{Files: map[string]string{"forged": "1"}}},
		"Gone":   {Name: "data", Missing: true, Dead: true, Also: []string{"http://127.0.0.1:1/data.tar.gz"}, Content: juliatest.Tree{Files: map[string]string{"gone": "1"}}},
	} {
		w.Publish(name, juliatest.Version{Number: "1.0.0", Artifacts: []juliatest.Artifact{a}})
	}
	lazy := w.Publish("Lazy", juliatest.Version{Number: "1.0.0", Artifacts: []juliatest.Artifact{{Name: "data", Missing: true, Dead: true, Lazy: true}}})
	o := w.sync(ecosystems.Selection{})
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	if len(o.Missing) != 4 {
		t.Errorf("missing: %+v", o.Missing)
	}
	if diff := cmp.Diff([]string{"Example 0.5.3", "Lazy 1.0.0"}, w.offers()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	w.want(true, lazy.Path)
}

func TestArtifactWithEmptyDirectories(t *testing.T) {
	w := newWorld(t)
	r := w.Publish("Data", juliatest.Version{Number: "1.0.0", Artifacts: []juliatest.Artifact{
		{Name: "data", Content: juliatest.Tree{Files: map[string]string{"a": "1"}, EmptyDirs: []string{"empty/deep"}}},
	}})
	w.mustSync()
	w.want(true, r.Artifacts[0].Path)
}

func TestGarbageInTheListOfRegistries(t *testing.T) {
	w := newWorld(t)
	w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	w.AddLines("/registry/not-a-uuid/"+strings.Repeat("a", 40), "hello", "/registry/../../etc/passwd")
	o := w.mustSync()
	if _, told := o.Notice("broken-registry"); !told {
		t.Error("nobody was told")
	}
	w.offers()
}

func TestUpstreamThatGoesBackInTime(t *testing.T) {
	w := newWorld(t)
	w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	w.mustSync()
	w.Publish("Example", juliatest.Version{Number: "0.5.4"})
	w.mustSync()
	w.RollBack(1)
	o := w.sync(ecosystems.Selection{})
	if o.Err == nil || !strings.Contains(o.Err.Error(), "--allow-rollback") {
		t.Fatalf("got %v", o.Err)
	}
	if len(w.offers()) != 2 {
		t.Error("the mirror went back as well")
	}
	if o = w.sync(ecosystems.Selection{AllowRollback: true}); o.Err != nil || len(w.offers()) != 1 {
		t.Errorf("allowed: %v, %v", o.Err, w.offers())
	}
}

func TestRegistryThatShrinks(t *testing.T) {
	w := newWorld(t)
	for i := range 50 {
		w.Publish("Example", juliatest.Version{Number: "1." + string(rune('0'+i/10)) + "." + string(rune('0'+i%10))})
	}
	w.mustSync()
	for i := range 30 {
		w.Drop("Example", "1."+string(rune('0'+i/10))+"."+string(rune('0'+i%10)))
	}
	o := w.sync(ecosystems.Selection{})
	if o.Err == nil || !strings.Contains(o.Err.Error(), "--allow-shrink") {
		t.Fatalf("got %v", o.Err)
	}
	if o = w.sync(ecosystems.Selection{AllowShrink: true}); o.Err != nil || len(w.offers()) != 20 {
		t.Errorf("allowed: %v, %d offers", o.Err, len(w.offers()))
	}
}

func TestWhatIsTakenBackIsNoRollback(t *testing.T) {
	w := newWorld(t)
	w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	w.mustSync()
	w.Yank("Example", "0.5.3", true)
	w.mustSync()
	w.Yank("Example", "0.5.3", false) // the registry has the tree that it had at first
	w.mustSync()
	w.Publish("Example", juliatest.Version{Number: "0.5.4"})
	w.mustSync()
	w.RollBack(1)
	if o := w.sync(ecosystems.Selection{AllowRollback: true}); o.Err != nil {
		t.Fatal(o.Err)
	}
	w.RollBack(0)
	if w.mustSync(); len(w.offers()) != 2 {
		t.Errorf("after an allowed rollback upstream is not followed forward: %v", w.offers())
	}
}

func TestSelectionOfNothingIsNotPublished(t *testing.T) {
	w := plots(t)
	w.options.Packages = []string{"Plots"}
	w.mustSync()
	before := w.root.Files()
	for _, typo := range []string{"Plotz", "Plots@99"} {
		w.options.Packages = []string{typo}
		o := w.sync(ecosystems.Selection{})
		if o.Err == nil || !strings.Contains(o.Err.Error(), typo) {
			t.Errorf("%s: %v", typo, o.Err)
		}
	}
	if diff := cmp.Diff(before, w.root.Files()); diff != "" {
		t.Errorf("the mirror was touched:\n%s", diff)
	}
}
