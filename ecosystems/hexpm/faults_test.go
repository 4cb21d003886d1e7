package hexpm_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm/hexpmtest"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

func flip(b []byte) []byte {
	c := slices.Clone(b)
	c[len(c)/2] ^= 1
	return c
}

func truncate(b []byte) []byte { return b[:len(b)/2] }

func TestBadTarballsEndTheRun(t *testing.T) {
	for name, edit := range map[string]func([]byte) []byte{
		"corrupt": flip, "truncated": truncate,
		"a web page": func([]byte) []byte { return []byte("<html>please log in</html>") },
		"empty":      func([]byte) []byte { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.small()
			w.Tamper("tarballs/jason-1.4.1.tar", edit)
			w.mustFail(ecosystems.Selection{}, "jason 1.4.1", "/tarballs/jason-1.4.1.tar")
			if w.root.Files() != nil {
				t.Error("something was published")
			}
			w.Tamper("tarballs/jason-1.4.1.tar", nil)
			w.mustSync()
			if n := w.Count("tarballs/"); n != 1 {
				t.Errorf("%d tarballs fetched, six had arrived before", n)
			}
		})
	}
}

func TestServerErrorEndsTheRunAndTheNextContinues(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.Intercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "jason-1.4.1.tar") {
			http.Error(rw, "broken", http.StatusInternalServerError)
			return true
		}
		return false
	})
	w.mustFail(ecosystems.Selection{}, "jason 1.4.1", "500")
	w.Intercept(nil)
	w.mustSync()
	if n := w.Count("tarballs/"); n != 1 {
		t.Errorf("%d tarballs fetched, six had arrived before", n)
	}
}

func TestAllowPartialKeepsTheOldPackage(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.mustSync()
	w.Replace("jason", "1.4.1", hexpmtest.Source("README.md", "again"))
	w.Publish("jason", "1.4.2")
	w.Publish("mime", "2.1.0")
	w.Tamper("tarballs/jason-1.4.1.tar", flip)
	w.mustFail(ecosystems.Selection{}, "jason 1.4.1")
	before := w.root.Files()
	run := w.sync(ecosystems.Selection{AllowPartial: true})
	if run.Err != nil {
		t.Fatal(run.Err)
	}
	w.consistent()
	w.wantNotice(run, "kept-old", "jason")
	after := w.root.Files()
	if after["packages/jason"] != before["packages/jason"] || after["tarballs/jason-1.4.1.tar"] != before["tarballs/jason-1.4.1.tar"] {
		t.Error("the old copy of jason was not kept")
	}
	if slices.Contains(w.tarballs(), "jason-1.4.2") || !slices.Contains(w.tarballs(), "mime-2.1.0") {
		t.Errorf("tarballs %v", w.tarballs())
	}
	w.Tamper("tarballs/jason-1.4.1.tar", nil)
	w.mustSync()
	if got := w.versions("jason"); !slices.Equal(got, []string{"1.4.1", "1.4.2"}) {
		t.Errorf("jason has %v", got)
	}
}

func TestAllowPartialWithAFailingPackage(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.mustSync()
	w.Publish("jason", "1.4.2")
	w.Tamper("packages/jason", flip)
	w.mustFail(ecosystems.Selection{}, "packages/jason")
	run := w.sync(ecosystems.Selection{AllowPartial: true})
	if run.Err != nil {
		t.Fatal(run.Err)
	}
	w.consistent()
	if got := w.versions("jason"); !slices.Equal(got, []string{"1.4.1"}) {
		t.Errorf("jason has %v", got)
	}
	w.Tamper("packages/jason", nil)
	w.mustSync()
	if got := w.versions("jason"); !slices.Equal(got, []string{"1.4.1", "1.4.2"}) {
		t.Errorf("jason has %v", got)
	}
}

// A listed release without a tarball is absent for good: published and reported,
// and asked for again by every run.
func TestAbsentTarball(t *testing.T) {
	for _, status := range []int{http.StatusNotFound, http.StatusForbidden} {
		w := newWorld(t, hexpmtest.WithMissing(status))
		w.small()
		w.Freeze("tarballs/late-1.0.0.tar")
		w.Publish("late", "1.0.0")
		for range 2 {
			run := w.sync()
			if run.Err != nil || len(run.Missing) != 1 || !run.Missing[0].Absent || run.Missing[0].Name != "late 1.0.0" {
				t.Fatalf("missing %+v, error %v", run.Missing, run.Err)
			}
			if got := w.versions("late"); !slices.Equal(got, []string{"1.0.0"}) {
				t.Errorf("a verbatim index is changed: %v", got)
			}
		}
		w.Thaw("tarballs/late-1.0.0.tar")
		w.mustSync()
		if run := w.mustSync(); !run.Unchanged {
			t.Error("still something new")
		}
	}
}

// A tarball that is gone because its release was just reverted is no loss.
func TestReleaseRevertedMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.small()
	reverted := false
	w.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/tarballs/jason-1.5.0.tar" && !reverted {
			reverted = true
			w.Revert("jason", "1.5.0")
		}
		return false
	})
	w.Publish("jason", "1.5.0")
	w.mustSync()
	if got := w.versions("jason"); !slices.Equal(got, []string{"1.4.1"}) {
		t.Errorf("jason has %v", got)
	}
	w.Intercept(nil)
	w.mustSync()
	if run := w.mustSync(); !run.Unchanged {
		t.Error("still something new")
	}
}

