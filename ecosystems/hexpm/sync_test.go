package hexpm_test

import (
	"bytes"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm/hexpmtest"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

// small publishes a repository with all kinds of dependencies.
func (w *world) small() {
	w.Publish("mime", "1.6.0")
	w.Publish("mime", "2.0.0")
	w.Publish("telemetry", "1.0.0", hexpmtest.BuiltWith(hexpmtest.Rebar3))
	w.Publish("plug", "1.14.0", hexpmtest.Dep("mime", "~> 1.0"))
	w.Publish("plug", "1.15.0", hexpmtest.Dep("mime", "~> 1.0 or ~> 2.0"), hexpmtest.OptionalDep("telemetry", "~> 1.0"))
	w.Publish("plug", "1.16.0-rc.1", hexpmtest.Dep("mime", "~> 2.0"))
	w.Publish("jason", "1.4.1")
}

func TestFullSyncCopiesEveryByte(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.mustSync()
	files := w.root.Files()
	for _, path := range []string{
		"names", "versions", "public_key", "packages/plug", "packages/mime", "packages/jason", "packages/telemetry",
		"tarballs/plug-1.15.0.tar", "tarballs/plug-1.16.0-rc.1.tar", "tarballs/mime-1.6.0.tar",
	} {
		want, ok := w.File(path)
		if !ok || files[path] == "" || !bytes.Equal(w.read(path), want) {
			t.Errorf("%s differs from upstream's", path)
		}
	}
	if len(files) != 3+4+7 {
		t.Errorf("%d files: %v", len(files), files)
	}
}

func TestSecondSyncCostsTwoRequests(t *testing.T) {
	for _, missing := range []int{http.StatusNotFound, http.StatusForbidden} {
		w := newWorld(t, hexpmtest.WithMissing(missing))
		w.small() // published a moment ago
		w.mustSync()
		run := w.mustSync()
		if !run.Unchanged || run.Published {
			t.Errorf("unchanged %v, published %v", run.Unchanged, run.Published)
		}
		requests := w.Requests()
		if got := w.asked(); !slices.Equal(got, []string{"names", "versions"}) {
			t.Fatalf("asked for %v", got)
		}
		for _, r := range requests {
			if r.Status != http.StatusNotModified || !r.Conditional() {
				t.Errorf("%s: %d, conditional %v", r.Path, r.Status, r.Conditional())
			}
		}
	}
}

func TestPublishCostsWhatChanged(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.root.Pass(48 * time.Hour) // out of the grace window
	w.mustSync()
	w.root.Pass(48 * time.Hour)
	w.Publish("jason", "1.4.2")
	w.mustSync()
	if got, want := w.asked(), []string{"names", "packages/jason", "tarballs/jason-1.4.2.tar", "versions"}; !slices.Equal(got, want) {
		t.Errorf("asked for %v, want %v", got, want)
	}
	if got := w.versions("jason"); !slices.Equal(got, []string{"1.4.1", "1.4.2"}) {
		t.Errorf("jason has %v", got)
	}
	if run := w.mustSync(); !run.Unchanged {
		t.Error("the run after that finds something new")
	}
}

func TestReplacedRelease(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.mustSync()
	old := w.root.Files()["tarballs/jason-1.4.1.tar"]
	w.Replace("jason", "1.4.1", hexpmtest.Source("README.md", "again"))
	w.mustSync()
	if w.root.Files()["tarballs/jason-1.4.1.tar"] == old {
		t.Error("the replaced tarball is still the old one")
	}
}

func TestRevertedRelease(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.mustSync()
	w.Revert("plug", "1.15.0")
	run := w.mustSync()
	w.wantTarballs("jason-1.4.1", "mime-1.6.0", "mime-2.0.0", "plug-1.14.0", "plug-1.16.0-rc.1", "telemetry-1.0.0")
	w.wantNotice(run, "withdrawn", "plug 1.15.0")
	w.Publish("plug", "1.15.0", hexpmtest.Source("README.md", "other bytes"))
	w.mustSync()
	if got := w.versions("plug"); !slices.Contains(got, "1.15.0") {
		t.Errorf("plug has %v", got)
	}
}

func TestDeletedPackageAndNewOneOfTheSameName(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.mustSync()
	w.RemovePackage("jason")
	run := w.mustSync()
	w.wantPackages("mime", "plug", "telemetry")
	w.wantNotice(run, "withdrawn", "jason 1.4.1")
	w.Publish("jason", "0.1.0")
	w.mustSync()
	if got := w.versions("jason"); !slices.Equal(got, []string{"0.1.0"}) {
		t.Errorf("jason has %v", got)
	}
}

// A retirement changes packages/NAME at once; the indexes show it when somebody
// publishes something.
func TestRetirementWithDelayedIndexes(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.mustSync()
	w.root.Pass(72 * time.Hour)
	w.mustSync()
	w.Retire("jason", "1.4.1", registry.RetiredSecurity, "use 1.4.2")
	if run := w.mustSync(); !run.Unchanged {
		t.Error("no index shows the retirement, but something was found")
	}
	w.Publish("mime", "2.0.1")
	w.mustSync()
	if r, _ := w.published("jason").Release("1.4.1"); r.Retired == nil {
		t.Error("the retirement did not arrive")
	}
}

// The text of an advisory changes no index at all.
func TestAdvisories(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.root.Pass(72 * time.Hour)
	w.mustSync()
	w.Advise("jason", registry.Advisory{ID: "CVE-2026-1", Summary: "first"}, "1.4.1")
	w.mustSync()
	if p := w.published("jason"); len(p.Advisories) != 1 {
		t.Fatalf("advisories %+v", p.Advisories)
	}
	w.Advise("jason", registry.Advisory{ID: "CVE-2026-1", Summary: "second"}, "1.4.1")
	run := w.mustSync(ecosystems.Selection{Deep: true})
	if p := w.published("jason"); p.Advisories[0].Summary != "second" || !run.Published {
		t.Errorf("summary %q, published %v", p.Advisories[0].Summary, run.Published)
	}
	w.WithdrawAdvisory("jason", "CVE-2026-1")
	w.mustSync()
	if p := w.published("jason"); len(p.Advisories) != 0 {
		t.Errorf("advisories %+v", p.Advisories)
	}
}

func TestDeepSweepIsDueAfterSomeTime(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.mustSync()
	w.Retire("jason", "1.4.1", registry.RetiredOther, "")
	w.root.Pass(6 * 24 * time.Hour)
	if run := w.mustSync(); !run.Unchanged {
		t.Error("a sweep before its time")
	}
	w.root.Pass(25 * time.Hour)
	w.mustSync()
	if r, _ := w.published("jason").Release("1.4.1"); r.Retired == nil {
		t.Error("the sweep did not find the retirement")
	}
	for _, r := range w.Requests() {
		if !r.Conditional() {
			t.Errorf("%s was asked for without a condition", r.Path)
		}
	}
	if run := w.mustSync(); !run.Unchanged || len(w.asked()) != 2 {
		t.Errorf("after the sweep: unchanged %v, asked for %v", run.Unchanged, w.asked())
	}
}

func TestChangedOptionsAreWorkedIn(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.mustSync()
	w.options.Packages = []string{"jason"}
	w.mustSync()
	w.wantTarballs("jason-1.4.1")
	if w.Count("tarballs/") != 0 {
		t.Errorf("asked for %v", w.asked())
	}
	w.options.Packages = nil
	w.mustSync()
	if n := len(w.tarballs()); n != 7 {
		t.Errorf("%d tarballs", n)
	}
	if w.Count("tarballs/") != 0 {
		t.Errorf("what the store holds was fetched again: %v", w.asked())
	}
}
