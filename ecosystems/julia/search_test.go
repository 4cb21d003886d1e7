package julia_test

import (
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/layout"
)

// found returns hits, after a look at what all of them promise.
func (w *world) found(query string, limit int) (hits []ecosystems.Hit) {
	w.t.Helper()
	w.root.Current(func(view layout.View) {
		index, err := w.driver().(ecosystems.Searcher).Index(w.t.Context(), view)
		if err != nil {
			w.t.Fatal(err)
		}
		hits = index.Search(w.t.Context(), ecosystems.ParseQuery(query), limit)
		for _, hit := range hits {
			e, ok := view.Lookup(hit.Path)
			if hit.Path != "" && (!ok || !hit.Here || e.Size != hit.Size) {
				w.t.Errorf("%q is not at %s as it is said", hit.Name, hit.Path)
			}
			if len(hit.Proofs) == 0 || len(hit.Origins) == 0 {
				w.t.Errorf("%q has no proof, or no origin: %+v", hit.Name, hit)
			}
		}
	})
	return hits
}

func names(hits []ecosystems.Hit) string {
	var lines []string
	for _, hit := range hits {
		lines = append(lines, strings.TrimSpace(hit.Kind+" "+hit.Name+" "+hit.Version+" "+hit.Note))
	}
	return strings.Join(lines, "\n")
}

func TestSearch(t *testing.T) {
	w := newWorld(t)
	w.Publish("JSON", juliatest.Version{Number: "0.21.3"})
	w.Publish("JSON", juliatest.Version{Number: "0.21.4"})
	w.Publish("JSON3", juliatest.Version{Number: "1.0.0"})
	w.PublishJLL("Zlib", "1.3.1+2", "x86_64-linux-gnu", "aarch64-apple-darwin")
	w.mustSync()
	for query, want := range map[string]string{
		"json":      "package JSON  2 of 2 versions are here\nversion JSON 0.21.4\nversion JSON 0.21.3\npackage JSON3  1 of 1 versions are here",
		"Json 0.21": "version JSON 0.21.4\nversion JSON 0.21.3",
		"json v1":   "version JSON3 1.0.0",
		"nobody":    "",
	} {
		if got := names(w.found(query, 50)); got != want {
			t.Errorf("%q:\n%s\nwant\n%s", query, got, want)
		}
	}
	if got := w.found("json", 1); len(got) != 1 {
		t.Errorf("one of them: %s", names(got))
	}

	// A version leads to its artifacts, by the tree hash that its content says.
	hits := w.found("zlib_jll", 50)
	platforms := map[string]bool{}
	for _, hit := range hits {
		if hit.Kind == "artifact" {
			platforms[hit.Version] = hit.Here && hit.Proofs[0].How == "git tree" && strings.HasSuffix(hit.Path, hit.Proofs[0].Value)
		}
	}
	if !platforms["x86_64-linux-gnu"] || !platforms["aarch64-apple-darwin"] || len(platforms) != 2 {
		t.Errorf("artifacts %v of\n%s", platforms, names(hits))
	}
}

func TestSearchWithoutRegistries(t *testing.T) {
	w := newWorld(t)
	index, err := w.driver().(ecosystems.Searcher).Index(t.Context(), empty{})
	if err != nil || len(index.Search(t.Context(), ecosystems.ParseQuery("json"), 10)) != 0 {
		t.Errorf("%v, %v", index, err)
	}
}

// empty is a snapshot of nothing.
type empty struct{ layout.View }

func (empty) Lookup(string) (layout.Entry, bool) { return layout.Entry{}, false }
