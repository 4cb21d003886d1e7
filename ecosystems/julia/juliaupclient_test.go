package julia_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/releases"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
	"github.com/offmirror/offmirror/layout"
)

// juliaupClient does what juliaup does with a server, of which it knows no more than
// JULIAUP_SERVER.
type juliaupClient struct {
	t       *testing.T
	server  string // JULIAUP_SERVER
	target  string
	bundled string // version of the database inside the program
	misses  []string
}

// get returns what is at a path, nil if nothing is.
func (c *juliaupClient) get(path string) []byte {
	c.t.Helper()
	resp, err := http.Get(c.server + "/" + path)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		c.misses = append(c.misses, path)
		return nil
	}
	return data
}

// update returns the database if there is one that the program takes.
func (c *juliaupClient) update() (channels map[string]string, ok bool) {
	c.t.Helper()
	number := strings.TrimSpace(string(c.get("juliaup/RELEASECHANNELDBVERSION")))
	v, err := version.Parse(number)
	if err != nil {
		c.t.Fatal(err)
	}
	if v.Compare(version.MustParse(c.bundled)) <= 0 {
		return nil, false
	}
	var db struct {
		AvailableVersions map[string]struct{ UrlPath string }
		AvailableChannels map[string]struct{ Version string }
		Version           string
	}
	if err := json.Unmarshal(c.get("juliaup/versiondb/versiondb-"+number+"-"+c.target+".json"), &db); err != nil || db.Version != number {
		c.t.Fatalf("%v, version %q", err, db.Version)
	}
	channels = map[string]string{}
	for name, channel := range db.AvailableChannels {
		channels[name] = db.AvailableVersions[channel.Version].UrlPath
	}
	return channels, true
}

// add downloads a channel, on macOS the disk image if there is one.
func (c *juliaupClient) add(path string) (from string, data []byte) {
	c.t.Helper()
	if image := strings.TrimSuffix(path, ".tar.gz") + ".dmg"; strings.Contains(c.target, "darwin") {
		if data := c.get(image); data != nil {
			return image, data
		}
	}
	return path, c.get(path)
}

// TestJuliaupInstalls has juliaup, of a newer version than the mirror's upstream, install whatever
// it offers, from a mirror below a path.
func TestJuliaupInstalls(t *testing.T) {
	w := newJuliaupWorld(t, "lts", "release", "1.10.8")
	w.options.Platforms = []string{"x86_64-linux-gnu", "aarch64-apple-darwin", "x86_64-w64-mingw32"}
	w.mustSync()
	w.root.Current(func(view layout.View) {
		server := httptest.NewServer(http.StripPrefix("/site/julia", w.driver().Serve(view)))
		defer server.Close()
		listed, err := releases.Parse(w.read(view, "bin/versions.json"))
		if err != nil {
			t.Fatal(err)
		}
		sums := map[string]string{}
		for _, r := range listed.Releases {
			for _, f := range r.Files {
				sums[f.Path] = f.SHA256.Hex
			}
		}
		for _, target := range []string{linux, "x86_64-unknown-linux-musl", "aarch64-apple-darwin", "x86_64-pc-windows-msvc"} {
			c := &juliaupClient{t: t, server: server.URL + "/site/julia", target: target, bundled: "1.0.97"}
			channels, ok := c.update()
			if !ok {
				t.Fatalf("%s: the database is no newer than the one inside juliaup", target)
			}
			for _, name := range []string{"release", "lts", "1", "1.10", "1.10.8", "1.11.5"} {
				if channels[name] == "" {
					t.Errorf("%s: no channel %s", target, name)
				}
			}
			for name, path := range channels {
				from, data := c.add(path)
				sum := sha256.Sum256(data)
				if hex.EncodeToString(sum[:]) != sums[from] {
					t.Errorf("%s: %s is not what versions.json lists at %s", target, name, from)
				}
			}
			exe := ""
			if strings.Contains(target, "windows") {
				exe = ".exe"
			}
			self := strings.TrimSpace(string(c.get("juliaup/RELEASECHANNELVERSION")))
			c.get(fmt.Sprintf("juliaup/bin/juliainstaller-%s-%s%s", self, target, exe))
			c.get(fmt.Sprintf("juliaup/bin/juliaup-%s-%s.tar.gz", self, target))
			c.get("install.sh")
			if len(c.misses) > 0 {
				t.Errorf("%s: the mirror lacks %v", target, c.misses)
			}
		}
	})
}

// A program that has the mirror's database takes the next one.
func TestJuliaupSeesNewReleases(t *testing.T) {
	w := newJuliaupWorld(t, "lts")
	bundled := "1.0.97"
	for i, newer := range []string{"1.10.9", "1.10.10", "1.10.11"} {
		if i > 0 {
			w.PublishJulia(juliatest.Julia{Version: newer})
			w.PublishJuliaup(fmt.Sprintf("1.0.%d", 91+i/2), "1.18.9") // upstream's version may stay
		}
		w.mustSync()
		w.root.Current(func(view layout.View) {
			server := httptest.NewServer(w.driver().Serve(view))
			defer server.Close()
			c := &juliaupClient{t: t, server: server.URL, target: linux, bundled: bundled}
			channels, ok := c.update()
			if want := strings.ReplaceAll(lts, "1.10.9", newer); !ok || channels["lts"] != want {
				t.Errorf("%d: taken %v, lts is %s, want %s", i, ok, channels["lts"], want)
			}
			bundled = string(w.read(view, "juliaup/RELEASECHANNELDBVERSION"))
			if c.bundled = bundled; i > 0 {
				if _, ok := c.update(); ok {
					t.Error("the same database is taken again")
				}
			}
		})
	}
}