// A tarball that was replaced between its index and itself is found again.
func TestReleaseReplacedMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.small()
	replaced := false
	w.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/tarballs/jason-1.4.1.tar" && !replaced {
			replaced = true
			w.Replace("jason", "1.4.1", hexpmtest.Source("README.md", "again"))
			w.Publish("jason", "1.4.2")
		}
		return false
	})
	w.mustSync()
	w.Intercept(nil)
	w.mustSync()
	if got := w.versions("jason"); !slices.Equal(got, []string{"1.4.1", "1.4.2"}) {
		t.Errorf("jason has %v", got)
	}
}

func TestMassAbsenceIsNotBelieved(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.Intercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/tarballs/") {
			http.Error(rw, "blocked by policy", http.StatusForbidden)
			return true
		}
		return false
	})
	w.mustFail(ecosystems.Selection{}, "7 of 7", "proxy", "--allow-partial")
}

func TestUntrustedIndexes(t *testing.T) {
	for _, path := range []string{"names", "versions", "packages/jason"} {
		t.Run(path, func(t *testing.T) {
			other := hexpmtest.New(hexpmtest.WithName("acme"))
			other.Publish("jason", "1.4.1")
			foreign, _ := other.File(path)
			key, err := registry.GenerateSigningKey()
			if err != nil {
				t.Fatal(err)
			}
			forged := hexpmtest.New(hexpmtest.WithKey(key))
			forged.Publish("jason", "1.4.1")
			unsigned, _ := forged.File(path)
			for what, c := range map[string]struct {
				data []byte
				say  string
			}{
				"another repository's": {foreign, "repository"},
				"another key's":        {unsigned, "signature"},
				"damaged":              {[]byte("garbage"), "/" + path},
			} {
				t.Run(what, func(t *testing.T) {
					w := newWorld(t)
					w.small()
					w.Tamper(path, func([]byte) []byte { return c.data })
					w.mustFail(ecosystems.Selection{}, c.say, w.url)
				})
			}
		})
	}
}

func TestRollbackOfTheIndexes(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.mustSync()
	oldNames, _ := w.File("names")
	oldVersions, _ := w.File("versions")
	w.Publish("jason", "1.4.2")
	w.mustSync()
	w.Tamper("names", func([]byte) []byte { return oldNames })
	w.Tamper("versions", func([]byte) []byte { return oldVersions })
	w.mustFail(ecosystems.Selection{}, "back in time", "jason", "--allow-rollback")
	if run := w.sync(ecosystems.Selection{AllowRollback: true}); run.Err != nil {
		t.Errorf("accepted on purpose: %v", run.Err)
	}
}

func TestRollbackToAnotherUpstream(t *testing.T) {
	w := newWorld(t)
	w.small()
	copied := t.TempDir()
	if err := w.Export(copied); err != nil {
		t.Fatal(err)
	}
	old := httptest.NewServer(http.FileServer(http.Dir(copied)))
	t.Cleanup(old.Close)
	w.Publish("jason", "1.4.2")
	w.mustSync()
	w.options.Upstream = old.URL
	w.mustFail(ecosystems.Selection{}, "back in time", "jason", "--allow-rollback")
}

// One cache that is behind is no rollback.
func TestOldIndexesInACache(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.FreezeCache("names")
	w.FreezeCache("versions")
	w.Publish("jason", "1.4.2")
	w.Thaw("names")
	w.Thaw("versions")
	w.mustSync()
	w.Revert("jason", "1.4.2") // for an older state to freeze
	w.Publish("jason", "1.4.3")
	w.FreezeCache("names")
	w.FreezeCache("versions")
	w.Publish("jason", "1.4.4")
	w.mustSync()
}

func TestRollbackOfTheNewestPackageOnly(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.mustSync()
	oldNames, _ := w.File("names")
	oldVersions, _ := w.File("versions")
	w.Publish("brand_new", "1.0.0")
	w.mustSync()
	w.Tamper("names", func([]byte) []byte { return oldNames })
	w.Tamper("versions", func([]byte) []byte { return oldVersions })
	w.mustFail(ecosystems.Selection{}, "brand_new", "--allow-rollback")
}

func TestMassDeletion(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.mustSync()
	w.RemovePackage("jason")
	w.RemovePackage("telemetry")
	w.Publish("mime", "3.0.0")
	w.mustFail(ecosystems.Selection{}, "lost 2 of its 4 packages", "--allow-shrink")
	w.mustSync(ecosystems.Selection{AllowShrink: true})
	w.wantPackages("mime", "plug")
}

func TestUpstreamThatIsNotThere(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.Intercept(func(rw http.ResponseWriter, _ *http.Request) bool {
		http.NotFound(rw, nil)
		return true
	})
	w.mustFail(ecosystems.Selection{}, w.url+"/names")
}

// Readers see one snapshot or the next, never a mixture, while syncs go on.
func TestEverySnapshotIsConsistent(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.mustSync()
	for _, event := range []func(){
		func() { w.Publish("jason", "1.4.2") },
		func() { w.Replace("jason", "1.4.2", hexpmtest.Source("a", "b")) },
		func() { w.Retire("jason", "1.4.2", registry.RetiredInvalid, "no") },
		func() { w.Revert("jason", "1.4.2") },
		func() { w.Publish("jason", "1.4.2"); w.RemoveRelease("plug", "1.14.0") },
		func() { w.Rebuild() },
	} {
		event()
		w.root.Pass(time.Hour)
		w.mustSync() // verifies
	}
}
