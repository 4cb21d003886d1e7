package justmr_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/justmr"
	"github.com/offmirror/offmirror/layout"
)

func TestRecoverTakesTheURLsOfTheSnapshot(t *testing.T) {
	w := newWorld(t)
	d, err := justmr.New(w.options)
	if err != nil {
		t.Fatal(err)
	}
	locations, err := json.Marshal(map[string]any{
		"format": 1, "names": w.options.Names, "distdirs": []string{"distdir"}, "git": []any{}, "trees": []any{},
		"files": []map[string]any{{
			"path": "blob/0123/zlib.tgz", "dist": []string{"distdir/zlib.tgz"},
			"urls": []string{"file:///etc/passwd", "https://zlib.example/zlib.tgz", "https://mirror.example/zlib.tgz"},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	entries := []layout.Entry{{Path: "blob/0123/zlib.tgz"}, {Path: "distdir/zlib.tgz"}, {Path: "audit.json"}}
	ask := func(files map[string][]byte) (urls [][]string) {
		for _, q := range d.(ecosystems.Recoverer).Recover(t.Context(), memoryView{files: files}, entries) {
			urls = append(urls, append([]string{q.URL}, q.Mirrors...))
		}
		return urls
	}
	zlib := []string{"https://zlib.example/zlib.tgz", "https://mirror.example/zlib.tgz"}
	if diff := cmp.Diff([][]string{zlib, zlib, {""}}, ask(map[string][]byte{justmr.LocationsFile: locations})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]string{{""}, {""}, {""}}, ask(nil)); diff != "" {
		t.Error(diff)
	}
}
