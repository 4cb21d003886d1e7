package hexpm_test

import (
	"slices"
	"strings"
	"testing"
)

// Anybody who may publish a package can publish two versions that differ only by
// case. That must not stop a mirror.
func TestVersionsThatDifferByCase(t *testing.T) {
	for name, set := range map[string]func(w *world){
		"whole":    func(*world) {},
		"selected": func(w *world) { w.options.Packages = []string{"evil", "good"} },
		"filtered": func(w *world) {
			w.options.Index, w.options.SigningKey = "filtered", w.siteKey()
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			set(w)
			w.Publish("good", "1.0.0")
			w.Publish("evil", "1.0.0-rc1")
			w.mustSync()
			w.Publish("evil", "1.0.0-RC1")
			w.Publish("good", "1.1.0")
			run := w.sync()
			if run.Err != nil {
				t.Fatalf("sync: %v", run.Err)
			}
			if len(run.Missing) != 1 || run.Missing[0].Path != "tarballs/evil-1.0.0-RC1.tar" || !run.Missing[0].Absent ||
				!strings.Contains(run.Missing[0].Reason, "1.0.0-rc1") {
				t.Errorf("missing %+v", run.Missing)
			}
			w.wantTarballs("evil-1.0.0-rc1", "good-1.0.0", "good-1.1.0")
			if listed := slices.Contains(w.versions("evil"), "1.0.0-RC1"); listed == (w.options.Index == "filtered") {
				t.Errorf("versions of evil: %v", w.versions("evil"))
			}
			w.consistent()
			w.root.Pass(26 * 3600e9)
			w.Publish("good", "1.2.0")
			if run = w.sync(); run.Err != nil {
				t.Fatalf("third sync: %v", run.Err)
			}
			w.wantTarballs("evil-1.0.0-rc1", "good-1.0.0", "good-1.1.0", "good-1.2.0")
		})
	}
}

// A first run has no copy to prefer: the version that is listed first stays.
func TestVersionsThatDifferByCaseAtFirst(t *testing.T) {
	w := newWorld(t)
	w.Publish("evil", "1.0.0-rc1")
	w.Publish("evil", "1.0.0-RC1")
	if run := w.sync(); run.Err != nil || len(run.Missing) != 1 {
		t.Fatalf("sync: %v, missing %+v", run.Err, run.Missing)
	}
	if got := w.tarballs(); len(got) != 1 {
		t.Errorf("tarballs %v", got)
	}
}
