package receipt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle/trust"
)

// site is a mirror root with snapshots.
type site struct {
	t       testing.TB
	root    *os.Root
	objects *store.Store
	key     trust.Secret
}

var start = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

func newSite(t testing.TB) *site {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	objects, err := store.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { objects.Close(); root.Close() })
	return &site{t, root, objects, aKey(t)}
}

func (s *site) history(ecosystem string) *layout.History {
	s.t.Helper()
	h, err := layout.OpenHistory(s.root, s.objects, ecosystem)
	if err != nil {
		s.t.Fatal(err)
	}
	return h
}

// snapshot keeps a snapshot of these files, each named by its content, made so many days after the start.
func (s *site) snapshot(ecosystem string, day int, contents ...string) *layout.Snapshot {
	s.t.Helper()
	var entries []layout.Entry
	for _, content := range contents {
		id, err := s.objects.Put(context.Background(), []byte(content))
		if err != nil {
			s.t.Fatal(err)
		}
		entries = append(entries, layout.Entry{Path: content, Object: id, Size: int64(len(content))})
	}
	snapshot, err := s.history(ecosystem).Write(context.Background(), layout.Header{Time: start.AddDate(0, 0, day)}, slices.Values(entries))
	if err != nil {
		s.t.Fatal(err)
	}
	return snapshot
}

func (s *site) publish(ecosystem string, snapshot *layout.Snapshot) {
	s.t.Helper()
	if err := s.history(ecosystem).Publish(context.Background(), snapshot); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) make(o Options, ecosystems ...string) (*Made, error) {
	o.Site, o.Key, o.Time = "plant-7", s.key, start.Add(1500*time.Millisecond)
	return Make(context.Background(), s.root, s.objects, ecosystems, o)
}

func TestMakeListsWhatIsHeld(t *testing.T) {
	s := newSite(t)
	h1, h2, h3 := s.snapshot("hex", 1, "a", "b"), s.snapshot("hex", 2, "a", "c"), s.snapshot("hex", 3, "d")
	s.publish("hex", h2) // rolled back
	if err := s.history("hex").Confirm(h3.ID, start); err != nil {
		t.Fatal(err)
	}
	j1 := s.snapshot("julia", 1, "a")
	made, err := s.make(Options{Bundle: "nightly"}, "julia", "hex", "justmr", "hex")
	if err != nil {
		t.Fatal(err)
	}
	want := Receipt{
		Site: "plant-7", Time: start.Add(time.Second), Key: s.key.Public(), Bundle: "nightly",
		Ecosystems: []Holding{
			{Name: "hex", Confirmed: start, Current: h2.ID, Kept: []string{h3.ID, h1.ID}},
			{Name: "julia", Kept: []string{j1.ID}},
			{Name: "justmr"},
		},
	}
	same := cmp.Comparer(func(a, b trust.Public) bool { return a == b })
	if diff := cmp.Diff(want, made.Receipt, same); diff != "" {
		t.Error(diff)
	}
	got, err := Parse(made.Text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&want, got, same); diff != "" {
		t.Errorf("read back:\n%s", diff)
	}
	if strings.Contains(string(made.Text), s.root.Name()) {
		t.Error("the root's path is in it")
	}
	if made, err := s.make(Options{}); err != nil || len(made.Receipt.Ecosystems) != 0 {
		t.Errorf("about nothing: %+v, %v", made, err)
	}
}

