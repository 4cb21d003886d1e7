package juliatest_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/juliaup"
	"github.com/offmirror/offmirror/ecosystems/julia/releases"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// withJulias publishes some Julias.
func withJulias(options ...juliatest.Option) *juliatest.Upstream {
	up := juliatest.New(options...)
	for _, v := range []string{"1.9.4", "1.10.4", "1.10.5", "1.11.0", "1.12.0-beta2", "1.12.0-rc1"} {
		up.PublishJulia(juliatest.Julia{Version: v})
	}
	return up
}

func TestVersionsJSON(t *testing.T) {
	up := withJulias()
	ix, err := releases.Parse(body(t, up, "bin/versions.json"))
	if err != nil || len(ix.Problems) > 0 || len(ix.Releases) != 6 {
		t.Fatal(err, ix)
	}
	r := ix.Releases[1]
	if r.Version.String() != "1.10.4" || !r.Stable || ix.Releases[5].Stable {
		t.Error(r.Version, r.Stable)
	}
	var paths []string
	for _, f := range r.Files {
		paths = append(paths, f.Kind+" "+f.Path)
		data := body(t, up, f.Path)
		if sha256Hex(data) != f.SHA256.Hex || int64(len(data)) != f.Size || f.URL != releases.Server+"/"+f.Path {
			t.Errorf("%+v", f)
		}
		if signed := strings.HasPrefix(f.Path, "bin/linux/") || strings.HasPrefix(f.Path, "bin/musl/") || strings.HasPrefix(f.Path, "bin/freebsd/"); signed {
			if f.Signature != string(body(t, up, f.Path+".asc")) || !strings.HasPrefix(f.Signature, "-----BEGIN PGP SIGNATURE-----\n") {
				t.Errorf("%s: %q", f.Path, f.Signature)
			}
		} else if f.Signature != "" || get(t, up, f.Path+".asc").Code != http.StatusNotFound {
			t.Errorf("%s is signed", f.Path)
		}
		for _, sums := range r.Checksums() {
			if !bytes.Contains(body(t, up, sums), []byte("  "+path.Base(f.Path)+"\n")) {
				t.Errorf("%s lacks %s", sums, f.Path)
			}
		}
		if !bytes.Contains(body(t, up, r.Checksums()[0]), []byte(f.SHA256.Hex)) {
			t.Errorf("%s lacks the sum of %s", r.Checksums()[0], f.Path)
		}
	}
	want := []string{
		"archive bin/linux/x64/1.10/julia-1.10.4-linux-x86_64.tar.gz",
		"archive bin/linux/x86/1.10/julia-1.10.4-linux-i686.tar.gz",
		"archive bin/linux/aarch64/1.10/julia-1.10.4-linux-aarch64.tar.gz",
		"archive bin/musl/x64/1.10/julia-1.10.4-musl-x86_64.tar.gz",
		"installer bin/mac/x64/1.10/julia-1.10.4-mac64.dmg",
		"archive bin/mac/x64/1.10/julia-1.10.4-mac64.tar.gz",
		"installer bin/mac/aarch64/1.10/julia-1.10.4-macaarch64.dmg",
		"archive bin/mac/aarch64/1.10/julia-1.10.4-macaarch64.tar.gz",
		"installer bin/winnt/x64/1.10/julia-1.10.4-win64.exe",
		"archive bin/winnt/x64/1.10/julia-1.10.4-win64.tar.gz",
		"archive bin/winnt/x64/1.10/julia-1.10.4-win64.zip",
		"installer bin/winnt/x86/1.10/julia-1.10.4-win32.exe",
		"archive bin/winnt/x86/1.10/julia-1.10.4-win32.tar.gz",
		"archive bin/winnt/x86/1.10/julia-1.10.4-win32.zip",
		"archive bin/freebsd/x64/1.10/julia-1.10.4-freebsd-x86_64.tar.gz",
	}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Error(diff)
	}
}

