package julia_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/releases"
	"github.com/offmirror/offmirror/layout"
)

const (
	lts     = "bin/linux/x64/1.10/julia-1.10.9-linux-x86_64.tar.gz"
	stable  = "bin/linux/x64/1.11/julia-1.11.5-linux-x86_64.tar.gz"
	ltsSums = "bin/checksums/julia-1.10.9.sha256"
	ltsMD5  = "bin/checksums/julia-1.10.9.md5"
)

// newJuliaWorld is a world with Julia itself and nothing else: the mirror has no
// packages, for Linux on x86-64.
func newJuliaWorld(t *testing.T, selectors ...string) *world {
	t.Helper()
	w := newWorld(t)
	for _, v := range []string{"1.10.8", "1.10.9", "1.11.5", "1.12.0-rc1"} {
		w.PublishJulia(juliatest.Julia{Version: v})
	}
	w.options.Upstream = ""
	w.options.ReleasesUpstream, w.options.NightlyUpstream = w.url, w.url
	w.options.Platforms = []string{"x86_64-linux-gnu"}
	w.options.Releases = selectors
	return w
}

// below returns the published paths that begin with prefix, sorted.
func (w *world) below(prefix string) []string {
	paths := []string{}
	for path := range w.root.Files() {
		if strings.HasPrefix(path, prefix) {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// mustFail syncs, and wants an error that says all of words, and nothing changed.
func (w *world) mustFail(words ...string) {
	w.t.Helper()
	before := w.root.Files()
	o := w.sync(ecosystems.Selection{})
	if o.Err == nil {
		w.t.Fatal("no error")
	}
	for _, word := range words {
		if !strings.Contains(o.Err.Error(), word) {
			w.t.Errorf("error %q does not say %q", o.Err, word)
		}
	}
	if diff := cmp.Diff(before, w.root.Files()); diff != "" {
		w.t.Errorf("the mirror changed:\n%s", diff)
	}
}

// published returns the bytes of a published file.
func (w *world) published(path string) (data []byte) {
	w.t.Helper()
	w.root.Current(func(view layout.View) { data = w.read(view, path) })
	return data
}

// upstreamHas returns what upstream serves at a path.
func (w *world) upstreamHas(path string) []byte {
	w.t.Helper()
	resp, err := http.Get(w.url + "/" + path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		w.t.Fatalf("%s: %s, %v", path, resp.Status, err)
	}
	return b.Bytes()
}

func TestReleases(t *testing.T) {
	for selectors, want := range map[string][]string{
		"lts":            {"1.10.9"},
		"1.10":           {"1.10.9"},
		"1.10.8":         {"1.10.8"},
		"release lts":    {"1.10.9", "1.11.5"},
		"rc":             {"1.12.0-rc1"},
		"all":            {"1.10.8", "1.10.9", "1.11.5"},
		"all 1.12.0-rc1": {"1.10.8", "1.10.9", "1.11.5", "1.12.0-rc1"},
	} {
		t.Run(selectors, func(t *testing.T) {
			w := newJuliaWorld(t, strings.Fields(selectors)...)
			o := w.mustSync()
			if len(o.Missing) > 0 || len(o.Notices) > 0 {
				t.Errorf("missing %v, notices %v", o.Missing, o.Notices)
			}
			files := []string{"bin/versions.json"}
			for _, v := range want {
				archive := "bin/linux/x64/" + v[:4] + "/julia-" + v + "-linux-x86_64.tar.gz"
				files = append(files, "bin/checksums/julia-"+v+".md5", "bin/checksums/julia-"+v+".sha256", archive, archive+".asc")
			}
			slices.Sort(files)
			if diff := cmp.Diff(files, w.below("bin/")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			for _, path := range files {
				if string(w.published(path)) != string(w.upstreamHas(path)) {
					t.Errorf("%s is not upstream's", path)
				}
			}
		})
	}
}

func TestReleasesOfPlatforms(t *testing.T) {
	w := newJuliaWorld(t, "lts")
	w.options.Platforms = []string{"aarch64-apple-darwin", "x86_64-w64-mingw32", "powerpc64le-linux-gnu"}
	o := w.mustSync()
	if diff := cmp.Diff([]string{
		"bin/mac/aarch64/1.10/julia-1.10.9-macaarch64.dmg", "bin/mac/aarch64/1.10/julia-1.10.9-macaarch64.tar.gz",
	}, w.below("bin/mac")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{
		"bin/winnt/x64/1.10/julia-1.10.9-win64.exe", "bin/winnt/x64/1.10/julia-1.10.9-win64.tar.gz", "bin/winnt/x64/1.10/julia-1.10.9-win64.zip",
	}, w.below("bin/winnt")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if n, ok := o.Notice("no-release"); !ok || !strings.Contains(n.Text, "powerpc64le-linux-gnu") || !strings.Contains(n.Text, "1.10.9") {
		t.Errorf("notices: %v", o.Notices)
	}
	w.options.Platforms = []string{"all"}
	w.mustSync()
	for _, dir := range []string{"linux/x64", "linux/x86", "linux/aarch64", "musl/x64", "mac/x64", "winnt/x86", "freebsd/x64"} {
		if len(w.below("bin/"+dir+"/1.10/")) == 0 {
			t.Errorf("nothing below bin/%s", dir)
		}
	}
}

func TestUnchangedReleasesCostOneRequest(t *testing.T) {
	w := newJuliaWorld(t, "lts", "release")
	w.mustSync()
	w.asked()
	o := w.sync(ecosystems.Selection{})
	if o.Err != nil || !o.Unchanged {
		t.Fatalf("%+v", o)
	}
	for _, r := range w.Requests() {
		if !r.Conditional() || r.Status != http.StatusNotModified {
			t.Errorf("%s is answered with %d", r.Path, r.Status)
		}
	}
	if diff := cmp.Diff([]string{"bin/versions.json"}, w.asked()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What a selector means changes with the list; what none means any more goes.
func TestNewRelease(t *testing.T) {
	w := newJuliaWorld(t, "lts")
	w.mustSync()
	w.PublishJulia(juliatest.Julia{Version: "1.10.10"})
	w.asked()
	w.mustSync()
	newer := "bin/linux/x64/1.10/julia-1.10.10-linux-x86_64.tar.gz"
	if diff := cmp.Diff([]string{
		"bin/checksums/julia-1.10.10.md5", "bin/checksums/julia-1.10.10.sha256", newer, "bin/versions.json",
	}, w.asked()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	w.want(true, newer, newer+".asc")
	w.want(false, lts, lts+".asc", ltsSums, ltsMD5)
}

func TestReplacedReleaseIsFetchedAnew(t *testing.T) {
	w := newJuliaWorld(t, "lts", "release")
	w.mustSync()
	old := w.root.Files()
	w.PublishJulia(juliatest.Julia{Version: "1.10.9", Size: 10})
	w.asked()
	w.mustSync()
	files := w.root.Files()
	for _, path := range []string{lts, lts + ".asc", ltsSums, ltsMD5, "bin/versions.json"} {
		if files[path] == old[path] || files[path] == "" {
			t.Errorf("%s is still the old one", path)
		}
	}
	if files[stable] != old[stable] || slices.Contains(w.asked(), stable) {
		t.Error("what was not replaced was fetched again")
	}
}

func TestPlanOfReleases(t *testing.T) {
	w := newJuliaWorld(t, "lts")
	plan, err := w.root.Plan(w.driver(), ecosystems.Selection{})
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range plan.Items {
		if it.Path == lts && (it.Package != "julia" || it.Platform != "x86_64-linux-gnu" || it.Size != int64(len(w.upstreamHas(lts))) || it.Held || it.URL != w.url+"/"+lts) {
			t.Errorf("%+v", it)
		}
		if it.Size < 0 {
			t.Errorf("%s: nobody knows the size", it.Path)
		}
	}
	if len(plan.Items) != 6 { // with the list of no registries at all
		t.Errorf("%d items: %+v", len(plan.Items), plan.Items)
	}
	for _, r := range w.Requests() {
		if r.Method == http.MethodGet && r.Path != "bin/versions.json" && r.Path != lts {
			t.Errorf("planning fetches %s", r.Path)
		}
	}
	w.mustSync()
	if plan, err = w.root.Plan(w.driver(), ecosystems.Selection{}); err != nil || !plan.Unchanged {
		t.Errorf("%+v, %v", plan, err)
	}
}

func TestMissingRelease(t *testing.T) {
	w := newJuliaWorld(t, "1.99", "lts")
	o := w.mustSync()
	if len(o.Missing) != 1 || !o.Missing[0].Absent || o.Missing[0].Name != "Julia 1.99" {
		t.Errorf("missing: %+v", o.Missing)
	}
	w.want(true, lts)
}

// The list that a static web server hands out.
func TestLocalVersions(t *testing.T) {
	w := newJuliaWorld(t, "lts")
	w.mustSync()
	w.want(false, "bin/versions.local.json")
	w.options.BaseURL = "https://mirror.example/julia/"
	w.mustSync()
	ix, err := releases.Parse(w.published("bin/versions.local.json"))
	if err != nil || len(ix.Problems) > 0 || len(ix.Releases) != 1 || len(ix.Releases[0].Files) != 1 {
		t.Fatalf("%v: %+v", err, ix)
	}
	if f := ix.Releases[0].Files[0]; f.URL != "https://mirror.example/julia/"+lts || f.Path != lts || f.Signature == "" {
		t.Errorf("%+v", f)
	}
}

// A package mirror and Julia itself in one.
func TestReleasesBesidePackages(t *testing.T) {
	w := newJuliaWorld(t, "lts")
	w.options.Upstream = w.url
	example := w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	w.mustSync()
	w.want(true, lts, example.Path, "registries")
	w.asked()
	if o := w.sync(ecosystems.Selection{}); !o.Unchanged {
		t.Errorf("%+v", o)
	}
	if diff := cmp.Diff([]string{"bin/versions.json", "registries.conservative"}, w.asked()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// listing changes the entry of a file in versions.json.
func (w *world) listing(path string, change func(file map[string]any)) {
	w.Tamper("bin/versions.json", func(data []byte) []byte {
		var list map[string]map[string]any
		if err := json.Unmarshal(data, &list); err != nil {
			panic(err)
		}
		for _, release := range list {
			for _, f := range release["files"].([]any) {
				if file := f.(map[string]any); strings.HasSuffix(file["url"].(string), path) {
					change(file)
				}
			}
		}
		data, err := json.Marshal(list)
		if err != nil {
			panic(err)
		}
		return data
	})
}

func TestSignatureThatOnlyTheServerHas(t *testing.T) {
	w := newJuliaWorld(t, "lts")
	w.listing(lts, func(file map[string]any) { delete(file, "asc") })
	w.mustSync()
	if string(w.published(lts+".asc")) != string(w.upstreamHas(lts+".asc")) {
		t.Error("the signature is not upstream's")
	}
	w = newSerialJuliaWorld(t, w)
	w.Remove(lts + ".asc")
	if o := w.mustSync(); len(o.Missing) > 0 {
		t.Errorf("missing: %v", o.Missing)
	}
	w.want(false, lts+".asc")
	w.want(true, lts)
}

// newSerialJuliaWorld is another mirror of the same upstream.
func newSerialJuliaWorld(t *testing.T, from *world) *world {
	return &world{Upstream: from.Upstream, t: t, url: from.url, root: newRoot(t), options: from.options}
}

// What lies in the folder of an existing mirror is taken from there, if it is what the list says.
func TestAdoptedRelease(t *testing.T) {
	w := newJuliaWorld(t, "lts", "release")
	dir := t.TempDir()
	for path, data := range map[string][]byte{lts: w.upstreamHas(lts), stable: []byte("something else")} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, path), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.asked()
	w.options.Adopt = []string{dir}
	o := w.mustSync()
	if w.Count(lts) != 0 || w.Count(stable) != 1 {
		t.Errorf("%v", w.asked())
	}
	if n, ok := o.Notice("adopt"); !ok || !strings.Contains(n.Text, stable) {
		t.Errorf("notices: %v", o.Notices)
	}
	w.want(true, lts, stable)
}

func TestReleasesOptions(t *testing.T) {
	for key, change := range map[string]func(*julia.Options){
		"releases":          func(o *julia.Options) { o.Releases = []string{"latest"} },
		"lts":               func(o *julia.Options) { o.LTS = "newest" },
		"releases_upstream": func(o *julia.Options) { o.ReleasesUpstream = "ftp://x" },
		"nightly_upstream":  func(o *julia.Options) { o.NightlyUpstream = "x" },
		"base_url":          func(o *julia.Options) { o.BaseURL = "/julia" },
	} {
		o := julia.Ecosystem().Options().(*julia.Options)
		change(o)
		if _, err := julia.New(o); err == nil || !strings.HasPrefix(err.Error(), "julia."+key+":") {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestOtherLTS(t *testing.T) {
	w := newJuliaWorld(t, "lts")
	w.options.LTS = "1.11"
	w.mustSync()
	w.want(true, stable)
	w.want(false, lts)
}

// The memory of juliaup's databases outlives times without them.
func TestDatabaseVersionAfterAPause(t *testing.T) {
	w := newJuliaupWorld(t, "lts")
	w.mustSync()
	w.options.Releases = []string{"release"}
	w.mustSync()
	before := w.database(linux).Version
	w.options.Juliaup, w.options.Releases, w.options.Upstream = false, nil, w.url
	w.mustSync()
	w.want(false, "juliaup/RELEASECHANNELDBVERSION")
	w.options.Juliaup, w.options.Releases = true, []string{"lts"}
	w.mustSync()
	if after := w.database(linux).Version; after.Compare(before) <= 0 {
		t.Errorf("%s after %s", after, before)
	}
}
