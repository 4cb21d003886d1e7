package hexpm_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems/hexpm/hexpmtest"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

// library publishes packages whose dependencies make a closure worth the name.
func (w *world) library() {
	for _, v := range []string{"1.0.0", "1.1.0", "1.2.0", "2.0.0-rc.1", "2.0.0", "2.1.0-rc.1"} {
		w.Publish("base", v)
	}
	w.Publish("old_only", "1.0.0")
	w.Publish("middle", "1.0.0", hexpmtest.Dep("base", "~> 1.0"), hexpmtest.Dep("old_only", ">= 0.0.0"))
	w.Publish("middle", "2.0.0", hexpmtest.Dep("base", "~> 2.0"))
	w.Publish("extra", "0.1.0", hexpmtest.Dep("deep_extra", "~> 0.1"))
	w.Publish("deep_extra", "0.1.0")
	w.Publish("top", "1.0.0", hexpmtest.Dep("middle", "~> 1.0"), hexpmtest.OptionalDep("extra", "~> 0.1"))
	w.Publish("top", "1.1.0", hexpmtest.Dep("middle", "~> 2.0"), hexpmtest.OptionalDep("extra", "~> 0.1"))
	w.Publish("unrelated", "1.0.0")
}

func TestClosure(t *testing.T) {
	for _, c := range []struct {
		name     string
		set      func(w *world)
		tarballs string
		registry string // packages with a registry file beside those with tarballs
	}{
		{
			"all versions of a package, and of what any of them needs",
			func(w *world) { w.options.Packages = []string{"top"} },
			"top-1.0.0 top-1.1.0 middle-1.0.0 middle-2.0.0 old_only-1.0.0 base-1.0.0 base-1.1.0 base-1.2.0 base-2.0.0 base-2.1.0-rc.1",
			"extra",
		},
		{
			"a requirement",
			func(w *world) { w.options.Packages = []string{"top ~> 1.1"} },
			"top-1.1.0 middle-2.0.0 base-2.0.0 base-2.1.0-rc.1", "extra",
		},
		{
			"without pre-releases",
			func(w *world) { w.options.Packages, w.options.Prereleases = []string{"top ~> 1.1"}, false },
			"top-1.1.0 middle-2.0.0 base-2.0.0", "extra",
		},
		{
			"a pre-release that the requirement names",
			func(w *world) { w.options.Packages, w.options.Prereleases = []string{"base == 2.0.0-rc.1"}, false },
			"base-2.0.0-rc.1", "",
		},
		{
			"the newest of each",
			func(w *world) { w.options.Packages, w.options.Versions = []string{"top"}, "latest:1" },
			"top-1.1.0 middle-2.0.0 base-2.0.0 base-2.1.0-rc.1", "extra",
		},
		{
			"the newest of each line that is needed",
			func(w *world) {
				w.options.Packages, w.options.Versions, w.options.Prereleases = []string{"top"}, "latest:2", false
			},
			"top-1.0.0 top-1.1.0 middle-1.0.0 middle-2.0.0 old_only-1.0.0 base-1.1.0 base-1.2.0 base-2.0.0", "extra",
		},
		{
			"optional dependencies",
			func(w *world) { w.options.Packages, w.options.OptionalDependencies = []string{"top ~> 1.1"}, true },
			"top-1.1.0 middle-2.0.0 base-2.0.0 base-2.1.0-rc.1 extra-0.1.0 deep_extra-0.1.0", "",
		},
		{
			"a lock",
			func(w *world) {
				w.options.Locks = []string{w.mixLock("top 1.0.0", "middle 1.0.0", "base 1.1.0", "old_only 1.0.0")}
			},
			"top-1.0.0 middle-1.0.0 base-1.1.0 old_only-1.0.0", "extra",
		},
		{
			"a lock that lacks a dependency",
			func(w *world) { w.options.Locks = []string{w.mixLock("top 1.0.0", "middle 1.0.0", "base 1.1.0")} },
			"top-1.0.0 middle-1.0.0 base-1.1.0 old_only-1.0.0", "extra",
		},
		{
			"a lock and a package",
			func(w *world) {
				w.options.Locks = []string{w.mixLock("base 1.0.0")}
				w.options.Packages = []string{"middle ~> 2.0"}
			},
			"base-1.0.0 middle-2.0.0 base-2.0.0 base-2.1.0-rc.1", "",
		},
		{
			"a locked pre-release, without pre-releases",
			func(w *world) {
				w.options.Locks, w.options.Prereleases = []string{w.mixLock("base 2.0.0-rc.1")}, false
			},
			"base-2.0.0-rc.1", "",
		},
		{
			"nothing but what locks name",
			func(w *world) {
				w.options.Locks, w.options.Versions = []string{w.mixLock("top 1.0.0", "middle 1.0.0")}, "locked"
				w.options.Packages = []string{"unrelated"}
			},
			"top-1.0.0 middle-1.0.0", "extra base old_only unrelated",
		},
		{
			"everything but the newest",
			func(w *world) { w.options.Versions, w.options.Prereleases = "latest:1", false },
			"top-1.1.0 middle-2.0.0 base-2.0.0 extra-0.1.0 deep_extra-0.1.0 old_only-1.0.0 unrelated-1.0.0", "",
		},
		{
			"denied packages and versions",
			func(w *world) { w.options.Deny = []string{"unrelated", "base < 2.0.0"} },
			"top-1.0.0 top-1.1.0 middle-1.0.0 middle-2.0.0 old_only-1.0.0 base-2.0.0 base-2.1.0-rc.1 extra-0.1.0 deep_extra-0.1.0", "",
		},
	} {
		for _, index := range []string{"verbatim", "filtered"} {
			t.Run(c.name+"/"+index, func(t *testing.T) {
				w := newWorld(t)
				w.library()
				c.set(w)
				if w.options.Index = index; index == "filtered" {
					w.options.SigningKey = w.siteKey()
				}
				w.mustSync()
				want := strings.Fields(c.tarballs)
				w.wantTarballs(want...)
				names := strings.Fields(c.registry)
				for _, tarball := range want {
					name, _, _ := strings.Cut(tarball, "-")
					names = append(names, name)
				}
				slices.Sort(names)
				w.wantPackages(slices.Compact(names)...)
				if index == "filtered" {
					w.listsOnlyWhatIsHere()
				} else {
					w.isVerbatim()
				}
				if run := w.mustSync(); !run.Unchanged || len(w.asked()) != 2 {
					t.Errorf("second sync: unchanged %v, asked for %v", run.Unchanged, w.asked())
				}
			})
		}
	}
}

