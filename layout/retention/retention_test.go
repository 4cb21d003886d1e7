package retention

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// world is a mirror root with a clock, and shortcuts.
type world struct {
	t     testing.TB
	dir   string
	root  *os.Root
	store *store.Store
	now   time.Time
	clock Clock // Boot and Uptime
	rules Config
	trace func(Step)
}

// start is in the past, so that nothing that these tests write is older than their clock says by
// itself: file times are set.
var start = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func newWorld(t testing.TB) *world { return openWorld(t, t.TempDir()) }

func openWorld(t testing.TB, dir string) *world {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close(); root.Close() })
	return &world{t: t, dir: dir, root: root, store: st, now: start, rules: DefaultConfig()}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) history(ecosystem string) *layout.History {
	w.t.Helper()
	h, err := layout.OpenHistory(w.root, w.store, ecosystem)
	w.must(err)
	return h
}

// put stores contents, written at the time of the clock.
func (w *world) put(contents ...string) []store.ID {
	w.t.Helper()
	ids := make([]store.ID, len(contents))
	var group sync.WaitGroup // one group of commits costs little more than one commit
	for i, content := range contents {
		group.Go(func() {
			id, err := w.store.Put(context.Background(), []byte(content))
			if err != nil {
				w.t.Error(err)
			}
			ids[i] = id
		})
	}
	group.Wait()
	for _, id := range ids {
		info, err := w.store.Stat(id)
		w.must(err)
		if time.Since(info.ModTime()) < time.Hour { // written just now, by the real clock
			w.touch(id, w.now)
		}
	}
	return ids
}

func (w *world) touch(id store.ID, t time.Time) {
	w.t.Helper()
	w.must(os.Chtimes(filepath.Join(w.dir, filepath.FromSlash(w.store.Path(id))), t, t))
}

// write keeps a snapshot of files with these contents, of the time of the clock.
func (w *world) write(ecosystem string, contents ...string) *layout.Snapshot {
	w.t.Helper()
	ids := w.put(contents...)
	entries := make([]layout.Entry, len(ids))
	for i, id := range ids {
		entries[i] = layout.Entry{Path: fmt.Sprintf("dir%d/%s", len(contents[i])%3, contents[i]), Object: id, Size: int64(len(contents[i]))}
	}
	s, err := w.history(ecosystem).Write(context.Background(), layout.Header{Time: w.now}, slices.Values(entries))
	w.must(err)
	return s
}

// publish is write, and what a sync does then.
func (w *world) publish(ecosystem string, contents ...string) *layout.Snapshot {
	w.t.Helper()
	s := w.write(ecosystem, contents...)
	w.must(w.history(ecosystem).Publish(context.Background(), s))
	return s
}

// gathered is everything that a run told.
type gathered struct {
	Result
	forgotten []string // ids
	kept      map[string][]Reason
	objects   map[Fate][]store.ID
	leftovers []string
}

func (w *world) collect() (gathered, error) { return w.run(false) }

func (w *world) run(dry bool) (gathered, error) {
	g := gathered{kept: map[string][]Reason{}, objects: map[Fate][]store.ID{}}
	var err error
	g.Result, err = Collect(w.t.Context(), w.root, w.store, Options{
		Config: w.rules, DryRun: dry, Trace: w.trace,
		Clock: func() Clock { c := w.clock; c.Now = w.now; return c },
		OnSnapshot: func(_ string, v Verdict) {
			if len(v.Reasons) > 0 {
				g.kept[v.ID] = v.Reasons
			} else {
				g.forgotten = append(g.forgotten, v.ID)
			}
		},
		OnObject:   func(o Object) { g.objects[o.Fate] = append(g.objects[o.Fate], o.ID) },
		OnLeftover: func(l Leftover) { g.leftovers = append(g.leftovers, l.Path) },
	})
	return g, err
}

func (w *world) mustCollect() gathered {
	w.t.Helper()
	g, err := w.collect()
	w.must(err)
	return g
}

// holds returns which of the contents the store has.
func (w *world) holds(contents ...string) []string {
	w.t.Helper()
	there := []string{}
	for _, content := range contents {
		if _, ok := w.store.Has(idOf(content)); ok {
			there = append(there, content)
		}
	}
	return there
}

// files returns every file of the root with its size, for comparisons.
func (w *world) files() map[string]int64 {
	w.t.Helper()
	all := map[string]int64{}
	w.must(fs.WalkDir(w.root.FS(), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		all[p] = info.Size()
		return err
	}))
	return all
}

func sameFiles(a, b map[string]int64) bool { return maps.Equal(a, b) }