func TestArchivesOfJulia(t *testing.T) {
	up := juliatest.New(juliatest.WithReleasesURL("http://127.0.0.1:1", "http://127.0.0.1:2"))
	up.PublishJulia(juliatest.Julia{Version: "1.10.4", Platforms: []string{"x86_64-w64-mingw32"}, Size: 5000})
	var list map[string]struct {
		Files []struct {
			Tree      string `json:"git-tree-sha1"`
			OS        string
			URL       string
			Extension string
		}
	}
	if err := json.Unmarshal(body(t, up, "bin/versions.json"), &list); err != nil {
		t.Fatal(err)
	}
	for _, f := range list["1.10.4"].Files {
		if f.OS != "winnt" {
			t.Error(f.OS)
		}
		at, ok := strings.CutPrefix(f.URL, "http://127.0.0.1:1/")
		if !ok {
			t.Fatal(f.URL)
		}
		switch f.Extension {
		case "tar.gz":
			hash, err := treehash.ParseHash(f.Tree)
			if err != nil {
				t.Fatal(err)
			}
			e, ok := tree(t, up, at, hash, treehash.Full).Entry("julia-1.10.4/bin/julia")
			if !ok || e.Kind != treehash.Executable {
				t.Error(e)
			}
		case "zip":
			data := body(t, up, at)
			z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
			if err != nil || !slices.ContainsFunc(z.File, func(f *zip.File) bool { return f.Name == "julia-1.10.4/bin/julia" }) {
				t.Error(z, err)
			}
		default:
			if f.Tree != "" {
				t.Errorf("%s has a tree", f.URL)
			}
		}
		if n := len(body(t, up, at)); n < 5000 {
			t.Errorf("%s has %d bytes", at, n)
		}
	}
	before := body(t, up, "bin/versions.json")
	up.PublishJulia(juliatest.Julia{Version: "1.10.4", Platforms: []string{"x86_64-w64-mingw32"}, Size: 6000})
	if bytes.Equal(before, body(t, up, "bin/versions.json")) {
		t.Error("nothing is replaced")
	}
}