// isVerbatim checks that every registry file is upstream's.
func (w *world) isVerbatim() {
	w.t.Helper()
	for path := range w.root.Files() {
		if strings.HasPrefix(path, "packages/") || path == "names" || path == "versions" {
			if want, _ := w.File(path); string(w.read(path)) != string(want) {
				w.t.Errorf("%s is not upstream's", path)
			}
		}
	}
}

// listsOnlyWhatIsHere checks a filtered tree: releases are upstream's bytes, each
// has its tarball, and the indexes agree.
func (w *world) listsOnlyWhatIsHere() {
	w.t.Helper()
	trust, files := w.trust(), w.root.Files()
	names, err := trust.Names(w.read("names"))
	if err != nil {
		w.t.Fatal(err)
	}
	versions, err := trust.Versions(w.read("versions"))
	if err != nil {
		w.t.Fatal(err)
	}
	listed := 0
	for i, p := range versions.Packages {
		if names.Packages[i].Name != p.Name {
			w.t.Errorf("names has %s where versions has %s", names.Packages[i].Name, p.Name)
		}
		here := w.published(p.Name)
		if !here.IndexEntry(nil).Equal(p) {
			w.t.Errorf("versions says %+v of %s, its file %+v", p, p.Name, here.IndexEntry(nil))
		}
		for _, r := range here.Releases {
			listed++
			if files["tarballs/"+p.Name+"-"+r.Version+".tar"] == "" {
				w.t.Errorf("%s %s is listed and not here", p.Name, r.Version)
			}
			if up, _ := w.Package(p.Name).Release(r.Version); up.OuterChecksum != r.OuterChecksum || len(up.Dependencies) != len(r.Dependencies) {
				w.t.Errorf("%s %s differs from upstream's", p.Name, r.Version)
			}
		}
	}
	if n := len(w.tarballs()); listed != n {
		w.t.Errorf("%d releases listed, %d tarballs", listed, n)
	}
}

