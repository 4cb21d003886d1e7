package mirror_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/fetch"
)

func sorted(s []string) []string { slices.Sort(s); return s }

// tree returns the published files.
func (w *world) tree() map[string]string {
	w.t.Helper()
	root := filepath.Join(w.dir, "toy") + "/"
	files := map[string]string{}
	err := filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(p)
		files[strings.TrimPrefix(p, root)] = string(data)
		return err
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		w.t.Fatal(err)
	}
	delete(files, "index")
	return files
}

func TestSyncPublishesWhatTheIndexNames(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha", "dir/b": "beta"})
	r := w.mustSync()
	if !r.Published || r.Unchanged || r.Files != 3 || len(r.Missing) != 0 || r.Snapshot == "" {
		t.Errorf("report %+v", r)
	}
	if diff := cmp.Diff(map[string]string{"a": "alpha", "dir/b": "beta"}, w.tree()); diff != "" {
		t.Error(diff)
	}
}

func TestSyncWithoutChangesAsksForTheIndexOnly(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	first := w.mustSync()
	w.requests()
	second := w.mustSync()
	if !second.Unchanged || second.Published || second.Snapshot != first.Snapshot || second.Files != 2 {
		t.Errorf("report %+v", second)
	}
	if diff := cmp.Diff(map[string]int{"index": 1}, w.requests()); diff != "" {
		t.Error(diff)
	}
}

func TestSyncFetchesOnlyWhatIsNew(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha", "b": "beta"})
	w.mustSync()
	w.set("b", "")
	w.set("c", "gamma")
	w.requests()
	w.mustSync()
	if diff := cmp.Diff(map[string]int{"index": 1, "c": 1}, w.requests()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"a": "alpha", "c": "gamma"}, w.tree()); diff != "" {
		t.Error(diff)
	}
}

func TestFailedItemPublishesNothing(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha", "b": "!beta"})
	r, err := w.sync(ecosystems.Selection{})
	var incomplete *mirror.Incomplete
	if !errors.As(err, &incomplete) || len(incomplete.Failures) != 1 {
		t.Fatalf("error %v", err)
	}
	if !errors.Is(err, fetch.ErrWrongBytes) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "file b") {
		t.Errorf("error %q", err)
	}
	if r.Published || r.Error == "" {
		t.Errorf("report %+v", r)
	}
	if _, err := os.Lstat(filepath.Join(w.dir, "toy")); !errors.Is(err, os.ErrNotExist) {
		t.Error("something was published")
	}
	w.set("b", "beta")
	w.requests()
	w.mustSync()
	if asked := w.requests(); asked["a"] != 0 || asked["b"] != 1 {
		t.Errorf("the next run asked for %v", asked)
	}
}

func TestFailedItemKeepsTheOldTree(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	w.mustSync()
	w.set("a", "!alpha2")
	if _, err := w.sync(ecosystems.Selection{}); err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(map[string]string{"a": "alpha"}, w.tree()); diff != "" {
		t.Error(diff)
	}
}