func TestJuliaup(t *testing.T) {
	up := withJulias()
	up.PublishJuliaup("1.0.91", "1.18.9")
	for _, p := range append([]string{juliaup.VersionPath}, juliaup.PreviewVersionPaths...) {
		if got := string(body(t, up, p)); got != "1.0.91\n" {
			t.Errorf("%s: %q", p, got)
		}
	}
	self := strings.TrimSpace(string(body(t, up, "juliaup/RELEASECHANNELVERSION")))
	for _, target := range juliaup.Targets {
		d, err := juliaup.Parse(body(t, up, juliaup.DatabasePath(version.MustParse("1.0.91"), target)))
		if err != nil || d.Version.String() != "1.0.91" || len(d.Builds)%6 != 0 || len(d.Builds) == 0 {
			t.Errorf("%s: %+v %v", target, d, err)
			continue
		}
		for _, b := range d.Builds {
			body(t, up, b.Path)
		}
		exe := ""
		if strings.Contains(target, "windows") {
			exe = ".exe"
		}
		body(t, up, "juliaup/bin/juliainstaller-"+self+"-"+target+exe)
		if _, err := treehash.Sum(bytes.NewReader(body(t, up, "juliaup/bin/juliaup-"+self+"-"+target+".tar.gz")), treehash.Limits{}); err != nil {
			t.Error(err)
		}
	}
	d, err := juliaup.Parse(body(t, up, "juliaup/versiondb/versiondb-1.0.91-x86_64-unknown-linux-gnu.json"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, c := range d.Channels {
		got[c.Name] = c.Key
	}
	for name, key := range map[string]string{
		"release": "1.11.0+0.x64.linux.gnu", "release~x86": "1.11.0+0.x86.linux.gnu", "release~x64": "1.11.0+0.x64.linux.gnu",
		"lts": "1.10.5+0.x64.linux.gnu", "rc": "1.12.0-rc1+0.x64.linux.gnu", "beta": "1.12.0-rc1+0.x64.linux.gnu",
		"1": "1.11.0+0.x64.linux.gnu", "1.10": "1.10.5+0.x64.linux.gnu", "1.9": "1.9.4+0.x64.linux.gnu",
		"1.10.4": "1.10.4+0.x64.linux.gnu", "1.12.0-beta2~x86": "1.12.0-beta2+0.x86.linux.gnu", "1.12": "",
	} {
		if got[name] != key {
			t.Errorf("%s leads to %s", name, got[name])
		}
	}
	if !bytes.Contains(body(t, up, "install.sh"), []byte("${JULIAUP_SERVER:-"+releases.Server+"}")) {
		t.Error("install.sh")
	}
	up.PublishJulia(juliatest.Julia{Version: "1.12.0"})
	up.PublishJuliaup("1.0.92", "1.18.9")
	body(t, up, "juliaup/versiondb/versiondb-1.0.91-aarch64-apple-darwin.json")
	newer, err := juliaup.Parse(body(t, up, "juliaup/versiondb/versiondb-1.0.92-aarch64-apple-darwin.json"))
	if err != nil || len(newer.Builds) != 2*7 {
		t.Error(newer, err)
	}
}

// TestDatabaseLooksReal compares a text with what juliaup's own tools write.
func TestDatabaseLooksReal(t *testing.T) {
	up := juliatest.New()
	up.PublishJulia(juliatest.Julia{Version: "1.13.0-alpha1", Platforms: []string{"x86_64-linux-gnu"}})
	up.PublishJulia(juliatest.Julia{Version: "1.13.0-DEV", Platforms: []string{"x86_64-linux-gnu"}})
	up.PublishJuliaup("1.0.91", "1.18.9")
	want := `{
    "AvailableVersions": {
        "1.13.0-DEV+0.x64.linux.gnu": {
            "UrlPath": "bin/linux/x64/1.13/julia-1.13.0-DEV-linux-x86_64.tar.gz"
        },
        "1.13.0-alpha1+0.x64.linux.gnu": {
            "UrlPath": "bin/linux/x64/1.13/julia-1.13.0-alpha1-linux-x86_64.tar.gz"
        }
    },
    "AvailableChannels": {
        "1.13.0-DEV": {
            "Version": "1.13.0-DEV+0.x64.linux.gnu"
        },
        "1.13.0-DEV~x64": {
            "Version": "1.13.0-DEV+0.x64.linux.gnu"
        },
        "1.13.0-alpha1": {
            "Version": "1.13.0-alpha1+0.x64.linux.gnu"
        },
        "1.13.0-alpha1~x64": {
            "Version": "1.13.0-alpha1+0.x64.linux.gnu"
        },
        "alpha": {
            "Version": "1.13.0-alpha1+0.x64.linux.gnu"
        },
        "alpha~x64": {
            "Version": "1.13.0-alpha1+0.x64.linux.gnu"
        }
    },
    "Version": "1.0.91"
}`
	if diff := cmp.Diff(want, string(body(t, up, "juliaup/versiondb/versiondb-1.0.91-x86_64-unknown-linux-musl.json"))); diff != "" {
		t.Error(diff)
	}
}

func TestNightlies(t *testing.T) {
	up := juliatest.New(juliatest.WithReleasesURL("http://127.0.0.1:1", "http://127.0.0.1:2"))
	up.PublishNightly("", "1.14.0-DEV", "one", "x86_64-linux-gnu", "aarch64-apple-darwin14")
	up.PublishNightly("1.13", "1.13.1", "one", "x86_64-linux-gnu")
	const at = "bin/linux/x86_64/julia-latest-linux-x86_64.tar.gz"
	host, err := artifacts.ParsePlatform("x86_64-linux-gnu")
	if err != nil {
		t.Fatal(err)
	}
	if p, err := releases.NightlyPath("", host, "tar.gz"); err != nil || p != at {
		t.Error(p, err)
	}
	first := get(t, up, at).Header().Get("ETag")
	if w := get(t, up, at, "If-None-Match", first); w.Code != http.StatusNotModified {
		t.Error(w.Code)
	}
	body(t, up, at+".asc")
	body(t, up, "bin/macos/aarch64/julia-latest-macos-aarch64.dmg")
	body(t, up, "bin/linux/x86_64/1.13/julia-latest-linux-x86_64.tar.gz")
	up.PublishNightly("", "1.14.0-DEV", "two", "x86_64-linux-gnu")
	if w := get(t, up, at, "If-None-Match", first); w.Code != http.StatusOK {
		t.Error(w.Code)
	}
	var list map[string]struct {
		Files []struct{ URL, OS, Kind, Extension string }
	}
	if err := json.Unmarshal(body(t, up, "bin/nightlies.json"), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || fmt.Sprint(list["nightly"].Files) != "[{http://127.0.0.1:2/"+at+" linux archive tar.gz}]" {
		t.Error(list)
	}
}
