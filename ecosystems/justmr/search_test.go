package justmr_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/justmr/justmrtest"
	"github.com/offmirror/offmirror/layout"
)

func (w *world) found(query string) (hits []ecosystems.Hit) {
	w.t.Helper()
	w.root.Current(func(view layout.View) {
		index, err := w.driver().(ecosystems.Searcher).Index(w.t.Context(), view)
		if err != nil {
			w.t.Fatal(err)
		}
		hits = index.Search(w.t.Context(), ecosystems.ParseQuery(query), 10)
	})
	return hits
}

func TestSearch(t *testing.T) {
	w := newWorld(t)
	archive := string(justmrtest.TarGz(justmrtest.File{Name: "zlib/LICENSE", Text: "free"}))
	content := w.put("/files/zlib-1.3.tar.gz", archive)
	other := w.put("/files/abseil.tar.gz", string(justmrtest.TarGz(justmrtest.File{Name: "abseil/x", Text: "y"})))
	w.config(fmt.Sprintf(`"compression": {"repository": {"type": "archive", "content": %q, "fetch": "URL/files/zlib-1.3.tar.gz"}},
		"strings": {"repository": {"type": "archive", "content": %q, "fetch": "URL/files/abseil.tar.gz"}}`, content, other))
	w.mustSync()
	for _, query := range []string{"zlib", "ZLIB 1.3", "compression", content[:12], "compression zlib archive"} {
		hits := w.found(query)
		if len(hits) != 1 {
			t.Errorf("%q: %+v", query, hits)
			continue
		}
		hit := hits[0]
		if hit.Kind != "archive" || !hit.Here || !strings.HasPrefix(hit.Path, "blob/"+content) || hit.Size != int64(len(archive)) || !strings.Contains(hit.Licence, "LICENSE") ||
			hit.Proofs[0] != (ecosystems.Proof{How: "git blob id", Value: content}) || len(hit.Proofs) != 3 || hit.Origins[0] != w.url+"/files/zlib-1.3.tar.gz" || !strings.Contains(hit.Note, "used by compression") {
			t.Errorf("%q: %+v", query, hit)
		}
	}
	if hits := w.found("archive"); len(hits) != 2 {
		t.Errorf("by type: %+v", hits)
	}
	if hits := w.found("zlib nobody"); len(hits) != 0 {
		t.Errorf("%+v", hits)
	}
}

func TestSearchWithoutAnAudit(t *testing.T) {
	w := newWorld(t)
	if _, err := w.driver().(ecosystems.Searcher).Index(t.Context(), nothing{}); err == nil || !strings.Contains(err.Error(), "audit.json") {
		t.Error(err)
	}
}

type nothing struct{ layout.View }

func (nothing) Lookup(string) (layout.Entry, bool) { return layout.Entry{}, false }
