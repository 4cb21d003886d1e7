package julia_test

import (
	"encoding/json"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/classic"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
)

func newClassicJuliaWorld(t *testing.T, selectors ...string) *oldWorld {
	t.Helper()
	o := &oldWorld{world: newJuliaWorld(t, selectors...)}
	o.options.Classic = []string{"releases"}
	o.options.MirrorName = "mirror.corp"
	o.PublishNightly("", "1.14.0-DEV.1", "1", "x86_64-linux-gnu")
	o.PublishNightly("1.13", "1.13.0-DEV.7", "1", "x86_64-linux-gnu")
	return o
}

// wantReleases checks which files are below releases/, by their folders, and that each is
// the one below bin/.
func (o *oldWorld) wantReleases(folders map[string][]string) {
	o.t.Helper()
	got := map[string][]string{}
	ids := map[string][]string{} // of the files below bin, by base name
	for name, id := range o.root.Files() {
		if strings.HasPrefix(name, "bin/") {
			ids[path.Base(name)] = append(ids[path.Base(name)], id)
		}
	}
	for name, id := range o.classicFiles() {
		rest, ok := strings.CutPrefix(name, "releases/")
		if folder, file, deep := strings.Cut(rest, "/"); ok && deep {
			got[folder] = append(got[folder], file)
			if !slices.Contains(ids[file], id) {
				o.t.Errorf("%s is no file of bin", name)
			}
		}
	}
	for _, files := range got {
		slices.Sort(files)
	}
	if diff := cmp.Diff(folders, got); diff != "" {
		o.t.Errorf("-want +got:\n%s", diff)
	}
	var info struct {
		Updated  string `json:"last_updated"`
		Versions map[string]struct {
			Subversion string
			Urllist    [][2]string
		}
	}
	if err := json.Unmarshal([]byte(o.content("releases/releaseinfo.json")), &info); err != nil {
		o.t.Fatal(err)
	}
	listed := map[string][]string{}
	status := o.status()["releases"].(map[string]any)
	for folder, v := range info.Versions {
		listed[folder] = nil
		for _, file := range v.Urllist {
			listed[folder] = append(listed[folder], file[0])
			if !strings.HasPrefix(file[1], o.url+"/bin/") || path.Base(file[1]) != file[0] {
				o.t.Errorf("%s: %v", folder, file)
			}
		}
		if said := status[folder].(map[string]any)["subversion"]; v.Subversion != "" && said != v.Subversion {
			o.t.Errorf("%s: status.json says %v, releaseinfo.json %s", folder, said, v.Subversion)
		}
	}
	if diff := cmp.Diff(folders, listed); diff != "" {
		o.t.Errorf("releaseinfo.json: -want +got:\n%s", diff)
	}
	if info.Updated != status["last_updated"] {
		o.t.Errorf("releaseinfo.json is of %s, status.json of %v", info.Updated, status["last_updated"])
	}
}

func filesOf(version string) []string {
	archive := "julia-" + version + "-linux-x86_64.tar.gz"
	return []string{archive, archive + ".asc", "julia-" + version + ".md5", "julia-" + version + ".sha256"}
}

func TestClassicReleasesOfTheConfiguration(t *testing.T) {
	o := newClassicJuliaWorld(t, "1.10.8", "1.10.9", "rc")
	o.mustSync()
	o.wantReleases(map[string][]string{"v1.10": filesOf("1.10.9"), "v1.12": filesOf("1.12.0-rc1")})
	o.want(true, "bin/linux/x64/1.10/julia-1.10.8-linux-x86_64.tar.gz") // is no patch that the layout has a place for
	if got := o.status()["releases"].(map[string]any)["v1.10"].(map[string]any)["subversion"]; got != "v1.10.9" {
		t.Errorf("subversion of v1.10 is %v", got)
	}
}

// Who names no releases gets what julia-mirror had.
func TestClassicReleasesByDefault(t *testing.T) {
	o := newClassicJuliaWorld(t)
	o.mustSync()
	o.wantReleases(map[string][]string{
		"v1.10": filesOf("1.10.9"), "v1.11": filesOf("1.11.5"), "latest": {"julia-latest-linux-x86_64.tar.gz"},
	})
	if config := o.status()["config"].(map[string]any); config["mirror_releases"] != true {
		t.Errorf("config is %v", config)
	}
	if again := o.sync(ecosystems.Selection{}); again.Err != nil || !again.Unchanged {
		t.Errorf("a second run: %+v", again)
	}
}

func TestClassicReleasesFollowUpstream(t *testing.T) {
	o := newClassicJuliaWorld(t)
	o.mustSync()
	first := classic.Time(o.root.Now())
	o.root.Pass(time.Hour)
	o.PublishJulia(juliatest.Julia{Version: "1.11.6"})
	o.mustSync()
	second := classic.Time(o.root.Now())
	o.wantReleases(map[string][]string{
		"v1.10": filesOf("1.10.9"), "v1.11": filesOf("1.11.6"), "latest": {"julia-latest-linux-x86_64.tar.gz"},
	})
	want := map[string]any{
		"status": "updated", "created_time": first, "last_updated": second,
		"v1.10":  map[string]any{"subversion": "v1.10.9", "last_updated": first},
		"v1.11":  map[string]any{"subversion": "v1.11.6", "last_updated": second},
		"latest": map[string]any{"subversion": "latest", "last_updated": first},
	}
	if diff := cmp.Diff(want, o.status()["releases"]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	o.root.Pass(time.Hour)
	o.PublishNightly("", "1.14.0-DEV.2", "2", "x86_64-linux-gnu")
	o.mustSync()
	third := classic.Time(o.root.Now())
	want["last_updated"], want["latest"].(map[string]any)["last_updated"] = third, third
	if diff := cmp.Diff(want, o.status()["releases"]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestClassicReleasesWithoutNightlies(t *testing.T) {
	o := newClassicJuliaWorld(t)
	o.Remove("bin/linux/x86_64/")
	out := o.mustSync()
	if len(out.Missing) > 0 {
		t.Errorf("missing: %v", out.Missing)
	}
	o.wantReleases(map[string][]string{"v1.10": filesOf("1.10.9"), "v1.11": filesOf("1.11.5")})
}

func TestClassicReleaseThatIsLate(t *testing.T) {
	o := newClassicJuliaWorld(t, "1.10.9", "1.11.5")
	o.Remove(stable)
	if out := o.sync(ecosystems.Selection{AllowPartial: true}); out.Err != nil || len(out.Missing) != 1 {
		t.Fatalf("%v, missing %v", out.Err, out.Missing)
	}
	o.wantReleases(map[string][]string{"v1.10": filesOf("1.10.9")})
	o.Restore(stable)
	o.mustSync()
	o.wantReleases(map[string][]string{"v1.10": filesOf("1.10.9"), "v1.11": filesOf("1.11.5")})
}

func TestClassicReleasesInAPlan(t *testing.T) {
	o := newClassicJuliaWorld(t)
	plan, err := o.root.Plan(o.driver(), ecosystems.Selection{})
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, it := range plan.Items {
		if strings.HasPrefix(it.Path, "classic/releases/v1.11/") {
			paths = append(paths, path.Base(it.Path))
			if !it.Held {
				t.Errorf("%s would be fetched twice", it.Path)
			}
		}
	}
	if diff := cmp.Diff(filesOf("1.11.5"), paths); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
