package julia_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
)

const (
	nightly = "bin/linux/x86_64/julia-latest-linux-x86_64.tar.gz"
	branch  = "bin/linux/x86_64/1.13/julia-latest-linux-x86_64.tar.gz"
)

func newNightlyWorld(t *testing.T, selectors ...string) *world {
	w := newJuliaWorld(t, selectors...)
	w.PublishNightly("", "1.14.0-DEV", "monday")
	w.PublishNightly("1.13", "1.13.0-rc2", "monday")
	return w
}

func TestNightlies(t *testing.T) {
	w := newNightlyWorld(t, "nightly", "1.13-nightly")
	w.mustSync()
	if diff := cmp.Diff([]string{branch, nightly, "bin/nightlies.json"}, w.below("bin/")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	w.asked()
	o := w.sync(ecosystems.Selection{})
	if o.Err != nil || !o.Unchanged {
		t.Fatalf("%+v", o)
	}
	for _, r := range w.Requests() {
		if r.Status != http.StatusNotModified {
			t.Errorf("%s is answered with %d", r.Path, r.Status)
		}
	}
	if diff := cmp.Diff([]string{branch, nightly}, w.asked()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}

	old := w.root.Files()
	w.PublishNightly("", "1.14.0-DEV", "tuesday")
	w.mustSync()
	files := w.root.Files()
	if files[nightly] == old[nightly] || files[branch] != old[branch] {
		t.Error("not just the new build is new")
	}
	if string(w.published(nightly)) != string(w.upstreamHas(nightly)) {
		t.Error("it is not upstream's")
	}

	w.options.Releases = []string{"1.13-nightly"}
	w.mustSync()
	w.want(false, nightly)
	w.want(true, branch)
}

func TestFailedNightlyKeepsTheOldOne(t *testing.T) {
	for name, fault := range map[string]func(*world){
		"fails":        func(w *world) { w.Fail(nightly, 503, -1, "") },
		"absent":       func(w *world) { w.Remove(nightly) },
		"no archive":   func(w *world) { w.Tamper(nightly, func([]byte) []byte { return []byte("<html>") }) },
		"cut off":      func(w *world) { w.Tamper(nightly, func(data []byte) []byte { return data[:len(data)/2] }) },
		"wrong inside": func(w *world) { w.Tamper(nightly, juliatest.FlipByte) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newNightlyWorld(t, "nightly", "lts")
			w.mustSync()
			old := w.root.Files()[nightly]
			w.PublishNightly("", "1.14.0-DEV", "tuesday")
			w.PublishJulia(juliatest.Julia{Version: "1.10.10"})
			fault(w)
			o := w.mustSync()
			if n, ok := o.Notice(ecosystems.KeptOld); !ok || n.Path != nightly {
				t.Errorf("notices: %v", o.Notices)
			}
			if w.root.Files()[nightly] != old {
				t.Error("the old build is not kept")
			}
			w.want(true, strings.ReplaceAll(lts, "1.10.9", "1.10.10"))
			w.Recover()
			w.Restore(nightly)
			w.Tamper(nightly, nil)
			if o := w.mustSync(); len(o.Notices) > 0 {
				t.Errorf("notices: %v", o.Notices)
			}
			if got := w.root.Files()[nightly]; got == old {
				t.Error("the new build is not there")
			}
		})
	}
}

func TestFirstNightlyFails(t *testing.T) {
	w := newNightlyWorld(t, "nightly", "lts")
	w.Tamper(nightly, func([]byte) []byte { return []byte("<html>") })
	w.mustFail("nightly", "gzip")
	w.Tamper(nightly, nil)
	w.Remove(nightly)
	o := w.mustSync()
	if len(o.Missing) != 1 || !o.Missing[0].Absent || o.Missing[0].Path != nightly {
		t.Errorf("missing: %+v", o.Missing)
	}
	w.want(true, lts)
	if o := w.sync(ecosystems.Selection{}); !o.Unchanged {
		t.Errorf("%+v", o)
	}
	w.Restore(nightly)
	w.mustSync()
	w.want(true, nightly)
}

func TestBrokenNightlyList(t *testing.T) {
	w := newNightlyWorld(t, "nightly")
	for _, text := range []string{"<html>", "[]", `{"nightly": `} {
		w.Tamper("bin/nightlies.json", func([]byte) []byte { return []byte(text) })
		w.mustFail("nightlies.json")
		o := w.sync(ecosystems.Selection{AllowPartial: true})
		if o.Err != nil || len(o.Missing) != 1 || o.Missing[0].Absent {
			t.Errorf("%s: %v, missing %v", text, o.Err, o.Missing)
		}
		w.want(false, "bin/nightlies.json")
		w.want(true, nightly)
	}
	w.Tamper("bin/nightlies.json", nil)
	w.mustSync()
	w.want(true, "bin/nightlies.json")
}

// Not all platforms have nightly builds: nobody asked for those in particular.
func TestNightliesOfAllPlatforms(t *testing.T) {
	w := newNightlyWorld(t, "nightly")
	w.options.Platforms = []string{"all"}
	o := w.mustSync()
	if len(o.Missing) > 0 {
		t.Errorf("missing: %v", o.Missing)
	}
	if got := w.below("bin/"); len(got) != len(juliatest.JuliaPlatforms)+1 {
		t.Errorf("%v", got)
	}
	if o := w.sync(ecosystems.Selection{}); !o.Unchanged {
		t.Errorf("%+v", o)
	}
	w.options.Platforms = []string{"armv7l-linux-gnueabihf", "riscv64-linux-gnu", "x86_64-linux-gnu"}
	o = w.mustSync()
	if n, ok := o.Notice("no-release"); !ok || !strings.Contains(n.Text, "riscv64") || len(o.Missing) != 1 {
		t.Errorf("missing %v, notices %v", o.Missing, o.Notices)
	}
}

func TestPlanOfNightlies(t *testing.T) {
	w := newNightlyWorld(t, "nightly")
	for range 2 {
		plan, err := w.root.Plan(w.driver(), ecosystems.Selection{})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, it := range plan.Items {
			if it.Path == nightly {
				found = it.Platform == "x86_64-linux-gnu" && it.Size == int64(len(w.upstreamHas(nightly)))
			}
		}
		if !found {
			t.Errorf("%+v", plan.Items)
		}
		for _, r := range w.Requests() {
			if strings.Contains(r.Path, "latest") && r.Method != http.MethodHead && r.Header.Get("User-Agent") != "Go-http-client/1.1" {
				t.Errorf("planning fetches %s", r.Path)
			}
		}
		w.mustSync()
		w.asked()
	}
}

// The list names only what is here, at the places that the mirror has.
func TestNightlyList(t *testing.T) {
	w := newNightlyWorld(t, "nightly")
	w.options.BaseURL = "https://mirror.example/julia"
	w.mustSync()
	type channel struct {
		Files []struct{ URL, Triplet string }
	}
	var list map[string]channel
	if err := json.Unmarshal(w.published("bin/nightlies.json"), &list); err != nil {
		t.Fatal(err)
	}
	want := map[string]channel{"nightly": {Files: []struct{ URL, Triplet string }{{"https://mirror.example/julia/" + nightly, "x86_64-linux-gnu"}}}}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	w.Remove("bin/nightlies.json")
	w.PublishNightly("", "1.14.0-DEV", "tuesday")
	if o := w.mustSync(); len(o.Missing) > 0 {
		t.Errorf("missing: %v", o.Missing)
	}
	w.want(false, "bin/nightlies.json")
	w.want(true, nightly)
}
