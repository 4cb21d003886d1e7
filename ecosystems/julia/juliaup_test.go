package julia_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/juliaup"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

const linux = "x86_64-unknown-linux-gnu"

func newJuliaupWorld(t *testing.T, selectors ...string) *world {
	w := newJuliaWorld(t, selectors...)
	w.PublishJuliaup("1.0.91", "1.18.9")
	w.options.Juliaup = true
	return w
}

// database reads what juliaup reads: the version, then the database of a target.
func (w *world) database(target string) *juliaup.Database {
	w.t.Helper()
	v, err := version.Parse(string(w.published(juliaup.VersionPath)))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, path := range juliaup.PreviewVersionPaths {
		if got := string(w.published(path)); got != v.String() {
			w.t.Errorf("%s says %s", path, got)
		}
	}
	d, err := juliaup.Parse(w.published(juliaup.DatabasePath(v, target)))
	if err != nil {
		w.t.Fatal(err)
	}
	if d.Version != v {
		w.t.Errorf("%s: the database says that it is %s", v, d.Version)
	}
	return d
}

func channels(d *juliaup.Database) map[string]string {
	all := map[string]string{}
	for _, c := range d.Channels {
		all[c.Name] = c.Key
	}
	return all
}

func TestJuliaup(t *testing.T) {
	w := newJuliaupWorld(t, "lts", "1.11")
	o := w.mustSync()
	if len(o.Missing) > 0 || len(o.Notices) > 0 {
		t.Errorf("missing %v, notices %v", o.Missing, o.Notices)
	}
	d := w.database(linux)
	if d.Version.String() != "1.0.92000" {
		t.Errorf("version %s", d.Version)
	}
	lts, release := "1.10.9+0.x64.linux.gnu", "1.11.5+0.x64.linux.gnu"
	want := map[string]string{}
	for name, key := range map[string]string{
		"lts": lts, "1.10": lts, "1.10.9": lts, "release": release, "1": release, "1.11": release, "1.11.5": release,
		"rc": release, "beta": release, "alpha": release, // for want of 1.12.0-rc1
	} {
		want[name], want[name+"~x64"] = key, key
	}
	if diff := cmp.Diff(want, channels(d)); diff != "" {
		t.Errorf("channels, -want +got:\n%s", diff)
	}
	if len(d.Builds) != 2 {
		t.Errorf("%+v", d.Builds)
	}
	for _, b := range d.Builds {
		w.want(true, b.Path)
	}
	for _, target := range juliaup.Targets {
		if n := len(w.database(target).Builds); (n > 0) != strings.HasPrefix(target, "x86_64-unknown-linux") {
			t.Errorf("%s has %d builds", target, n)
		}
	}
	programs := []string{
		"juliaup/bin/juliainstaller-1.18.9-x86_64-unknown-linux-gnu", "juliaup/bin/juliainstaller-1.18.9-x86_64-unknown-linux-musl",
		"juliaup/bin/juliaup-1.18.9-x86_64-unknown-linux-gnu.tar.gz", "juliaup/bin/juliaup-1.18.9-x86_64-unknown-linux-musl.tar.gz",
	}
	if diff := cmp.Diff(programs, w.below("juliaup/bin/")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, path := range append(programs, "install.sh", "juliaup/RELEASECHANNELVERSION") {
		if string(w.published(path)) != string(w.upstreamHas(path)) {
			t.Errorf("%s is not upstream's", path)
		}
	}
}

func TestUnchangedJuliaupCostsTwoRequestsMore(t *testing.T) {
	w := newJuliaupWorld(t, "lts")
	w.mustSync()
	w.asked()
	if o := w.sync(ecosystems.Selection{}); o.Err != nil || !o.Unchanged {
		t.Fatalf("%+v", o)
	}
	want := []string{"bin/versions.json", "juliaup/RELEASECHANNELDBVERSION", "juliaup/RELEASECHANNELVERSION"}
	if diff := cmp.Diff(want, w.asked()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// The version of the database grows with each change of what it says, and only then.
func TestDatabaseVersions(t *testing.T) {
	w := newJuliaupWorld(t, "lts")
	step := func(what, want string) {
		t.Helper()
		if o := w.mustSync(); len(o.Missing) > 0 {
			t.Errorf("%s: missing %v", what, o.Missing)
		}
		if got := w.database(linux).Version.String(); got != want {
			t.Errorf("%s: version %s, want %s", what, got, want)
		}
	}
	step("first", "1.0.92000")
	w.PublishJuliaup("1.0.91", "1.18.10")
	step("another juliaup", "1.0.92000")
	w.want(true, "juliaup/bin/juliaup-1.18.10-"+linux+".tar.gz")
	w.want(false, "juliaup/bin/juliaup-1.18.9-"+linux+".tar.gz")
	w.options.Releases = []string{"lts", "1.10.8"}
	step("another selection", "1.0.92001")
	w.options.Releases = []string{"lts"}
	step("back", "1.0.92002")
	w.PublishJulia(juliatest.Julia{Version: "1.11.6"})
	w.PublishJuliaup("1.0.92", "1.18.10")
	step("a release that is not mirrored", "1.0.92002")
	w.PublishJulia(juliatest.Julia{Version: "1.10.10"})
	w.PublishJuliaup("1.0.93", "1.18.10")
	step("a release that is", "1.0.94000")
	w.PublishJuliaup("1.1.0", "1.18.10")
	step("another series of versions", "1.1.1000")
}

// Databases that upstream has not written for a target are no reason to fail.
func TestMissingDatabase(t *testing.T) {
	w := newJuliaupWorld(t, "lts")
	path := "juliaup/versiondb/versiondb-1.0.91-x86_64-unknown-freebsd.json"
	w.Remove(path)
	o := w.mustSync()
	if len(o.Missing) != 1 || o.Missing[0].Path != path || !o.Missing[0].Absent {
		t.Errorf("missing: %+v", o.Missing)
	}
	w.database(linux)
}

func TestBadJuliaup(t *testing.T) {
	database := "juliaup/versiondb/versiondb-1.0.91-" + linux + ".json"
	text := func(s string) func([]byte) []byte { return func([]byte) []byte { return []byte(s) } }
	for name, c := range map[string]struct {
		path, word string
		edit       func([]byte) []byte
	}{
		"version":         {juliaup.VersionPath, "RELEASECHANNELDBVERSION", text("<html>")},
		"path":            {juliaup.VersionPath, "RELEASECHANNELDBVERSION", text("1.0.0/../../x")},
		"no version":      {juliaup.VersionPath, "RELEASECHANNELDBVERSION", text("")},
		"huge version":    {juliaup.VersionPath, "RELEASECHANNELDBVERSION", text("1.0.0" + strings.Repeat(" ", 1<<20))},
		"program version": {juliaup.ProgramVersionPath, "RELEASECHANNELVERSION", text("1/2")},
		"database":        {database, database, text("{}")},
		"escaping": {database, "not below bin/", text(`{"Version": "1.0.91", "AvailableChannels": {},
			"AvailableVersions": {"1.10.9+0.x64.linux.gnu": {"UrlPath": "bin/../../x"}}}`)},
		"program":   {"juliaup/bin/juliaup-1.18.9-" + linux + ".tar.gz", "gzip", text("<html>")},
		"cut off":   {"juliaup/bin/juliaup-1.18.9-" + linux + ".tar.gz", "juliaup-1.18.9", func(data []byte) []byte { return data[:len(data)-9] }},
		"installer": {"juliaup/bin/juliainstaller-1.18.9-" + linux, "no program", text("<html>")},
		"script":    {"install.sh", "no script", text("<html>")},
	} {
		t.Run(name, func(t *testing.T) {
			w := newJuliaupWorld(t, "lts")
			w.Tamper(c.path, c.edit)
			w.mustFail(c.word)
			w.Tamper(c.path, nil)
			w.mustSync()
		})
	}
}

// What a database says of other paths is not believed: it names what is here.
func TestDatabaseNamesWhatArrived(t *testing.T) {
	w := newJuliaupWorld(t, "lts", "1.11")
	w.Remove(stable)
	if o := w.sync(ecosystems.Selection{AllowPartial: true}); o.Err != nil {
		t.Fatal(o.Err)
	}
	d := w.database(linux)
	if len(d.Builds) != 1 || channels(d)["release"] != "1.10.9+0.x64.linux.gnu" {
		t.Errorf("%+v", d)
	}
	w.Restore(stable)
	w.mustSync()
	if d := w.database(linux); len(d.Builds) != 2 || d.Version.String() != "1.0.92001" {
		t.Errorf("%+v", d)
	}
}

func TestJuliaupWithoutReleases(t *testing.T) {
	w := newJuliaupWorld(t)
	o := w.mustSync()
	if _, ok := o.Notice("juliaup-empty"); !ok {
		t.Errorf("notices: %v", o.Notices)
	}
	w.want(false, "bin/versions.json")
	w.want(true, juliaup.VersionPath, "juliaup/RELEASECHANNELVERSION")
}

func TestUpstreamWithoutJuliaup(t *testing.T) {
	w := newJuliaWorld(t, "lts")
	w.options.Juliaup = true
	w.mustFail("juliaup", "RELEASECHANNELDBVERSION")
	w.PublishJuliaup("1.0.91", "1.18.9")
	w.Remove("juliaup/RELEASECHANNELVERSION")
	w.Remove("install.sh")
	o := w.mustSync()
	if _, ok := o.Notice("no-juliaup"); !ok || len(o.Missing) > 0 {
		t.Errorf("missing %v, notices %v", o.Missing, o.Notices)
	}
	w.Restore("juliaup/RELEASECHANNELVERSION")
	w.Remove("juliaup/bin/")
	o = w.mustSync()
	if _, ok := o.Notice("no-juliaup"); !ok || len(o.Missing) > 0 {
		t.Errorf("missing %v, notices %v", o.Missing, o.Notices)
	}
	w.want(false, "juliaup/RELEASECHANNELVERSION", "install.sh")
	w.want(true, juliaup.VersionPath)
}
