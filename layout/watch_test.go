package layout

import (
	"sync"
	"testing"
	"time"
)

func TestWatcher(t *testing.T) {
	m := newMirror(t)
	w := m.Watch()
	defer w.Close()
	expect := func(want string) {
		t.Helper()
		if id, err := w.ID(); id != want || err != nil {
			t.Errorf("ID = %q, %v; want %q", id, err, want)
		}
	}
	expect("")
	one := m.publish(files{"a": "1"})
	expect(one.ID)
	two := m.publish(files{"a": "2"})
	expect(two.ID)
	must(t, m.Publish(t.Context(), one))
	expect(one.ID)

	// The folder is put away, as by somebody who restores a backup.
	must(t, m.root.Rename("snapshots/toy", "snapshots/old"))
	w.until = time.Time{} // a while later
	expect("")
	must(t, m.root.Rename("snapshots/old", "snapshots/toy"))
	expect(one.ID)

	must(t, m.root.Remove(m.currentLink()))
	must(t, m.root.Symlink("../../etc", m.currentLink()))
	if id, err := w.ID(); err == nil {
		t.Errorf("ID = %q for a link to elsewhere", id)
	}
}

func TestWatcherIsForManyGoroutines(t *testing.T) {
	m := newMirror(t)
	s := m.publish(files{"a": "1"})
	w := m.Watch()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 500 {
				if id, err := w.ID(); id != s.ID || err != nil {
					t.Errorf("ID = %q, %v", id, err)
					return
				}
				if i%50 == 0 {
					w.mu.Lock()
					w.until = time.Time{}
					w.mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	w.Close()
	w.Close()
}

// A folder that has not changed for a while is not read again, until it does.
func TestWatcherRemembers(t *testing.T) {
	m := newMirror(t)
	w := m.Watch()
	defer w.Close()
	one := m.publish(files{"a": "1"})
	if id, err := w.ID(); id != one.ID || err != nil || w.known.Load() != nil {
		t.Fatalf("ID = %q, %v; remembered: %v, too soon", id, err, w.known.Load())
	}
	long := time.Now().Add(-time.Hour)
	must(t, m.root.Chtimes("snapshots/toy", long, long))
	for range 2 {
		if id, err := w.ID(); id != one.ID || err != nil || w.known.Load() == nil {
			t.Fatalf("ID = %q, %v; remembered: %v", id, err, w.known.Load())
		}
	}
	two := m.publish(files{"a": "2"})
	if id, err := w.ID(); id != two.ID || err != nil {
		t.Fatalf("ID = %q, %v; want %q", id, err, two.ID)
	}
	must(t, m.Publish(t.Context(), one))
	if id, err := w.ID(); id != one.ID || err != nil {
		t.Fatalf("ID = %q, %v; want %q", id, err, one.ID)
	}
}
