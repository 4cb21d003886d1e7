package hexpm_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm/hexpmtest"
)

// A run that is cut short leaves what it had, and no tarball is transferred
// twice, however often it happens.
func TestInterruptedRunsFetchNothingTwice(t *testing.T) {
	w := newWorld(t)
	for i := range 12 {
		w.Publish(fmt.Sprintf("p%02d", i), "1.0.0")
	}
	w.root.Config.Fetch.Concurrency, w.root.Config.Fetch.PerHost = 1, 1 // so that at most one answer is under way
	var mu sync.Mutex
	var cut func() // called instead of the third answer
	seen := 0
	whole := map[string]int{}
	w.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		if !strings.HasPrefix(r.URL.Path, "/tarballs/") {
			return false
		}
		if seen++; seen == 3 && cut != nil {
			cut()
			panic(http.ErrAbortHandler)
		}
		whole[r.URL.Path]++
		return false
	})
	for range 4 {
		ctx, cancel := context.WithCancel(t.Context())
		mu.Lock()
		seen, cut = 0, cancel
		mu.Unlock()
		run := w.root.SyncContext(ctx, w.driver(), ecosystems.Selection{})
		if run.Err == nil || run.Published {
			t.Fatalf("a run that was cut short: published %v, error %v", run.Published, run.Err)
		}
		cancel()
	}
	mu.Lock()
	cut = nil
	mu.Unlock()
	w.mustSync()
	for path, n := range whole {
		if n > 1 {
			t.Errorf("%s was transferred %d times", path, n)
		}
	}
	if len(whole) != 12 {
		t.Errorf("%d tarballs were transferred", len(whole))
	}
}

// Very old registries have no outer checksums: the inner ones still prove a release.
func TestReleasesWithoutOuterChecksum(t *testing.T) {
	w := newWorld(t)
	w.Publish("ancient", "0.1.0", hexpmtest.WithoutOuterChecksum())
	w.Publish("modern", "1.0.0")
	w.mustSync()
	w.wantTarballs("ancient-0.1.0", "modern-1.0.0")
	if run := w.mustSync(); !run.Unchanged {
		t.Error("second sync finds something new")
	}
	w.Publish("ancient", "0.2.0", hexpmtest.WithoutOuterChecksum())
	w.mustSync()
	w.Tamper("tarballs/ancient-0.3.0.tar", flip)
	w.Publish("ancient", "0.3.0", hexpmtest.WithoutOuterChecksum())
	w.mustFail(ecosystems.Selection{}, "ancient 0.3.0")
}

func TestPlanSaysWhatAndWhy(t *testing.T) {
	w := newWorld(t)
	w.library()
	w.options.Packages, w.options.Versions = []string{"top ~> 1.1"}, "latest:1"
	plan, err := w.root.Plan(w.driver(), ecosystems.Selection{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct{ path, name, reason string }{
		{"tarballs/top-1.1.0.tar", "top 1.1.0", "packages: top ~> 1.1"},
		{"tarballs/middle-2.0.0.tar", "middle 2.0.0", "needed by top 1.1.0"},
		{"tarballs/base-2.0.0.tar", "base 2.0.0", "needed by middle 2.0.0"},
	} {
		found := false
		for _, it := range plan.Items {
			if it.Path == want.path {
				found = true
				if it.Name != want.name || it.Reason != want.reason || it.Held || it.Size <= 0 || it.URL != w.url+"/"+want.path {
					t.Errorf("%+v, want %+v", it, want)
				}
			}
		}
		if !found {
			t.Errorf("%s is not planned", want.path)
		}
	}
	if w.root.Files() != nil {
		t.Error("planning published something")
	}
	w.mustSync()
	plan, err = w.root.Plan(w.driver(), ecosystems.Selection{})
	if err != nil || !plan.Unchanged {
		t.Errorf("after the sync: %+v, %v", plan, err)
	}
}
