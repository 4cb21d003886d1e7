package hexpm_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm/hexpmtest"
)

// installers publishes two versions of hex in both families of lists.
func (w *world) installers() {
	for _, v := range []string{"2.2.1", "2.3.0"} {
		w.PublishInstaller(hexpmtest.Installer{Tool: "hex", Version: v, Elixir: []string{"1.18.0"}, OTP: "27", Data: []byte("new " + v)})
		w.PublishInstaller(hexpmtest.Installer{Tool: "hex", Version: v, Elixir: []string{"1.15.0", "1.16.0"}, Data: []byte("old " + v)})
	}
	w.PublishInstaller(hexpmtest.Installer{Tool: "rebar3", Version: "3.24.0", Elixir: []string{"1.18.0"}, OTP: "27", Data: []byte("rebar3")})
}

func (w *world) installs() []string {
	var paths []string
	for path := range w.root.Files() {
		if p, ok := strings.CutPrefix(path, "installs/"); ok {
			paths = append(paths, p)
		}
	}
	slices.Sort(paths)
	return paths
}

func TestInstalls(t *testing.T) {
	lists := "hex-1.x.csv hex-1.x.csv.signed hex.csv hex.csv.signed rebar.csv rebar.csv.signed"
	latest := "1.15.0/hex-2.3.0.ez 1.18.0/hex-2.3.0-otp-27.ez 1.18.0/rebar3-3.24.0-otp-27"
	for mode, want := range map[string]string{
		"none":   "",
		"latest": lists + " " + latest,
		"all":    lists + " " + latest + " 1.15.0/hex-2.2.1.ez 1.16.0/hex-2.2.1.ez 1.16.0/hex-2.3.0.ez 1.18.0/hex-2.2.1-otp-27.ez",
	} {
		t.Run(mode, func(t *testing.T) {
			w := newWorld(t)
			w.small()
			w.installers()
			w.options.Installs = mode
			w.mustSync()
			paths := strings.Fields(want)
			slices.Sort(paths)
			got := w.installs()
			if mode == "latest" { // which Elixir of a row clients take is not this test's business
				got = slices.DeleteFunc(got, func(p string) bool { return p == "1.16.0/hex-2.3.0.ez" })
			}
			if !slices.Equal(got, paths) {
				t.Errorf("installs %v, want %v", got, paths)
			}
			if run := w.mustSync(); !run.Unchanged {
				t.Error("second sync finds something new")
			}
			wantRequests := 2
			if mode != "none" {
				wantRequests += 6 // the lists that exist; others are not asked for again
			}
			if got := w.asked(); len(got) != wantRequests {
				t.Errorf("second sync asks for %v", got)
			}
		})
	}
}

func TestNewInstaller(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.installers()
	w.options.Installs = "latest"
	w.mustSync()
	w.PublishInstaller(hexpmtest.Installer{Tool: "hex", Version: "2.4.0", Elixir: []string{"1.18.0"}, OTP: "27", Data: []byte("newest")})
	w.mustSync()
	if got := w.installs(); !slices.Contains(got, "1.18.0/hex-2.4.0-otp-27.ez") || slices.Contains(got, "1.18.0/hex-2.3.0-otp-27.ez") {
		t.Errorf("installs %v", got)
	}
	if n := w.Count("tarballs/") + w.Count("packages/"); n != 0 {
		t.Errorf("an installer made %d requests for packages", n)
	}
}

// A list and its signature are two files, so an upload can be caught in between.
func TestTornPair(t *testing.T) {
	for _, half := range []string{"installs/hex.csv", "installs/hex.csv.signed"} {
		t.Run(half, func(t *testing.T) {
			w := newWorld(t)
			w.small()
			w.installers()
			w.options.Installs = "latest"
			w.mustSync()
			before := w.root.Files()
			w.Freeze(half)
			w.PublishInstaller(hexpmtest.Installer{Tool: "hex", Version: "2.4.0", Elixir: []string{"1.18.0"}, OTP: "27", Data: []byte("newest")})
			w.Publish("jason", "1.4.2")
			run := w.mustSync()
			w.wantNotice(run, "torn-pair", "installs/hex.csv")
			after := w.root.Files()
			for _, path := range []string{"installs/hex.csv", "installs/hex.csv.signed", "installs/1.18.0/hex-2.3.0-otp-27.ez"} {
				if after[path] != before[path] || after[path] == "" {
					t.Errorf("%s was not kept", path)
				}
			}
			w.Thaw(half)
			w.mustSync()
			if got := w.installs(); !slices.Contains(got, "1.18.0/hex-2.4.0-otp-27.ez") {
				t.Errorf("installs %v", got)
			}
			if run := w.mustSync(); !run.Unchanged {
				t.Error("still something new")
			}
		})
	}
}

func TestTornPairInACache(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.installers()
	w.options.Installs = "latest"
	w.mustSync()
	w.FreezeCache("installs/hex.csv")
	w.PublishInstaller(hexpmtest.Installer{Tool: "hex", Version: "2.4.0", Elixir: []string{"1.18.0"}, OTP: "27", Data: []byte("newest")})
	w.mustSync()
	if got := w.installs(); !slices.Contains(got, "1.18.0/hex-2.4.0-otp-27.ez") {
		t.Errorf("installs %v: a request past caches would have found the pair", got)
	}
}

