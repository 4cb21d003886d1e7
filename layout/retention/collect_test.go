package retention

import (
	"bytes"
	"crypto/sha256"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/fetch/store"
)

func idOf(content string) store.ID { return sha256.Sum256([]byte(content)) }

// What nothing needs goes when the grace has passed, and not before.
func TestTwoPhases(t *testing.T) {
	w := newWorld(t)
	w.rules.KeepLast = 1
	old := w.publish("hex", "a", "b")
	w.now = w.now.Add(48 * time.Hour)
	w.publish("hex", "b", "c")
	before := w.files()

	dry, err := w.run(true)
	w.must(err)
	if !sameFiles(before, w.files()) {
		t.Error("a dry run changed something")
	}
	g := w.mustCollect()
	if diff := cmp.Diff([]string{old.ID}, g.forgotten); diff != "" {
		t.Error(diff)
	}
	if g.Condemned != (Sum{1, 1}) || g.Removed != (Sum{}) || g.Needed != 2 || g.Objects != 3 {
		t.Errorf("%+v", g.Result)
	}
	if diff := cmp.Diff(dry, g, cmp.AllowUnexported(gathered{})); diff != "" {
		t.Errorf("the dry run said otherwise: %s", diff)
	}
	w.now = w.now.Add(24*time.Hour - 1)
	if g := w.mustCollect(); g.Waiting != (Sum{1, 1}) || g.Removed != (Sum{}) {
		t.Errorf("before the grace has passed: %+v", g.Result)
	}
	w.now = w.now.Add(1)
	if g := w.mustCollect(); g.Removed != (Sum{1, 1}) || g.Waiting != (Sum{}) {
		t.Errorf("after the grace: %+v", g.Result)
	}
	if diff := cmp.Diff([]string{"b", "c"}, w.holds("a", "b", "c")); diff != "" {
		t.Error(diff)
	}
	if _, err := w.root.Stat(recordPath); err == nil {
		t.Error("the list of condemned objects outlives them")
	}
}

func TestWithoutGraceAtOnce(t *testing.T) {
	w := newWorld(t)
	w.rules = Config{KeepLast: 1}
	w.publish("hex", "a", "b")
	w.now = w.now.Add(time.Minute)
	w.publish("hex", "b", "c")
	if g := w.mustCollect(); g.Removed != (Sum{1, 1}) || g.Forgotten != 1 {
		t.Errorf("%+v", g.Result)
	}
	if diff := cmp.Diff([]string{"b", "c"}, w.holds("a", "b", "c")); diff != "" {
		t.Error(diff)
	}
}

// sorted yields ids in their order.
func sorted(ids []store.ID) iter.Seq[store.ID] {
	return slices.Values(slices.SortedFunc(slices.Values(ids), func(a, b store.ID) int { return bytes.Compare(a[:], b[:]) }))
}
