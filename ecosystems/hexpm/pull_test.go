package hexpm_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems/ecosystemtest"
	"github.com/offmirror/offmirror/ecosystems/hexpm/hexpmtest"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

func newPullWorld(t *testing.T, index string) *world {
	w := newWorld(t)
	w.Publish("mime", "2.0.6")
	w.Publish("plug", "1.15.2", hexpmtest.Dep("mime", "~> 2.0"))
	w.Publish("plug", "1.15.3", hexpmtest.Dep("mime", "~> 2.0"))
	w.Publish("jason", "1.4.3")
	w.Publish("jason", "1.4.4")
	w.options.Packages, w.options.Versions, w.options.Index = []string{"plug"}, "latest:1", index
	if index == "filtered" {
		w.options.SigningKey = w.siteKey()
	}
	w.mustSync()
	w.ResetLog()
	return w
}

func TestPullFiltered(t *testing.T) {
	w := newPullWorld(t, "filtered")
	s := w.root.Serve(w.driver(), true)
	status, file := s.Get("packages/jason")
	if status != 200 {
		t.Fatalf("%d %q", status, file)
	}
	_, public := s.Get("public_key")
	key, err := registry.ParsePublicKey([]byte(public))
	if err != nil {
		t.Fatal(err)
	}
	trust := registry.Trust{Key: key, Repository: "hexpm"}
	if pkg, err := trust.Package([]byte(file), "jason"); err != nil || len(pkg.Releases) != 2 {
		t.Fatalf("not signed by the mirror's key: %v", err)
	}
	// A release that the filtered index left out, and one of a package that it lacks.
	for _, path := range []string{"tarballs/plug-1.15.2.tar", "tarballs/jason-1.4.3.tar"} {
		if status, body := s.Get(path); status != 200 {
			t.Errorf("%s: %d %q", path, status, body)
		}
	}
	s.End()
	w.mustSync()
	if want := []string{"jason-1.4.3", "mime-2.0.6", "plug-1.15.2", "plug-1.15.3"}; !slices.Equal(w.tarballs(), want) {
		t.Errorf("after the next sync: %v", w.tarballs())
	}
	s = w.root.Serve(w.driver(), false)
	_, file = s.Get("packages/jason")
	if pkg, err := trust.Package([]byte(file), "jason"); err != nil || len(pkg.Releases) != 1 || pkg.Releases[0].Version != "1.4.3" {
		t.Errorf("the next index: %+v, %v", pkg, err)
	}
}

func TestPullVerbatim(t *testing.T) {
	w := newPullWorld(t, "verbatim")
	s := w.root.Serve(w.driver(), true)
	for _, path := range []string{"tarballs/plug-1.15.2.tar", "packages/jason"} {
		if status, body := s.Get(path); status != 200 {
			t.Errorf("%s: %d %q", path, status, body)
		}
	}
	s.End()
	w.mustSync()
	if want := []string{"mime-2.0.6", "plug-1.15.2", "plug-1.15.3"}; !slices.Equal(w.tarballs(), want) || !slices.Contains(w.packages(), "jason") {
		t.Errorf("after the next sync: %v, %v", w.tarballs(), w.packages())
	}
	// A release that is withdrawn upstream goes again, and is nothing that is missing.
	w.Revert("plug", "1.15.2")
	if run := w.mustSync(); run.Err != nil {
		t.Error(run.Err)
	}
	if slices.Contains(w.tarballs(), "plug-1.15.2") {
		t.Error("a reverted release stays")
	}
}

func TestPullAsksNobodyInVain(t *testing.T) {
	for _, index := range []string{"verbatim", "filtered"} {
		t.Run(index, func(t *testing.T) {
			w := newPullWorld(t, index)
			w.options.Deny = []string{"jason 1.4.3"}
			s := w.root.Serve(w.driver(), true)
			for _, path := range []string{
				"packages/nothing", "packages/", "packages/jason/x", "packages/Jason", "packages/jason%00", "packages/..%2fnames",
				"tarballs/nothing-1.0.0.tar", "tarballs/jason-9.0.0.tar", "tarballs/jason-1.4.3.tar", "tarballs/jason-.tar", "tarballs/jason.tar",
				"tarballs/jason-1.4.4.tar.gz", "docs/jason-1.4.4.tar.gz", "repos/other/packages/jason", "installs/hex-1.x.csv", "users/me",
			} {
				if status, _ := s.Get(path); status != 404 {
					t.Errorf("%s: %d", path, status)
				}
			}
			if requests := w.Requests(); len(requests) > 0 {
				t.Errorf("upstream was asked: %+v", requests)
			}
		})
	}
}

func TestPullOfWrongBytes(t *testing.T) {
	w := newPullWorld(t, "verbatim")
	for _, path := range []string{"tarballs/plug-1.15.2.tar", "packages/jason"} {
		w.Tamper(path, func(data []byte) []byte {
			data = slices.Clone(data)
			data[len(data)/2] ^= 1
			return data
		})
		s := w.root.Serve(w.driver(), true)
		if status, body := s.Get(path); status != 502 || !strings.Contains(body, "upstream does not give it") {
			t.Errorf("%s: %d %q", path, status, body)
		}
		s.End()
	}
}

// What was pulled is denied later on: it goes with the next sync, and is not served any more.
func TestPulledAndThenDenied(t *testing.T) {
	w := newPullWorld(t, "verbatim")
	path := "tarballs/plug-1.15.2.tar"
	s := w.root.Serve(w.driver(), true)
	if status, _ := s.Get(path); status != 200 {
		t.Fatalf("%d", status)
	}
	s.End()
	w.options.Deny = []string{"plug 1.15.2"}
	w.root.Pass(time.Minute)
	w.mustSync()
	w.ResetLog()
	s = w.root.Serve(w.driver(), true)
	if status, _ := s.Get(path); status != 404 {
		t.Errorf("denied: %d", status)
	}
	s.End()
	if requests := w.Requests(); len(requests) > 0 {
		t.Errorf("upstream was asked: %+v", requests)
	}
	w.options.Deny = nil
	s = w.root.Serve(w.driver(), true)
	if status, _ := s.Get(path); status != 200 {
		t.Errorf("not denied any more: %d", status)
	}
}

func TestPullStalls(t *testing.T) {
	ecosystemtest.StalledPulls(t, func(t *testing.T) ecosystemtest.StalledPull {
		w := newWorld(t)
		w.Publish("plug", "1.15.2", hexpmtest.Size(200<<10), hexpmtest.Stored())
		w.Publish("plug", "1.15.3")
		w.Publish("jason", "1.4.4")
		w.options.Packages, w.options.Versions = []string{"plug"}, "latest:1"
		w.options.Index = "verbatim"
		w.mustSync()
		return ecosystemtest.StalledPull{
			Root: w.root, Driver: w.driver(), Upstream: w.Upstream, Intercept: w.Intercept,
			Path: "tarballs/plug-1.15.2.tar", From: "tarballs/plug-1.15.2.tar", Other: "packages/jason", Here: "tarballs/plug-1.15.3.tar",
		}
	})
}
