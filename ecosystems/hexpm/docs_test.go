package hexpm_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
)

func (w *world) docs() []string {
	var names []string
	for path := range w.root.Files() {
		if name, ok := strings.CutPrefix(path, "docs/"); ok {
			names = append(names, strings.TrimSuffix(name, ".tar.gz"))
		}
	}
	slices.Sort(names)
	return names
}

func TestDocs(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.PublishDocs("jason", "1.4.1", "first")
	w.PublishDocs("plug", "1.15.0", "plug")
	w.Publish("mime", "2.0.5") // rebuilds names, which then shows that they changed
	w.options.Docs = true
	w.root.Pass(72 * time.Hour)
	w.mustSync()
	if got := w.docs(); !slices.Equal(got, []string{"jason-1.4.1", "plug-1.15.0"}) {
		t.Errorf("docs of %v", got)
	}
	if run := w.mustSync(); !run.Unchanged || len(w.asked()) != 2 {
		t.Errorf("second sync asks for %v", w.asked())
	}

	// What has no documentation is not asked for again, unless it changed.
	w.root.Pass(72 * time.Hour)
	w.Publish("mime", "2.0.6")
	w.mustSync()
	if n := w.Count("docs/plug") + w.Count("docs/jason") + w.Count("docs/telemetry"); n != 0 {
		t.Errorf("asked for %v", w.asked())
	}

	// New documentation shows as a change of the package.
	w.root.Pass(72 * time.Hour)
	before := w.root.Files()["docs/jason-1.4.1.tar.gz"]
	w.PublishDocs("jason", "1.4.1", "second")
	w.PublishDocs("telemetry", "1.0.0", "late")
	w.Publish("mime", "2.0.7") // rebuilds names
	w.mustSync()
	if got := w.root.Files()["docs/jason-1.4.1.tar.gz"]; got == before {
		t.Error("the new documentation of jason did not arrive")
	}
	if !slices.Contains(w.docs(), "telemetry-1.0.0") {
		t.Errorf("docs of %v", w.docs())
	}

	w.RevertDocs("jason", "1.4.1")
	w.Publish("mime", "2.0.8")
	w.mustSync()
	if slices.Contains(w.docs(), "jason-1.4.1") {
		t.Error("reverted documentation is still here")
	}
}

func TestBadDocs(t *testing.T) {
	for name, edit := range map[string]func([]byte) []byte{
		"truncated": truncate, "a web page": func([]byte) []byte { return []byte("<html>") }, "damaged": flip,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.small()
			w.PublishDocs("jason", "1.4.1", strings.Repeat("some text ", 1000))
			w.options.Docs = true
			w.Tamper("docs/jason-1.4.1.tar.gz", edit)
			w.mustFail(ecosystems.Selection{}, "jason 1.4.1 docs")
			run := w.sync(ecosystems.Selection{AllowPartial: true})
			if run.Err != nil || len(run.Missing) != 1 {
				t.Fatalf("missing %+v, error %v", run.Missing, run.Err)
			}
			w.Tamper("docs/jason-1.4.1.tar.gz", nil)
			w.mustSync()
			if got := w.docs(); !slices.Equal(got, []string{"jason-1.4.1"}) {
				t.Errorf("docs of %v", got)
			}
		})
	}
}

func TestHiddenDocs(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.options.Docs = true
	w.Intercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/docs/") {
			http.Error(rw, "no", http.StatusForbidden)
			return true
		}
		return false
	})
	w.mustSync()
	if got := w.docs(); len(got) != 0 {
		t.Errorf("docs of %v", got)
	}
}
