package julia_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/ecosystemtest"
	"github.com/offmirror/offmirror/ecosystems/julia"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/juliaup"
)

// Julia itself keeps the promises of drivers, too. Nightly builds are left out: that they
// have changed shows only by fetching them, and their list is not served as it is.
func TestConformanceOfReleases(t *testing.T) {
	ecosystemtest.Run(t, ecosystemtest.Suite{
		Ecosystem: julia.Ecosystem(),
		Upstream:  examinedReleases,
	})
}

func examinedReleases(t *testing.T) ecosystemtest.Upstream {
	var active sync.WaitGroup // answers under way: they are in the log only when they have ended
	up := juliatest.New()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		active.Add(1)
		defer active.Done()
		up.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	for _, v := range []string{"1.10.9", "1.11.5"} {
		up.PublishJulia(juliatest.Julia{Version: v})
	}
	up.PublishJuliaup("1.0.91", "1.18.9")
	o := julia.Ecosystem().Options().(*julia.Options)
	o.Upstream, o.ReleasesUpstream, o.NightlyUpstream = "", server.URL, server.URL
	o.Releases, o.Juliaup = []string{"lts", "release", "1.11.5"}, true
	o.Platforms = []string{"x86_64-linux-gnu", "aarch64-apple-darwin", "x86_64-w64-mingw32"}
	return ecosystemtest.Upstream{
		Options: o,
		Requests: func() []string {
			active.Wait()
			var paths []string
			for _, r := range up.Requests() {
				if r.Method == http.MethodGet {
					paths = append(paths, r.Path)
				}
			}
			return paths
		},
		Index: func(path string) bool {
			return path == "bin/versions.json" || strings.HasSuffix(path, "VERSION") || strings.HasPrefix(path, "juliaup/versiondb/")
		},
		Publish: func(*testing.T) {
			up.PublishJulia(juliatest.Julia{Version: "1.11.6"})
			up.PublishJuliaup("1.0.92", "1.18.10")
		},
		Attack: func(*testing.T) {
			up.Tamper(juliaup.VersionPath, func([]byte) []byte { return []byte("1.0.92+../../../../etc/passwd") })
		},
	}
}
