package retention

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/layout"
)

// Whatever refers to an object keeps it, with the strictest rules and no grace.
func TestWhatKeepsObjects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rules = Config{KeepLast: 1}
	hex := w.history("hex")

	tagged := w.publish("hex", "tagged")
	w.must(hex.Tag("v1", tagged.ID))
	w.now = w.now.Add(time.Minute)
	bundled := w.publish("hex", "bundled")
	w.now = w.now.Add(time.Minute)
	arriving := w.write("hex", "arriving snapshot")
	w.now = w.now.Add(time.Minute)
	w.publish("hex", "forgotten")
	w.now = w.now.Add(time.Minute)
	w.publish("hex", "newest")
	w.publish("other-ecosystem", "of others") // which no driver is for
	w.write("unpublished", "not published")
	w.put("driver", "bundle object", "arriving object", "shelf", "pulled", "dead")

	w.must(layout.WriteFile(w.root, "state/drivers/hex.json", fmt.Appendf(nil, `{"snapshot":"x","state":{"index":"%s"}}`, idOf("driver")), 0o644))
	w.must(layout.WriteFile(w.root, "state/pulled/hex.jsonl", fmt.Appendf(nil, `{"path":"tarballs/x.tar","object":"%s","size":6}`+"\n", idOf("pulled")), 0o644))
	w.must(layout.WriteFile(w.root, "state/objects", fmt.Appendf(nil, "/package/x %s 5\n", idOf("shelf")), 0o644))
	w.must(layout.WriteFile(w.root, NeededPath, fmt.Appendf(nil, `{"snapshots":[{"ecosystem":"hex","id":"%s"}],"objects":["%s"]}`, bundled.ID, idOf("bundle object")), 0o644))
	w.must(layout.WriteFile(w.root, "state/bundles/applying/1.json", fmt.Appendf(nil, `{"snapshots":["%s"],"held":["%s"]}`, arriving.ID, idOf("arriving object")), 0o644))

	g := w.mustCollect()
	all := []string{"tagged", "bundled", "arriving snapshot", "newest", "of others", "not published", "driver", "bundle object", "arriving object", "shelf", "pulled", "forgotten", "dead"}
	if diff := cmp.Diff(all[:11], w.holds(all...)); diff != "" {
		t.Error(diff)
	}
	if g.Forgotten != 1 || g.Kept != 6 || g.Needed != 11 || g.Removed.Objects != 2 {
		t.Errorf("%+v", g.Result)
	}
	if diff := cmp.Diff([]Reason{Bundled}, g.kept[bundled.ID]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Reason{Applying}, g.kept[arriving.ID]); diff != "" {
		t.Error(diff)
	}
}

// The published snapshot may be any, after a rollback.
func TestCurrentIsKept(t *testing.T) {
	w := newWorld(t)
	w.rules = Config{KeepLast: 1}
	old := w.publish("hex", "old")
	w.now = w.now.Add(time.Hour)
	w.publish("hex", "middle")
	w.now = w.now.Add(time.Hour)
	w.publish("hex", "new")
	h := w.history("hex")
	w.must(h.Publish(t.Context(), old))
	w.mustCollect()
	if diff := cmp.Diff([]string{"old", "new"}, w.holds("old", "middle", "new")); diff != "" {
		t.Error(diff)
	}
	s, err := h.Current()
	w.must(err)
	if s.ID != old.ID {
		t.Errorf("current is %s", s.ID)
	}
}

