package mirror_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/mirror"
)

// The budget is what the store may hold in all, so what it holds already counts, whatever is published.
func TestBudgetIsOfTheWholeStore(t *testing.T) {
	w := newWorld(t, map[string]string{"a": strings.Repeat("a", 700<<10)})
	w.cfg.Fetch.Budget = "1MiB"
	w.driver.expect = ecosystems.Expectation{Files: 1, Bytes: 700 << 10}
	w.mustSync()
	w.set("b", strings.Repeat("b", 300<<10))
	w.driver.expect = ecosystems.Expectation{Files: 1, Bytes: 300 << 10}
	w.mustSync()
	w.set("c", strings.Repeat("c", 300<<10))
	w.requests()
	_, err := w.sync(ecosystems.Selection{})
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range []string{" KiB in 1 files", "the store holds 1000.", "the budget is 1.0 MiB", "offmirror gc --dry-run", "select less"} {
		if !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %q lacks %q", err, part)
		}
	}
	if asked := w.requests(); asked["c"] != 0 {
		t.Errorf("asked for %v", asked)
	}
	w.cfg.Fetch.Budget = "1.5MiB"
	w.mustSync()
}

func TestRoom(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	w.mustSync()
	w.must(os.MkdirAll(filepath.Join(w.dir, "store/git/host/x.git/objects"), 0o755))
	w.must(os.WriteFile(filepath.Join(w.dir, "store/git/host/x.git/objects/pack"), make([]byte, 1000), 0o644))
	w.must(os.WriteFile(filepath.Join(w.dir, "store/tmp/partial-00"), make([]byte, 100), 0o644))
	room, err := w.mirror().Room()
	w.must(err)
	if room.Free <= 0 || room.Stored != 0 || room.Left() != room.Free {
		t.Errorf("without a budget: %+v", room)
	}
	objects := int64(0)
	w.must(filepath.WalkDir(filepath.Join(w.dir, "store/sha256"), func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			info, infoErr := d.Info()
			w.must(infoErr)
			objects += info.Size()
		}
		return err
	}))
	w.cfg.Fetch.Budget = "10KiB"
	room, err = w.mirror().Room()
	w.must(err)
	if want := (mirror.Room{Free: room.Free, Budget: 10 << 10, Stored: objects + 1100}); room != want {
		t.Errorf("%+v, want %+v", room, want)
	}
	if left := room.Left(); left != 10<<10-objects-1100 {
		t.Errorf("%d left", left)
	}
	if err := room.Exceeded(room.Left()); err != nil {
		t.Error(err)
	}
	if err := room.Exceeded(room.Left() + 1); err == nil || !strings.Contains(err.Error(), "budget") {
		t.Errorf("error %v", err)
	}
	if err := (mirror.Room{Free: 10}).Exceeded(11); err == nil || !strings.Contains(err.Error(), "11 B, and 10 B are free") {
		t.Errorf("error %v", err)
	}
	if left := (mirror.Room{Free: 10, Budget: 5, Stored: 9}).Left(); left != 0 {
		t.Errorf("a store beyond its budget: %d left", left)
	}
	w.cfg.Fetch.Budget = "much"
	if _, err := w.mirror().Room(); err == nil || !strings.Contains(err.Error(), "fetch.budget") {
		t.Errorf("error %v", err)
	}
}

func TestPlanTellsTheRoom(t *testing.T) {
	w := newWorld(t, map[string]string{"a": strings.Repeat("a", 2000)})
	w.cfg.Fetch.Budget = "1KiB"
	p, err := w.mirror().Plan(t.Context(), w.job(ecosystems.Selection{}))
	w.must(err)
	if p.Room.Budget != 1<<10 || p.Room.Free <= 0 || p.Room.Exceeded(p.Totals().FetchBytes) == nil {
		t.Errorf("%+v, %+v", p.Room, p.Totals())
	}
}