func TestTornPairBeforeTheFirstSnapshot(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.installers()
	w.options.Installs = "latest"
	w.Tamper("installs/hex.csv", flip)
	w.mustFail(ecosystems.Selection{}, "installs/hex.csv", "signature")
	run := w.sync(ecosystems.Selection{AllowPartial: true})
	if run.Err != nil || len(run.Missing) != 2 {
		t.Errorf("missing %+v, error %v", run.Missing, run.Err)
	}
	w.Tamper("installs/hex.csv", nil)
	w.mustSync()
}

func TestDamagedInstaller(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.installers()
	w.options.Installs = "latest"
	w.Tamper("installs/1.18.0/hex-2.3.0-otp-27.ez", flip)
	w.mustFail(ecosystems.Selection{}, "hex 2.3.0", "/installs/1.18.0/hex-2.3.0-otp-27.ez")
	w.Tamper("installs/1.18.0/hex-2.3.0-otp-27.ez", nil)
	w.Remove("installs/1.18.0/hex-2.3.0-otp-27.ez")
	run := w.sync()
	if run.Err != nil || len(run.Missing) != 1 || !run.Missing[0].Absent {
		t.Errorf("missing %+v, error %v", run.Missing, run.Err)
	}
	if run := w.sync(); run.Err != nil || len(run.Missing) != 1 {
		t.Errorf("a later run no longer reports it: %+v, error %v", run.Missing, run.Err)
	}
}

func TestNoInstallersUpstream(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.options.Installs = "latest"
	run := w.mustSync()
	w.wantNotice(run, "no-installs", w.url)
	if run := w.mustSync(); !run.Unchanged || len(w.asked()) != 2 {
		t.Errorf("what was absent is asked for again: %v", w.asked())
	}
}

func TestBuilds(t *testing.T) {
	w := newWorld(t)
	w.small()
	for _, name := range []string{"v1.17.3", "v1.18.3", "v1.18.3-otp-27", "main"} {
		w.PublishElixir(name, []byte("elixir "+name))
	}
	w.PublishOTP("OTP-26.2", "ubuntu-24.04", "amd64", []byte("otp 26"))
	w.PublishOTP("OTP-27.1", "ubuntu-24.04", "amd64", []byte("otp 27"))
	w.options.Builds = []string{"elixir:1.18", "otp:27/ubuntu-24.04/amd64"}
	w.mustSync()
	var builds []string
	for path := range w.root.Files() {
		if p, ok := strings.CutPrefix(path, "builds/"); ok {
			builds = append(builds, p)
		}
	}
	slices.Sort(builds)
	want := []string{
		"elixir/builds.txt", "elixir/v1.18.3-otp-27.zip", "elixir/v1.18.3.zip",
		"otp/amd64/ubuntu-24.04/OTP-27.1.tar.gz", "otp/amd64/ubuntu-24.04/builds.txt",
	}
	if !slices.Equal(builds, want) {
		t.Errorf("builds %v, want %v", builds, want)
	}
	if list := string(w.read("builds/elixir/builds.txt")); strings.Contains(list, "1.17") || strings.Count(list, "\n") != 2 {
		t.Errorf("builds.txt lists what is not here:\n%s", list)
	}
	if run := w.mustSync(); !run.Unchanged {
		t.Error("second sync finds something new")
	}
	w.PublishElixir("v1.18.4", []byte("newer"))
	w.mustSync()
	if list := string(w.read("builds/elixir/builds.txt")); !strings.Contains(list, "v1.18.4") || strings.Contains(list, "v1.18.3") {
		t.Errorf("builds.txt:\n%s", list)
	}
}

func TestBuildsThatAreNotThere(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.PublishElixir("v1.18.3", []byte("elixir"))
	w.PublishElixir("v1.18.3-otp-27", []byte("another, or the store has it"))
	w.Remove("builds/elixir/v1.18.3-otp-27.zip")
	w.options.Builds = []string{"elixir:1.18", "elixir:9.9"}
	run := w.sync()
	if run.Err != nil || len(run.Missing) != 2 {
		t.Fatalf("missing %+v, error %v", run.Missing, run.Err)
	}
	if list := string(w.read("builds/elixir/builds.txt")); strings.Contains(list, "otp-27") {
		t.Errorf("builds.txt lists what is not here:\n%s", list)
	}
	w.options.Builds = []string{"otp:27/ubuntu-24.04/arm64"}
	run = w.sync()
	if run.Err != nil || len(run.Missing) != 1 || run.Missing[0].Path != "builds/otp/arm64/ubuntu-24.04/builds.txt" {
		t.Errorf("missing %+v, error %v", run.Missing, run.Err)
	}
}

func TestBuildsFromElsewhere(t *testing.T) {
	builds := newWorld(t)
	builds.installers()
	w := newWorld(t)
	w.small()
	w.options.Installs, w.options.BuildsUpstream = "latest", builds.url
	w.mustSync()
	if len(w.installs()) == 0 || w.Count("installs/") > 0 {
		t.Errorf("installs %v, asked the repository for %v", w.installs(), w.asked())
	}
}

func TestRedirectedInstalls(t *testing.T) {
	builds := newWorld(t)
	builds.installers()
	w := newWorld(t, hexpmtest.WithBuildsAt(builds.url))
	w.small()
	w.options.Installs = "latest"
	w.mustSync()
	if len(w.installs()) == 0 {
		t.Error("no installs behind the redirect")
	}
}