func TestSelectionFollowsUpstream(t *testing.T) {
	for _, index := range []string{"verbatim", "filtered"} {
		t.Run(index, func(t *testing.T) {
			w := newWorld(t)
			w.library()
			w.options.Packages, w.options.Versions, w.options.Index = []string{"top"}, "latest:1", index
			if index == "filtered" {
				w.options.SigningKey = w.siteKey()
			}
			w.mustSync()
			w.root.Pass(72 * time.Hour)
			w.Publish("unrelated", "2.0.0")
			w.mustSync()
			if n := w.Count("tarballs/"); n != 0 {
				t.Errorf("something outside of the selection made %d downloads", n)
			}
			// A new release of the root needs a package that nothing needed before,
			// and an older version of one that is here.
			w.Publish("top", "1.2.0", hexpmtest.Dep("unrelated", "~> 1.0"), hexpmtest.Dep("base", "~> 1.1.0"))
			w.mustSync()
			w.wantTarballs("top-1.2.0", "unrelated-1.0.0", "base-1.1.0")
			if index == "filtered" {
				w.listsOnlyWhatIsHere()
			}
			if run := w.mustSync(); !run.Unchanged {
				t.Error("still something new")
			}
			// Many releases later nothing outside is asked for.
			w.Publish("middle", "3.0.0")
			w.mustSync()
			if got := w.asked(); slices.Contains(got, "packages/middle") {
				t.Errorf("asked for %v", got)
			}
		})
	}
}

func TestMissingRootsAreReported(t *testing.T) {
	w := newWorld(t)
	w.library()
	w.options.Packages = []string{"top", "plgu ~> 1.0"}
	run := w.sync()
	if run.Err != nil || len(run.Missing) != 1 || run.Missing[0].Name != "plgu" || !strings.Contains(run.Missing[0].Reason, "packages: plgu ~> 1.0") {
		t.Errorf("missing %+v, error %v", run.Missing, run.Err)
	}
}

func TestUnsatisfiedRequirementsAreNotices(t *testing.T) {
	w := newWorld(t)
	w.library()
	w.Publish("broken", "1.0.0", hexpmtest.Dep("base", "~> 9.0"), hexpmtest.Dep("nowhere", "~> 1.0"), hexpmtest.Dep("old_only", "garbage"))
	w.options.Packages = []string{"broken"}
	run := w.mustSync()
	w.wantTarballs("broken-1.0.0", "old_only-1.0.0")
	w.wantNotice(run, "unsatisfied", `base: no version satisfies "~> 9.0" (needed by broken 1.0.0)`)
	w.wantNotice(run, "missing-dependency", "broken 1.0.0 needs nowhere")
	w.wantNotice(run, "odd-requirement", "garbage")
}

func TestCyclesEnd(t *testing.T) {
	w := newWorld(t)
	w.Publish("a", "1.0.0", hexpmtest.Dep("b", "~> 1.0"))
	w.Publish("b", "1.0.0", hexpmtest.Dep("a", "~> 1.0"))
	w.options.Packages = []string{"a"}
	w.mustSync()
	w.wantTarballs("a-1.0.0", "b-1.0.0")
}

func TestFilteredIndexLeavesOutWhatIsAbsent(t *testing.T) {
	w := newWorld(t)
	w.library()
	w.options.Index, w.options.SigningKey = "filtered", w.siteKey()
	w.Freeze("tarballs/top-1.2.0.tar")
	w.Publish("top", "1.2.0")
	run := w.sync()
	if run.Err != nil || len(run.Missing) != 1 {
		t.Fatalf("missing %+v, error %v", run.Missing, run.Err)
	}
	if got := w.versions("top"); !slices.Equal(got, []string{"1.0.0", "1.1.0"}) {
		t.Errorf("top has %v", got)
	}
	w.listsOnlyWhatIsHere()
	w.Thaw("tarballs/top-1.2.0.tar")
	w.mustSync()
	if got := w.versions("top"); !slices.Equal(got, []string{"1.0.0", "1.1.0", "1.2.0"}) {
		t.Errorf("top has %v", got)
	}
}

