package retention

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// applying puts the list of a snapshot that is not here yet into the store, and the note of a bundle
// that brings it; of its objects some have come.
func (w *world) applying(come ...string) (list store.ID) {
	w.t.Helper()
	far := newWorld(w.t)
	s := far.write("hex", append(come, "to come")...)
	var b bytes.Buffer
	w.must(s.Encode(&b))
	list = w.put(b.String())[0]
	w.put(come...)
	piece := w.put("a piece of something large")[0]
	w.must(layout.WriteFile(w.root, "state/bundles/applying/offmirror-1.json", fmt.Appendf(nil, `{"keep":[%q,%q]}`, list, piece), 0o644))
	return list
}

// Between two volumes of a bundle there may be weeks.
func TestWhatABundleHasBroughtStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rules.Grace = 0
	w.publish("hex", "published")
	w.applying("come", "come too")
	w.put("dead")
	g := w.mustCollect()
	if diff := cmp.Diff([]string{"published", "come", "come too", "a piece of something large"},
		w.holds("published", "come", "come too", "a piece of something large", "dead")); diff != "" {
		t.Error(diff)
	}
	if g.Needed != 5 || g.Removed.Objects != 1 {
		t.Errorf("%+v", g.Result)
	}
	w.must(w.root.Remove("state/bundles/applying/offmirror-1.json"))
	if g := w.mustCollect(); g.Removed.Objects != 4 {
		t.Errorf("given up: %+v", g.Result)
	}
}

func TestDamagedListOfABundle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rules.Grace = 0
	w.put("dead")
	list := w.applying(strings.Repeat("long", 50), "come")
	name := filepath.Join(w.dir, w.store.Path(list))
	data, err := os.ReadFile(name)
	w.must(err)
	data[len(data)-8] ^= 1
	w.must(os.Chmod(name, 0o644))
	w.must(os.WriteFile(name, data, 0o644))
	w.refuses(list.String(), "apply the volume")
}

// As long as the volume with the lists has not come nobody knows what a bundle has brought.
func TestBundleWithoutItsLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rules.Grace = 0
	w.put("before")
	w.now = w.now.Add(time.Hour)
	note := "state/bundles/applying/offmirror-1.json"
	w.must(layout.WriteFile(w.root, note, fmt.Appendf(nil, `{"keep":[],"unlisted":%q}`, w.now.UTC().Format(time.RFC3339)), 0o644))
	w.put("come")
	g := w.mustCollect()
	if got := w.holds("before", "come"); len(got) != 1 || got[0] != "come" {
		t.Errorf("holds %v", got)
	}
	if g.Awaited.Objects != 1 || len(g.Unfinished) != 1 || g.Unfinished[0] != "offmirror-1" {
		t.Errorf("%+v", g.Result)
	}
	w.must(layout.WriteFile(w.root, note, []byte(`{"keep":[`), 0o644))
	w.refuses(note, "move it away")
	w.must(w.root.Remove(note))
	if g := w.mustCollect(); g.Removed.Objects != 1 {
		t.Errorf("given up: %+v", g.Result)
	}
}
