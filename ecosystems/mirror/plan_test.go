package mirror_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/mirror"
)

func (w *world) plan() *mirror.Plan {
	w.t.Helper()
	p, err := w.mirror().Plan(w.t.Context(), w.job(ecosystems.Selection{}))
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func TestPlanAsksForSizesAndFetchesIndexesOnly(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha", "b": "beta"})
	p := w.plan()
	if diff := cmp.Diff(map[string]int{"index": 1}, w.requests()); diff != "" {
		t.Errorf("asked: %s", diff)
	}
	want := mirror.PlannedItem{
		Path: "a", Name: "file a", Reason: "the index names it", URL: w.driver.url + "/a", Size: 5,
	}
	if len(p.Items) != 3 || cmp.Diff(want, p.Items[0]) != "" {
		t.Errorf("items %+v", p.Items)
	}
	totals := p.Totals()
	if totals.Files != 3 || totals.Fetch != 2 || totals.FetchBytes != 9 || totals.Unknown+totals.Estimated != 0 {
		t.Errorf("totals %+v", totals)
	}
	if _, err := os.Lstat(filepath.Join(w.dir, "toy")); err == nil {
		t.Error("the plan published something")
	}
}

func TestPlanAfterSync(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	w.mustSync()
	if p := w.plan(); !p.Unchanged || len(p.Items) != 0 {
		t.Errorf("plan %+v", p)
	}
	w.set("b", "beta")
	p := w.plan()
	if totals := p.Totals(); totals.Files != 3 || totals.Fetch != 1 || totals.FetchBytes != 4 {
		t.Errorf("totals %+v", totals)
	}
	if r := w.mustSync(); !r.Published {
		t.Error("the plan made the sync believe that nothing was new")
	}
}

func TestPlanMarksSizesThatNobodyKnows(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	w.driver.extra = []ecosystems.Item{
		{Path: "gone", Name: "gone", Source: download(w.driver.url + "/gone")},
		{Path: "told", Name: "told", Size: 7, Source: download(w.driver.url + "/told")},
	}
	p := w.plan()
	if p.Items[1].Size != -1 || p.Items[3].Size != 7 && p.Items[2].Size != 7 {
		t.Errorf("items %+v", p.Items)
	}
	if totals := p.Totals(); totals.Unknown != 1 {
		t.Errorf("totals %+v", totals)
	}
}

func TestPlanEstimatesWhatIsTooManyToAsk(t *testing.T) {
	w := newWorld(t, map[string]string{})
	for i := range 2100 {
		w.files[fmt.Sprintf("f%04d", i)] = fmt.Sprintf("%04d", i)
	}
	totals := w.plan().Totals()
	if totals.Fetch != 2100 || totals.FetchBytes != 4*2100 || totals.Estimated != 1600 || totals.Unknown != 0 {
		t.Errorf("totals %+v", totals)
	}
}
