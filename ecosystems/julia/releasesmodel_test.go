package julia_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// Whatever happens to the releases of Julia: each published tree passes its proof, databases of
// juliaup grow in version, and once all is well the mirror has exactly what one has that
// is made then.
func TestAnyHistoryOfReleasesConverges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newSerialWorld(t)
		w.options.Upstream, w.options.ReleasesUpstream, w.options.NightlyUpstream = "", w.url, w.url
		w.options.Platforms = []string{"x86_64-linux-gnu"}
		w.options.Juliaup = true
		h := releaseHistory{world: w, rt: rt, database: 1}
		h.publish()
		h.selects()
		h.mustSync()
		h.grows()
		for range rapid.IntRange(1, 10).Draw(rt, "events") {
			h.event()
		}
		h.converges()
	})
}

type releaseHistory struct {
	*world
	rt       *rapid.T
	versions []string
	broken   []string // paths
	database int
	count    int
	last     version.Version // of the databases
}

func (h *releaseHistory) event() {
	events := map[string]func(){
		"publish": h.publish,
		"replace": func() { h.put(rapid.SampledFrom(h.versions).Draw(h.rt, "version")) },
		"nightly": h.nightly,
		"select":  h.selects,
		"remove":  func() { h.breaks(h.Remove) },
		"tamper":  func() { h.breaks(func(path string) { h.Tamper(path, juliatest.FlipByte) }) },
		"mend":    h.mend,
		"sync":    h.trySync,
	}
	what := rapid.SampledFrom([]string{"publish", "replace", "nightly", "select", "remove", "tamper", "mend", "sync", "sync", "sync"}).Draw(h.rt, "event")
	events[what]()
}

func (h *releaseHistory) publish() {
	v := fmt.Sprintf("1.%d.%d", 10+rapid.IntRange(0, 1).Draw(h.rt, "series"), len(h.versions))
	h.versions = append(h.versions, v)
	h.put(v)
	h.nightly()
}

// put publishes a version, perhaps again, and lets juliaup know.
func (h *releaseHistory) put(v string) {
	h.count++
	h.PublishJulia(juliatest.Julia{Version: v, Size: h.count, Platforms: []string{"x86_64-linux-gnu", "aarch64-apple-darwin14"}})
	if h.database += rapid.IntRange(0, 1).Draw(h.rt, "another version of the database"); h.database > 0 {
		h.PublishJuliaup(fmt.Sprintf("1.0.%d", h.database), fmt.Sprintf("1.18.%d", h.count/3))
	}
}

func (h *releaseHistory) nightly() {
	h.count++
	h.PublishNightly("", "1.14.0-DEV", fmt.Sprint(h.count), "x86_64-linux-gnu")
}

func (h *releaseHistory) selects() {
	all := append([]string{"lts", "release", "1.11", "all", "nightly", "1"}, h.versions...)
	h.options.Releases = rapid.SliceOfNDistinct(rapid.SampledFrom(all), 1, 3, rapid.ID[string]).Draw(h.rt, "releases")
}

func (h *releaseHistory) breaks(how func(path string)) {
	v := rapid.SampledFrom(h.versions).Draw(h.rt, "version")
	series := v[:strings.LastIndexByte(v, '.')]
	path := rapid.SampledFrom([]string{
		"bin/linux/x64/" + series + "/julia-" + v + "-linux-x86_64.tar.gz", "bin/checksums/julia-" + v + ".sha256", "bin/checksums/julia-" + v + ".md5",
		nightly, "bin/versions.json", "bin/nightlies.json", "install.sh", "juliaup/RELEASECHANNELVERSION",
	}).Draw(h.rt, "path")
	if path == "bin/versions.json" || path == "bin/nightlies.json" { // a list with one byte changed is another list
		how = h.Remove
	}
	how(path)
	h.broken = append(h.broken, path)
}

func (h *releaseHistory) mend() {
	for _, path := range h.broken {
		h.Restore(path)
		h.Tamper(path, nil)
	}
	h.broken = nil
}

// trySync may fail, but what is published has to be whole.
func (h *releaseHistory) trySync() {
	h.sync(ecosystems.Selection{AllowPartial: rapid.Bool().Draw(h.rt, "partial")})
	for _, d := range h.root.Verify(h.driver()) {
		h.rt.Fatalf("verify: %+v", d)
	}
	h.grows()
}

// grows checks the version of juliaup's databases.
func (h *releaseHistory) grows() {
	v := h.world.database(linux).Version
	if v.Compare(h.last) < 0 {
		h.rt.Fatalf("database %s after %s", v, h.last)
	}
	h.last = v
}

func (h *releaseHistory) converges() {
	h.mend()
	h.root.Pass(time.Hour)
	if o := h.sync(ecosystems.Selection{Deep: true}); o.Err != nil {
		h.rt.Fatal(o.Err)
	}
	h.grows()
	fresh := &world{Upstream: h.Upstream, t: h.t, url: h.url, root: newRoot(h.t), options: h.options}
	fresh.mustSync()
	if diff := cmp.Diff(withoutDatabases(fresh), withoutDatabases(h.world)); diff != "" {
		h.rt.Fatalf("-fresh +got:\n%s", diff)
	}
	if diff := cmp.Diff(channels(fresh.database(linux)), channels(h.world.database(linux))); diff != "" {
		h.rt.Fatalf("channels, -fresh +got:\n%s", diff)
	}
	h.asked()
	if o := h.sync(ecosystems.Selection{}); !o.Unchanged {
		h.rt.Fatalf("still something new: %v", o.Err)
	}
	for _, path := range h.asked() {
		if !slices.Contains([]string{"bin/versions.json", nightly, "juliaup/RELEASECHANNELDBVERSION", "juliaup/RELEASECHANNELVERSION"}, path) {
			h.rt.Errorf("asked for %s", path)
		}
	}
}

// withoutDatabases returns what is published, but for what depends on the version of the databases.
func withoutDatabases(w *world) map[string]string {
	files := w.root.Files()
	for path := range files {
		if strings.HasPrefix(path, "juliaup/versiondb/") || strings.HasSuffix(path, "DBVERSION") {
			delete(files, path)
		}
	}
	return files
}
