package julia_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
)

func TestMalformedVersions(t *testing.T) {
	for name, data := range map[string][]byte{
		"empty":    {},
		"html":     []byte("<html>please log in</html>"),
		"cut off":  []byte(`{"1.10.9": {"stable": true, "files": [`),
		"a list":   []byte(`[]`),
		"absurdly": append([]byte(`{"1.10.9": {"stable": true, "files": [`), append(bytes.Repeat([]byte("3,"), 200_001), "3]}}"...)...),
	} {
		t.Run(name, func(t *testing.T) {
			w := newJuliaWorld(t, "lts")
			w.mustSync()
			w.Tamper("bin/versions.json", func([]byte) []byte { return data })
			w.mustFail("versions.json")
			w.Tamper("bin/versions.json", nil)
			w.mustSync()
		})
	}
}

func TestHugeVersions(t *testing.T) {
	w := newJuliaWorld(t, "lts")
	w.mustSync()
	w.Tamper("bin/versions.json", func(data []byte) []byte { return append(data, bytes.Repeat([]byte(" "), 65<<20)...) })
	w.mustFail("versions.json")
}

// Servers say now and then that there is no file which is there.
func TestMissingFileIsAPassingFailure(t *testing.T) {
	w := newJuliaWorld(t, "lts", "release")
	w.mustSync()
	w.PublishJulia(juliatest.Julia{Version: "1.10.10"})
	newer := strings.ReplaceAll(lts, "1.10.9", "1.10.10")
	w.Remove(newer)
	w.mustFail("1.10.10", "should come back")
	o := w.sync(ecosystems.Selection{AllowPartial: true})
	if o.Err != nil || len(o.Missing) != 1 || o.Missing[0].Absent || o.Missing[0].Path != newer {
		t.Fatalf("%v, %+v", o.Err, o.Missing)
	}
	w.want(false, newer, newer+".asc", "bin/checksums/julia-1.10.10.sha256")
	w.want(true, stable)
	for _, d := range w.root.Verify(w.driver()) {
		t.Errorf("verify: %+v", d)
	}
	w.Restore(newer)
	if o := w.mustSync(); len(o.Missing) > 0 {
		t.Errorf("missing: %+v", o.Missing)
	}
	w.want(true, newer, newer+".asc", "bin/checksums/julia-1.10.10.sha256")
}

// A cache on the way may hold on to a 404.
func TestMissingFileIsAskedForPastCaches(t *testing.T) {
	w := newJuliaWorld(t, "lts")
	w.Fail(lts, 404, 1, "")
	w.mustSync()
	fresh := 0
	for _, r := range w.Requests() {
		if r.Path == lts && r.Header.Get("Cache-Control") == "no-cache" {
			fresh++
		}
	}
	if fresh != 1 {
		t.Errorf("%d requests ask for a fresh copy", fresh)
	}
}

func TestWrongBytesAreRefused(t *testing.T) {
	w := newJuliaWorld(t, "lts")
	w.mustSync()
	w.PublishJulia(juliatest.Julia{Version: "1.10.10"})
	newer := strings.ReplaceAll(lts, "1.10.9", "1.10.10")
	w.Tamper(newer, juliatest.FlipByte)
	w.mustFail(newer, "sha256")
	w.Tamper(newer, nil)
	w.Truncate(newer, 10, 1)
	w.mustSync()
	w.want(true, newer)
}

// Lists of checksums that contradict versions.json are left out.
func TestChecksumsThatDisagree(t *testing.T) {
	for name, edit := range map[string]func([]byte) []byte{
		"other sums": func(data []byte) []byte {
			lines := strings.Split(strings.TrimSpace(string(data)), "\n")
			for i, line := range lines {
				sum, name, _ := strings.Cut(line, " ")
				lines[i] = strings.Map(func(c rune) rune { return 'a' + c%2 }, sum) + " " + name
			}
			return []byte(strings.Join(lines, "\n"))
		},
		"other files": func([]byte) []byte { return []byte(strings.Repeat("0", 64) + "  julia-1.0.0.tar.gz\n") },
		"html":        func([]byte) []byte { return []byte("<html>no</html>") },
		"empty":       func([]byte) []byte { return nil },
	} {
		for _, path := range []string{ltsSums, ltsMD5} {
			t.Run(name+" "+path, func(t *testing.T) {
				w := newJuliaWorld(t, "lts")
				w.Tamper(path, edit)
				o := w.mustSync()
				if n, ok := o.Notice("left-out"); !ok || n.Path != path {
					t.Errorf("notices: %v", o.Notices)
				}
				w.want(false, path)
				w.want(true, lts)
				if len(o.Missing) > 0 {
					t.Errorf("missing: %v", o.Missing)
				}
				if o := w.sync(ecosystems.Selection{}); !o.Unchanged {
					t.Errorf("%+v", o)
				}
			})
		}
	}
}

