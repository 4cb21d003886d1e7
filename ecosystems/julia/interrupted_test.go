package julia_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
)

// A run that is cut short leaves what it had, and no tarball is transferred twice,
// however often it happens, although nothing but its tree hash names it.
func TestInterruptedRunsFetchNothingTwice(t *testing.T) {
	w := newWorld(t)
	for i := range 6 {
		w.Publish(fmt.Sprintf("P%02d", i), juliatest.Version{Number: "1.0.0", Artifacts: []juliatest.Artifact{{
			Name: "data", Missing: i%2 == 0, Packing: juliatest.XZ, Content: juliatest.Tree{Files: map[string]string{"n": fmt.Sprint(i)}},
		}}})
	}
	w.root.Config.Fetch.Concurrency, w.root.Config.Fetch.PerHost = 1, 1 // so that at most one answer is under way
	var mu sync.Mutex
	var cut func() // called instead of the third answer
	seen := 0
	whole := map[string]int{}
	w.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		if r.Method != http.MethodGet || !strings.HasPrefix(r.URL.Path, "/package/") && !strings.HasPrefix(r.URL.Path, "/artifact/") && !strings.HasPrefix(r.URL.Path, "/origin/") {
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
	fetched := 0
	for path, n := range whole {
		if n > 1 && !strings.HasPrefix(path, "/artifact/") { // one that the server lacks may be asked for again
			t.Errorf("%s was transferred %d times", path, n)
		}
		fetched++
	}
	if fetched != 6+6+3 {
		t.Errorf("asked for %d things: %v", fetched, whole)
	}
}
