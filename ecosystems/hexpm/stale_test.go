package hexpm_test

import (
	"slices"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems/hexpm/hexpmtest"
)

// A cache on the way answers with an older packages/NAME than the indexes.
func TestStalePackageInACache(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.mustSync()
	w.FreezeCache("packages/jason")
	w.Publish("jason", "1.4.2")
	w.mustSync()
	if got := w.versions("jason"); !slices.Equal(got, []string{"1.4.1", "1.4.2"}) {
		t.Errorf("jason has %v: a request past caches would have found 1.4.2", got)
	}
}

func TestStalePackageIsKeptAndAskedForAgain(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.mustSync()
	w.Freeze("packages/jason")
	w.Publish("jason", "1.4.2")
	run := w.mustSync()
	w.wantNotice(run, "stale-index", "jason")
	if got := w.versions("jason"); !slices.Equal(got, []string{"1.4.1"}) {
		t.Errorf("jason has %v", got)
	}
	w.Thaw("packages/jason")
	w.mustSync()
	if got := w.versions("jason"); !slices.Equal(got, []string{"1.4.1", "1.4.2"}) {
		t.Errorf("jason has %v", got)
	}
	if run := w.mustSync(); !run.Unchanged || len(w.asked()) != 2 {
		t.Errorf("settled, but asked for %v", w.asked())
	}
}

// A replaced release shows in no list of versions: only updated_at tells, and a
// packages/NAME that did not change with it may be stale.
func TestStaleReplacement(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.mustSync()
	old := w.root.Files()["tarballs/jason-1.4.1.tar"]
	w.Freeze("packages/jason")
	w.Replace("jason", "1.4.1", hexpmtest.Source("README.md", "again"))
	w.mustSync()
	w.Thaw("packages/jason")
	w.mustSync()
	if w.root.Files()["tarballs/jason-1.4.1.tar"] == old {
		t.Error("the replacement was never found")
	}
}

func TestUnsettledPackagesAreForgottenAfterTheGrace(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.root.Pass(72 * time.Hour)
	w.mustSync()
	w.PublishDocs("jason", "1.4.1", "new text") // bumps updated_at and nothing else
	w.Publish("mime", "2.1.0")
	w.mustSync()
	run := w.mustSync()
	if got := w.asked(); !slices.Contains(got, "packages/jason") || !run.Unchanged {
		t.Errorf("asked for %v, unchanged %v", got, run.Unchanged)
	}
	w.root.Pass(26 * time.Hour)
	w.mustSync()
	if got := w.asked(); len(got) != 2 {
		t.Errorf("asked for %v after the grace", got)
	}
}

func TestNamesNewerThanVersions(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.mustSync()
	w.Freeze("versions")
	w.Publish("jason", "1.4.2")
	w.Publish("fresh", "0.1.0")
	w.mustSync()
	if got := w.versions("jason"); !slices.Contains(got, "1.4.2") {
		t.Errorf("jason has %v: a package may be newer than versions", got)
	}
	if !slices.Contains(w.packages(), "fresh") {
		t.Error("a package that only names lists is not here")
	}
	w.Thaw("versions")
	w.mustSync()
	if run := w.mustSync(); !run.Unchanged {
		t.Error("still something new")
	}
}

func TestVersionsNewerThanNames(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.mustSync()
	w.Freeze("names")
	w.Publish("jason", "1.4.2")
	w.mustSync()
	if got := w.versions("jason"); !slices.Contains(got, "1.4.2") {
		t.Errorf("jason has %v", got)
	}
	w.Thaw("names")
	w.mustSync()
}

// The file of a deleted package may outlive it in a cache.
func TestDeletedPackageInACache(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.Publish("mime", "2.1.0") // the newest change is another one
	w.mustSync()
	w.Freeze("packages/jason")
	w.Freeze("tarballs/jason-1.4.1.tar")
	w.RemovePackage("jason")
	w.mustSync()
	w.Thaw("packages/jason")
	w.Thaw("tarballs/jason-1.4.1.tar")
	w.mustSync()
	w.wantPackages("mime", "plug", "telemetry")
}

func TestListedPackageWithoutAFile(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.Freeze("packages/late") // there is nothing yet
	w.Publish("late", "1.0.0")
	run := w.sync()
	if run.Err != nil || len(run.Missing) != 1 || run.Missing[0].Path != "packages/late" {
		t.Fatalf("missing %+v, error %v", run.Missing, run.Err)
	}
	w.Thaw("packages/late")
	w.mustSync()
	if !slices.Contains(w.tarballs(), "late-1.0.0") {
		t.Errorf("tarballs %v", w.tarballs())
	}
}
