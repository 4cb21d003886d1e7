package retention

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/layout"
)

// sentenced makes a mirror in which x was condemned, and is needed again by the snapshot that it
// returns; the grace of the old sentence has passed.
func sentenced(t *testing.T) (w *world, id string) {
	t.Helper()
	w = newWorld(t)
	w.put("x", "other")
	w.mustCollect()
	w.now = w.now.Add(time.Hour)
	id = w.publish("hex", "x", "y").ID
	w.now = w.now.Add(day24)
	w.publish("hex", "y", "z")
	return w, id
}

// The grace begins when the last need ends, also if gc has not looked in between.
func TestGraceBeginsAnew(t *testing.T) {
	t.Parallel()
	for name, forget := range map[string]func(w *world, id string) error{
		"by a rule": func(w *world, _ string) error { w.rules.KeepLast = 1; return nil },
		"by hand": func(w *world, id string) error {
			_, err := Forget(t.Context(), w.root, w.history("hex"), id[:8], false)
			return err
		},
		"by hand, damaged": func(w *world, id string) error {
			w.must(os.Truncate(filepath.Join(w.dir, "snapshots/hex", id), 50))
			_, err := Forget(t.Context(), w.root, w.history("hex"), id, false)
			return err
		},
		"by a rule that was interrupted": func(w *world, _ string) error {
			w.rules.KeepLast = 1
			w.trace = func(s Step) {
				if s == StepRecord {
					panic("died")
				}
			}
			defer func() { w.trace = nil; _ = recover() }()
			_, err := w.collect()
			return errors.Join(errors.New("survived"), err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, id := sentenced(t)
			w.must(forget(w, id))
			g := w.mustCollect()
			if got := w.holds("x"); len(got) != 1 {
				t.Fatalf("x is gone: %+v", g.Result)
			}
			if len(w.holds("other")) != 0 && name != "by hand, damaged" { // then nothing is known of any sentence
				t.Errorf("the old sentence of others holds no more: %+v", g.Result)
			}
			w.now = w.now.Add(day24)
			if g := w.mustCollect(); g.Removed.Objects == 0 || len(w.holds("x")) > 0 {
				t.Errorf("the grace never ends: %+v", g.Result)
			}
		})
	}
}

func TestForgetReleasesTheSecondTree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.publish("hex", "a", "b")
	w.now = w.now.Add(time.Hour)
	w.publish("hex", "b", "c")
	if _, err := Forget(t.Context(), w.root, w.history("hex"), old.ID, false); err != nil {
		t.Fatal(err)
	}
	w.rules.Grace = 0
	if g := w.mustCollect(); g.Removed.Objects != 1 || len(g.leftovers) != 0 {
		t.Errorf("%+v", g)
	}
	w.nowhere("a")
}

// nowhere wants a content in no file of the root, so that its space is free.
func (w *world) nowhere(content string) {
	w.t.Helper()
	for name, size := range w.files() {
		if size != int64(len(content)) || strings.HasSuffix(name, "lock") {
			continue
		}
		if data, err := w.root.ReadFile(name); err == nil && string(data) == content {
			w.t.Errorf("%q is still in %s", content, name)
		}
	}
}

func TestForgetRefuses(t *testing.T) {
	w := newWorld(t)
	h := w.history("hex")
	bundled := w.publish("hex", "a")
	w.now = w.now.Add(time.Hour)
	current := w.publish("hex", "b")
	w.must(layout.WriteFile(w.root, NeededPath, fmt.Appendf(nil, `{"snapshots":[{"ecosystem":"hex","id":"%s"}]}`, bundled.ID), 0o644))
	for ref, word := range map[string]string{bundled.ID: "bundle", current.ID: "current", "zzzz": "no snapshot"} {
		if _, err := Forget(t.Context(), w.root, h, ref, false); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", ref, err)
		}
	}
	if _, err := Forget(t.Context(), w.root, h, bundled.ID, false); !isBundled(err) {
		t.Errorf("error %v", err)
	}
	w.must(layout.WriteFile(w.root, NeededPath, []byte(`{`), 0o644))
	if _, err := Forget(t.Context(), w.root, h, bundled.ID, false); err == nil || !strings.Contains(err.Error(), NeededPath) {
		t.Errorf("error %v", err)
	}
	if id, err := Forget(t.Context(), w.root, h, bundled.ID, true); id != bundled.ID || err != nil {
		t.Errorf("with force: %s, %v", id, err)
	}
}

func isBundled(err error) bool {
	_, ok := errors.AsType[*BundledError](err)
	return ok
}