func TestWrongSignatureIsLeftOut(t *testing.T) {
	w := newJuliaWorld(t, "lts")
	w.listing(lts, func(file map[string]any) { delete(file, "asc") })
	w.Tamper(lts+".asc", func([]byte) []byte { return []byte("<html>") })
	o := w.mustSync()
	if n, ok := o.Notice("left-out"); !ok || n.Path != lts+".asc" || len(o.Missing) > 0 {
		t.Errorf("missing %v, notices %v", o.Missing, o.Notices)
	}
	w.want(false, lts+".asc")
	w.want(true, lts, ltsSums)
}

func TestAbsentChecksumsAreNotMissed(t *testing.T) {
	w := newJuliaWorld(t, "lts")
	w.Remove(ltsSums)
	if o := w.mustSync(); len(o.Missing) > 0 {
		t.Errorf("missing: %v", o.Missing)
	}
	w.want(false, ltsSums)
	w.asked()
	w.PublishJulia(juliatest.Julia{Version: "1.11.6"})
	w.mustSync()
	if n := w.Count("bin/checksums/"); n != 0 {
		t.Errorf("%d requests for checksums that are absent or here", n)
	}
	w.Restore(ltsSums)
	w.root.Pass(8 * 24 * time.Hour)
	w.mustSync()
	w.want(true, ltsSums)
}

func TestAbsurdPaths(t *testing.T) {
	for _, url := range []string{
		"/bin/../../../etc/passwd", "/bin/%2e%2e/%2e%2e/passwd", "/etc/passwd", "/bin/versions.json", "/bin/versions.local.json",
		"/bin/linux/x64/1.10/con.tar.gz", "/bin/checksums/x/1.10/julia-1.10.9.sha256", "/bin/linux/x64/1.10/dot.", "/bin/julia.tar.gz",
		"/bin/linux/x64/1.10/JULIA-1.10.8-linux-x86_64.tar.gz", "/bin/linux/x64/1.10/julia-1.10.8-linux-x86_64.tar.gz/x",
		"/bin/linux/x64/1.10/julia-1.10.8-linux-x86_64.tar.gz.asc",
	} {
		t.Run(url, func(t *testing.T) {
			w := newJuliaWorld(t, "all")
			w.listing(lts, func(file map[string]any) { file["url"] = w.url + url })
			o := w.mustSync()
			if _, ok := o.Notice("broken-release"); !ok {
				t.Errorf("notices: %v", o.Notices)
			}
			w.want(true, stable, "bin/linux/x64/1.10/julia-1.10.8-linux-x86_64.tar.gz", "bin/versions.json")
			if n := len(w.below("bin/linux/")); n != 4 { // two archives with signatures
				t.Errorf("%v", w.below("bin/linux/"))
			}
		})
	}
}

// Files come from the server that is configured, whatever the list says.
func TestOtherHost(t *testing.T) {
	w := newJuliaWorld(t, "lts")
	w.listing(lts, func(file map[string]any) { file["url"] = "https://evil.invalid/" + lts })
	w.mustSync()
	w.want(true, lts)
	if w.Count(lts) != 1 {
		t.Error("it is not from upstream")
	}
}

func TestVersionsGoBack(t *testing.T) {
	w := newJuliaWorld(t, "release")
	w.Freeze("bin/versions.json")
	old := w.upstreamHas("bin/versions.json")
	w.Thaw("bin/versions.json")
	w.PublishJulia(juliatest.Julia{Version: "1.11.6"})
	w.mustSync()
	w.Tamper("bin/versions.json", func([]byte) []byte { return old })
	w.mustFail("1.11.5", "1.11.6", "--allow-rollback")
	if o := w.sync(ecosystems.Selection{AllowRollback: true}); o.Err != nil {
		t.Fatal(o.Err)
	}
	w.want(true, stable)
}

func TestVersionsShrink(t *testing.T) {
	w := newJuliaWorld(t, "1.11")
	many := func(n int) func([]byte) []byte {
		return func(data []byte) []byte {
			var list map[string]json.RawMessage
			if err := json.Unmarshal(data, &list); err != nil {
				panic(err)
			}
			for i := range n {
				list["0.1."+strings.Repeat("1", i%9+1)+string(rune('0'+i/9))] = json.RawMessage(`{"stable": true, "files": []}`)
			}
			data, err := json.Marshal(list)
			if err != nil {
				panic(err)
			}
			return data
		}
	}
	w.Tamper("bin/versions.json", many(60))
	w.mustSync()
	w.Tamper("bin/versions.json", many(20))
	w.mustFail("40 less", "--allow-shrink")
	if o := w.sync(ecosystems.Selection{AllowShrink: true}); o.Err != nil {
		t.Fatal(o.Err)
	}
}