// What clients need of a release survives: retirement and advisories, counted
// anew, and fields that nobody here knows.
func TestFilteredIndexKeepsWhatItDoesNotDrop(t *testing.T) {
	w := newWorld(t)
	w.library()
	w.Retire("base", "1.2.0", registry.RetiredDeprecated, "use 2.0")
	w.Advise("base", registry.Advisory{ID: "CVE-1", Summary: "bad"}, "1.0.0", "2.0.0")
	w.options.Packages, w.options.Index, w.options.SigningKey = []string{"base >= 1.2.0"}, "filtered", w.siteKey()
	w.mustSync()
	w.listsOnlyWhatIsHere()
	up, here := w.Package("base"), w.published("base")
	for _, r := range here.Releases {
		want, _ := up.Release(r.Version)
		if (want.Retired == nil) != (r.Retired == nil) || len(up.AdvisoriesOf(want)) != len(here.AdvisoriesOf(r)) {
			t.Errorf("base %s: %+v, want %+v", r.Version, r, want)
		}
	}
	versions, err := w.trust().Versions(w.read("versions"))
	if err != nil {
		t.Fatal(err)
	}
	want := registry.VersionedPackage{
		Name: "base", Versions: []string{"1.2.0", "2.0.0-rc.1", "2.0.0", "2.1.0-rc.1"}, Retired: []uint32{0}, WithAdvisories: []uint32{2},
	}
	if !versions.Packages[0].Equal(want) {
		t.Errorf("versions has %+v, want %+v", versions.Packages[0], want)
	}
}

func TestFilteredKeyIsMadeOnceAndPublished(t *testing.T) {
	w := newWorld(t)
	w.library()
	w.options.Packages, w.options.Index = []string{"base"}, "filtered"
	w.mustSync()
	first := string(w.read("public_key"))
	w.Publish("base", "3.0.0")
	w.mustSync()
	if string(w.read("public_key")) != first {
		t.Error("the key changed between runs")
	}
	if first == string(w.PublicKey().PEM()) {
		t.Error("upstream's key is published with a filtered index")
	}
}

func TestChangedSiteKeySignsEverythingAnew(t *testing.T) {
	w := newWorld(t)
	w.library()
	w.options.Index = "filtered"
	w.mustSync() // a key of its own
	w.options.SigningKey = w.siteKey()
	w.mustSync() // verifies
	if string(w.read("public_key")) != string(siteKey().Public().PEM()) {
		t.Error("the configured key is not published")
	}
}

func TestDeny(t *testing.T) {
	w := newWorld(t)
	w.library()
	w.mustSync()
	w.options.Deny = []string{"unrelated"}
	run := w.mustSync()
	if slices.Contains(w.packages(), "unrelated") || slices.Contains(w.tarballs(), "unrelated-1.0.0") {
		t.Error("what is denied is still here")
	}
	if n, ok := run.Notice("withdrawn"); ok {
		t.Errorf("upstream is said to have withdrawn what is denied: %+v", n)
	}
	w.options.Packages, w.options.Deny = []string{"middle"}, []string{"base"}
	run = w.mustSync()
	w.wantNotice(run, "missing-dependency", "middle 1.0.0 needs base, which deny leaves out")
	w.options.Packages = nil
	w.options.Deny = []string{"base ~> 1.0"}
	w.options.Locks = []string{w.mixLock("base 1.0.0", "base 2.0.0", "unrelated 1.0.0")}
	run = w.mustSync()
	w.wantTarballs("base-2.0.0", "unrelated-1.0.0")
	w.wantNotice(run, "denied", "base 1.0.0")
}
