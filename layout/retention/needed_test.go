package retention

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

func TestNeeded(t *testing.T) {
	a, b := idOf("a"), idOf("b")
	for text, want := range map[string]struct {
		snapshots []NeededSnapshot
		objects   []store.ID
	}{
		`{}`:                            {},
		`{"snapshots":[],"objects":[]}`: {},
		`{"objects":["` + a.String() + `","` + b.String() + `"], "snapshots":[{"ecosystem":"hex","id":"1"},{"id":"2","ecosystem":"julia"}]}` + "\n": {
			[]NeededSnapshot{{"hex", "1"}, {"julia", "2"}}, []store.ID{a, b},
		},
	} {
		var objects []store.ID
		snapshots, err := parseNeeded(strings.NewReader(text), func(id store.ID) { objects = append(objects, id) })
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want.objects, objects); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
		for _, s := range want.snapshots {
			if !snapshots[s] {
				t.Errorf("%s: lacks %v", text, s)
			}
		}
		if len(snapshots) != len(want.snapshots) {
			t.Errorf("%s: %v", text, snapshots)
		}
	}
}

var notNeeded = []string{
	``, `null`, `[]`, `"x"`, `{`, `{"snapshots":`, `{"snapshots":[`, `{"snapshots":[]`, `{"snapshots":[]]`,
	`{"snapshots":null}`, `{"objects":null}`, `{"objects":{}}`, `{"objects":[1]}`, `{"objects":[null]}`, `{"objects":["abc"]}`,
	`{"objects":["` + strings.Repeat("A", 64) + `"]}`,
	`{"snapshots":[null]}`, `{"snapshots":["x"]}`, `{"snapshots":[{"ecosystem":"hex"}]}`, `{"snapshots":[{"id":"1"}]}`,
	`{"snapshots":[{"ecosystem":"hex","id":"1","more":1}]}`,
	`{"other":[]}`, `{"snapshots":[],"snapshots":[]}`, `{} {}`, `{}x`,
}

func TestNeededIsStrict(t *testing.T) {
	for _, text := range notNeeded {
		if snapshots, err := parseNeeded(strings.NewReader(text), func(store.ID) {}); err == nil {
			t.Errorf("%s: %v", text, snapshots)
		}
	}
}

func FuzzNeeded(f *testing.F) {
	for _, text := range notNeeded {
		f.Add([]byte(text))
	}
	f.Add([]byte(`{"snapshots":[{"ecosystem":"hex","id":"1"}],"objects":["` + strings.Repeat("0", 64) + `"]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		snapshots, err := parseNeeded(strings.NewReader(string(text)), func(store.ID) {})
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("more than a line: %q", err)
		}
		for s := range snapshots {
			if s.Ecosystem == "" || s.ID == "" {
				t.Errorf("took %+v", s)
			}
		}
	})
}

// gc refuses to remove anything if nobody knows what bundles build on.
func TestUnreadableNeeds(t *testing.T) {
	for name, spoil := range map[string]func(w *world) error{
		"malformed": func(w *world) error { return layout.WriteFile(w.root, NeededPath, []byte("{"), 0o644) },
		"a folder":  func(w *world) error { return w.root.MkdirAll(NeededPath, 0o755) },
		"too large": func(w *world) error {
			return errors.Join(layout.WriteFile(w.root, NeededPath, []byte("{}"), 0o644), os.Truncate(w.dir+"/"+NeededPath, maxNeeded+1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.rules = Config{KeepLast: 1}
			w.publish("hex", "a")
			w.publish("hex", "b")
			w.must(spoil(w))
			w.refuses(NeededPath)
		})
	}
	w := newWorld(t)
	if snapshots, err := Needed(w.root, nil); snapshots != nil || err != nil {
		t.Errorf("nothing there: %v, %v", snapshots, err)
	}
}

// refuses wants gc to fail with an error of one line that says these words, and to change nothing.
func (w *world) refuses(words ...string) {
	w.t.Helper()
	before := w.files()
	_, err := w.collect()
	if err == nil {
		w.t.Fatal("no error")
	}
	for _, word := range append(words, "nothing was forgotten or removed") {
		if !strings.Contains(err.Error(), word) || strings.Contains(err.Error(), "\n") {
			w.t.Errorf("error %q; want %q in it, and one line", err, word)
		}
	}
	if !sameFiles(before, w.files()) {
		w.t.Error("something was changed all the same")
	}
}