func TestMakeOfADamagedMirror(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(file string) error
		want   string
	}{
		"an object is lost":    {os.Remove, "is not in the store"},
		"an object is shorter": {func(file string) error { return os.Truncate(file, 1) }, "has 1 bytes, not 2"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			old, current := s.snapshot("hex", 1, "aa", "bb"), s.snapshot("hex", 2, "aa", "cc")
			s.publish("hex", current)
			e, _ := current.Lookup("cc")
			file := filepath.Join(s.root.Name(), s.objects.Path(e.Object))
			if err := os.Chmod(file, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := c.damage(file); err != nil {
				t.Fatal(err)
			}
			var incomplete *IncompleteError
			made, err := s.make(Options{}, "hex")
			if !errors.As(err, &incomplete) || incomplete.Snapshot != current.ID || incomplete.Ecosystem != "hex" || !strings.Contains(err.Error(), c.want) || made != nil {
				t.Fatalf("%+v, %v", made, err)
			}
			made, err = s.make(Options{SkipDamaged: true}, "hex")
			if err != nil || len(made.Damaged) != 1 || !errors.As(made.Damaged[0], &incomplete) {
				t.Fatalf("%+v, %v", made, err)
			}
			if diff := cmp.Diff([]Holding{{Name: "hex", Kept: []string{old.ID}}}, made.Receipt.Ecosystems); diff != "" {
				t.Error(diff)
			}
			if r, err := Parse(made.Text); err != nil || r.Holds("hex", current.ID) {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
}

func TestMakeWithADamagedList(t *testing.T) {
	s := newSite(t)
	current := s.snapshot("hex", 1, "a")
	s.publish("hex", current)
	other := s.snapshot("hex", 2, "b")
	file := filepath.Join(s.root.Name(), "snapshots/hex", other.ID)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-1] ^= 1
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if made, err := s.make(Options{}, "hex"); err == nil {
		t.Errorf("%s", made.Text)
	}
}

// Of more snapshots than fit, the oldest of all ecosystems are left out.
func TestMakeFits(t *testing.T) {
	s := newSite(t)
	var newest *layout.Snapshot
	for day := range 110 {
		newest = s.snapshot([]string{"hex", "julia"}[day%2], day, fmt.Sprint(day))
	}
	s.publish("hex", s.snapshot("hex", 0, "0")) // the oldest is the published one
	made, err := s.make(Options{}, "hex", "julia")
	if err != nil {
		t.Fatal(err)
	}
	r := made.Receipt
	if len(made.Text) > MaxSize || len(made.Text) < MaxSize-100 {
		t.Errorf("%d bytes", len(made.Text))
	}
	kept := len(r.Ecosystems[0].Kept) + len(r.Ecosystems[1].Kept)
	if r.Dropped == 0 || kept+r.Dropped != 109 {
		t.Errorf("%d kept, %d dropped", kept, r.Dropped)
	}
	if d := len(r.Ecosystems[1].Kept) - len(r.Ecosystems[0].Kept); d < 0 || d > 1 {
		t.Errorf("%d of one, %d of the other", len(r.Ecosystems[0].Kept), len(r.Ecosystems[1].Kept))
	}
	if r.Ecosystems[1].Kept[0] != newest.ID || r.Ecosystems[0].Current == "" {
		t.Errorf("the newest or the current one is missing: %+v", r)
	}
	if _, err := Parse(made.Text); err != nil {
		t.Error(err)
	}
}

func TestMakeIsInterrupted(t *testing.T) {
	s := newSite(t)
	var contents []string
	for i := range 5000 {
		contents = append(contents, fmt.Sprint(i%10, "/", i))
	}
	entries := func(yield func(layout.Entry) bool) {
		for _, c := range contents {
			if !yield(layout.Entry{Path: c, Link: "../" + c[2:]}) {
				return
			}
		}
	}
	if _, err := s.history("hex").Write(context.Background(), layout.Header{Time: start}, entries); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Make(ctx, s.root, s.objects, []string{"hex"}, Options{Site: "a", Key: s.key, Time: start, SkipDamaged: true})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestMakeWithoutAKeyOrASite(t *testing.T) {
	s := newSite(t)
	for _, o := range []Options{{Site: "a", Time: start}, {Key: s.key, Time: start}, {Site: "a b", Key: s.key, Time: start}, {Site: "a", Key: s.key}} {
		if made, err := Make(context.Background(), s.root, s.objects, nil, o); err == nil {
			t.Errorf("%+v: %s", o, made.Text)
		}
	}
}

func TestSeenMergesItsSets(t *testing.T) {
	s := newSite(t)
	var all []string
	for day := range 3 * maxSets {
		all = append(all, fmt.Sprint("x", day))
		s.snapshot("hex", day, all...)
	}
	known := &seen{}
	h := s.history("hex")
	kept, err := h.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kept {
		if err := complete(context.Background(), h, s.objects, k.ID, known); err != nil {
			t.Fatal(err)
		}
	}
	if len(known.sets) > maxSets {
		t.Errorf("%d sets", len(known.sets))
	}
	for _, content := range all {
		id, err := s.objects.Put(context.Background(), []byte(content))
		if err != nil || !known.has(id) {
			t.Errorf("%s is not seen: %v", content, err)
		}
	}
	if known.has(store.ID{1}) {
		t.Error("has what was never there")
	}
}