// A root that shows what it cannot explain is left alone.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(w *world, id string) error
		words []string
	}{
		"damaged snapshot": {func(w *world, id string) error {
			return os.Truncate(filepath.Join(w.dir, "snapshots/hex", id), 40)
		}, []string{"snapshots/hex/"}},
		"damage at the end of a snapshot": {func(w *world, id string) error {
			name := filepath.Join(w.dir, "snapshots/hex", id)
			data, err := os.ReadFile(name)
			if err == nil {
				data[len(data)-6] ^= 1
				err = os.WriteFile(name, data, 0o644)
			}
			return err
		}, []string{"snapshots/hex/"}},
		"a folder instead of a snapshot": {func(w *world, id string) error {
			return w.root.Mkdir("snapshots/hex/"+strings.Repeat("0", 32), 0o755)
		}, []string{"snapshots/hex/0000"}},
		"a snapshot that is a link": {func(w *world, id string) error {
			return w.root.Symlink(id, "snapshots/hex/"+strings.Repeat("0", 32))
		}, []string{"snapshots/hex/0000"}},
		"the current snapshot is gone": {func(w *world, _ string) error {
			id, err := w.history("hex").CurrentID()
			w.must(err)
			return w.root.Remove("snapshots/hex/" + id)
		}, []string{"hex is published, but its snapshot is gone"}},
		"all snapshots are gone": {func(w *world, _ string) error {
			return w.root.RemoveAll("snapshots/hex")
		}, []string{"hex is published, but snapshots/hex is gone"}},
		"snapshots put aside": {func(w *world, _ string) error {
			return w.root.Mkdir("snapshots/hex.old", 0o755)
		}, []string{"snapshots/hex.old"}},
		"snapshots elsewhere": {func(w *world, _ string) error {
			return w.root.Symlink("hex", "snapshots/more")
		}, []string{"snapshots/more"}},
		"a tree that is not ours": {func(w *world, _ string) error {
			w.must(w.root.Remove("hex"))
			return w.root.Mkdir("hex", 0o755)
		}, []string{"hex in the mirror root is not a link that offmirror made"}},
		"an unreadable memory": {func(w *world, _ string) error {
			return w.root.MkdirAll("state/drivers/hex.json", 0o755)
		}, []string{"state/drivers/hex.json"}},
		"an unreadable application": {func(w *world, _ string) error {
			return w.root.MkdirAll("state/bundles/applying/1.json", 0o755)
		}, []string{"state/bundles/applying/1.json"}},
		"an unreadable note": {func(w *world, _ string) error {
			return w.root.MkdirAll("state/unfinished/hex", 0o755)
		}, []string{"state/unfinished/hex"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.rules = Config{KeepLast: 2}
			w.publish("hex", "a", "x")
			w.now = w.now.Add(time.Hour)
			older := w.publish("hex", "b", "x")
			w.now = w.now.Add(time.Hour)
			w.publish("hex", "c", "x")
			w.put("dead")
			w.must(c.spoil(w, older.ID))
			w.refuses(c.words...)
		})
	}
}

// lost+found is the file system's, and files that are no snapshots are nobody's.
func TestNoReasonToRefuse(t *testing.T) {
	w := newWorld(t)
	w.publish("hex", "a")
	w.must(w.root.Mkdir("snapshots/lost+found", 0o700))
	w.must(w.root.WriteFile("snapshots/.DS_Store", nil, 0o644))
	w.must(w.root.WriteFile("snapshots/hex/notes", nil, 0o644))
	w.put("dead")
	w.rules.Grace = 0
	if g := w.mustCollect(); g.Removed.Objects != 1 {
		t.Errorf("%+v", g.Result)
	}
}

// A name in the store that is no file is none of gc's business.
func TestForeignThingsInTheStore(t *testing.T) {
	w := newWorld(t)
	w.rules.Grace = 0
	w.put("dead")
	folder := w.store.Path(idOf("folder"))
	w.must(w.root.MkdirAll(folder, 0o755))
	link := w.store.Path(idOf("link"))
	w.must(w.root.Symlink("x", link))
	notes := filepath.Dir(folder) + "/notes"
	w.must(w.root.WriteFile(notes, nil, 0o644))
	if g := w.mustCollect(); g.Removed.Objects != 1 {
		t.Errorf("%+v", g.Result)
	}
	files := w.files()
	for _, name := range []string{link, notes} {
		if _, there := files[name]; !there {
			t.Errorf("%s is gone", name)
		}
	}
	if _, err := w.root.Stat(folder); err != nil {
		t.Error(err)
	}
}

func TestEmptyRoot(t *testing.T) {
	w := newWorld(t)
	if g := w.mustCollect(); g.Objects != 0 || g.Kept != 0 {
		t.Errorf("%+v", g.Result)
	}
	before := w.files()
	if _, err := w.run(true); err != nil || !sameFiles(before, w.files()) {
		t.Errorf("dry: %v", err)
	}
}

func TestImpossibleRulesAreRefused(t *testing.T) {
	w := newWorld(t)
	w.rules.KeepLast = -1
	if _, err := w.collect(); err == nil || !strings.Contains(err.Error(), "keep_last") {
		t.Errorf("error %v", err)
	}
}

func TestObjectsAreToldInOrder(t *testing.T) {
	w := newWorld(t)
	var names []string
	for i := range 50 {
		names = append(names, fmt.Sprint("dead", i))
	}
	w.put(names...)
	g := w.mustCollect()
	if got := g.objects[Condemned]; len(got) != 50 || !slices.Equal(got, slices.Collect(sorted(got))) {
		t.Errorf("%d objects, or not sorted", len(got))
	}
}