func TestAllowPartialPublishesAndTells(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha", "b": "!beta"})
	r, err := w.sync(ecosystems.Selection{AllowPartial: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Missing) != 1 || r.Missing[0].Path != "b" || r.Missing[0].Absent {
		t.Errorf("missing %+v", r.Missing)
	}
	if diff := cmp.Diff(map[string]string{"a": "alpha"}, w.tree()); diff != "" {
		t.Error(diff)
	}
}

func TestAbsentItemIsPublishedAroundAndStaysReported(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	w.driver.extra = []ecosystems.Item{
		{Path: "gone", Name: "gone 1.0", Source: ecosystems.Download{Request: fetch.Request{URL: w.driver.url + "/gone"}}},
		{Path: "maybe", Optional: true, Source: ecosystems.Download{Request: fetch.Request{URL: w.driver.url + "/maybe"}}},
	}
	for range 2 { // the second run finds nothing new, and the item is missing still
		r := w.mustSync()
		if len(r.Missing) != 1 || r.Missing[0].Name != "gone 1.0" || !r.Missing[0].Absent {
			t.Errorf("missing %+v", r.Missing)
		}
	}
}

func TestDriverMayReplaceAndWithdrawFailures(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha", "b": "!beta", "c": "!gamma"})
	w.driver.revise = func(ctx context.Context, in ecosystems.Input, yield func(ecosystems.Item, error) bool) {
		failures, err := in.Settle(ctx)
		if err != nil || len(failures) != 2 {
			t.Errorf("settled with %v, %v", failures, err)
		}
		yield(ecosystems.Item{Path: "b", Source: ecosystems.Made{Bytes: []byte("other")}}, nil)
		yield(ecosystems.Item{Path: "c", Source: ecosystems.Withdrawn{}}, nil)
		if again, _ := in.Settle(ctx); len(again) != 0 {
			t.Errorf("told twice: %v", again)
		}
	}
	if r := w.mustSync(); len(r.Missing) != 0 {
		t.Errorf("missing %+v", r.Missing)
	}
	if diff := cmp.Diff(map[string]string{"a": "alpha", "b": "other"}, w.tree()); diff != "" {
		t.Error(diff)
	}
}

func TestHostilePlansAreRefused(t *testing.T) {
	made := func(path, body string) ecosystems.Item {
		return ecosystems.Item{Path: path, Name: "evil", Source: ecosystems.Made{Bytes: []byte(body)}}
	}
	for name, extra := range map[string][]ecosystems.Item{
		"traversal":        {made("../x", "1")},
		"absolute":         {made("/etc/x", "1")},
		"NUL":              {made("a\x00b", "1")},
		"two of one path":  {made("x", "1"), made("x", "2")},
		"case clash":       {made("Readme", "1"), made("README", "2")},
		"file and folder":  {made("x", "1"), made("x/y", "2")},
		"no source at all": {{Path: "x", Name: "evil"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, map[string]string{"a": "alpha"})
			w.mustSync()
			w.set("a2", "more")
			w.driver.extra = extra
			_, err := w.sync(ecosystems.Selection{AllowPartial: true})
			if err == nil || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v", err)
			}
			if diff := cmp.Diff(map[string]string{"a": "alpha"}, w.tree()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFailedRunForgetsTheDriversState(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "!alpha"})
	if _, err := w.sync(ecosystems.Selection{}); err == nil {
		t.Fatal("no error")
	}
	if _, err := os.Stat(filepath.Join(w.dir, "state/drivers/toy.json")); !errors.Is(err, os.ErrNotExist) {
		t.Error("the state of a run that published nothing was kept")
	}
}

// A rollback is for now: the next sync brings the mirror up to date again, without
// asking for more than if there had been none.
func TestSyncAfterARollback(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	first := w.mustSync().Snapshot
	w.files["b"] = "beta"
	second := w.mustSync().Snapshot
	rollback := func() {
		t.Helper()
		h, err := w.mirror().History("toy")
		if err != nil {
			t.Fatal(err)
		}
		s, err := h.Load(first)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Publish(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if _, ok := w.tree()["b"]; ok {
			t.Fatal("the rollback did not happen")
		}
	}
	rollback()
	clear(w.asked)
	if r := w.mustSync(); r.Snapshot != second || !r.Published || r.Unchanged {
		t.Errorf("upstream unchanged: %+v", r)
	}
	if w.tree()["b"] != "beta" || w.asked["b"]+w.asked["a"] > 0 {
		t.Errorf("tree %v, asked %v", w.tree(), w.asked)
	}
	rollback()
	w.files["c"] = "gamma"
	w.mustSync()
	if diff := cmp.Diff(map[string]string{"a": "alpha", "b": "beta", "c": "gamma"}, w.tree()); diff != "" {
		t.Errorf("upstream changed: %s", diff)
	}
}

func TestSnapshotRecordsOptionsWithoutSecrets(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	w.mustSync()
	status, err := w.mirror().Status("toy")
	if err != nil {
		t.Fatal(err)
	}
	config := string(status.Header.Config)
	if strings.Contains(config, "hunter2") || !strings.Contains(config, "example.test") {
		t.Errorf("recorded %s", config)
	}
}

func TestSecondRunIsToldWhoHoldsTheRoot(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	w.driver.revise = func(context.Context, ecosystems.Input, func(ecosystems.Item, error) bool) {
		w.driver.revise = nil
		if _, err := w.sync(ecosystems.Selection{}); err == nil || !strings.Contains(err.Error(), "pid") {
			t.Errorf("second run: %v", err)
		}
	}
	w.mustSync()
}

func TestCancelledRunPublishesNothing(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	ctx, cancel := context.WithCancel(t.Context())
	w.driver.revise = func(context.Context, ecosystems.Input, func(ecosystems.Item, error) bool) { cancel() }
	if _, err := w.mirror().Sync(ctx, w.job(ecosystems.Selection{})); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if len(w.tree()) != 0 {
		t.Error("something was published")
	}
}

func TestTooLargeARunDoesNotStart(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	w.cfg.Fetch.Budget = "1MiB"
	w.driver.expect = ecosystems.Expectation{Files: 7, Bytes: 1 << 40, Estimated: true, Instead: `versions = "latest:1"`}
	_, err := w.sync(ecosystems.Selection{})
	if err == nil || !strings.Contains(err.Error(), "latest:1") || !strings.Contains(err.Error(), "budget") {
		t.Errorf("error %v", err)
	}
	if asked := w.requests(); asked["a"] != 0 {
		t.Errorf("asked for %v", asked)
	}
}

// What an interrupted run left in the store needs no room any more.
func TestRoomForTheRestOfAnInterruptedRun(t *testing.T) {
	w := newWorld(t, map[string]string{"a": strings.Repeat("alpha", 1<<18)})
	w.driver.expect = ecosystems.Expectation{Files: 1, Bytes: 5 << 18, Estimated: true}
	ctx, cancel := context.WithCancel(t.Context())
	w.driver.revise = func(ctx context.Context, in ecosystems.Input, _ func(ecosystems.Item, error) bool) {
		if _, err := in.Settle(ctx); err != nil {
			t.Error(err)
		}
		cancel()
	}
	if _, err := w.mirror().Sync(ctx, w.job(ecosystems.Selection{})); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	w.driver.revise = nil
	w.cfg.Fetch.Budget = "64KiB"
	w.mustSync()
	w.files["b"] = "beta" // the driver expects as much once more, and all that is here is published
	if _, err := w.sync(ecosystems.Selection{}); err == nil || !strings.Contains(err.Error(), "budget") {
		t.Errorf("error %v", err)
	}
}
