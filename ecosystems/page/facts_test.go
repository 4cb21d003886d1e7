package page_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/layout"
)

func TestMissingItems(t *testing.T) {
	w := newWorld(t)
	var missing []layout.Missing
	for i := range 1500 {
		missing = append(missing, layout.Missing{Path: fmt.Sprintf("p%04d", i), Name: fmt.Sprintf("name %04d", i), Reason: fmt.Sprintf("reason %04d", i), Absent: i == 0})
	}
	w.plain("hex", layout.Header{Missing: missing}, map[string]string{"names": "n"})
	w.shows("/hex/", "1\u202f500 items should be", "the first 1\u202f000 are", "name 0000", "no: absent upstream", "reason 0999", "perhaps, next time")
	if text := w.page("/hex/"); strings.Contains(text, "reason 1000") {
		t.Error("all of very many are shown")
	}
	w.shows("/", `class="number warn">`+"1\u202f500<")
}

func TestLastBundle(t *testing.T) {
	w := newWorld(t)
	s := w.plain("hex", layout.Header{}, map[string]string{"names": "n"})
	text := fmt.Sprintf(`{
  "format": 1,
  "ecosystems": {
    "hex": {
      "bundle": "2026-11-01-full",
      "snapshot": %q,
      "published": "2026-11-01T12:00:00Z",
      "checked": "2026-11-01T13:00:00Z"
    }
  }
}
`, s.ID)
	if err := layout.WriteFile(w.mirror.Root(), "state/bundles/applied.json", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	w.shows("/hex/", "The last bundle was <code>2026-11-01-full</code>", "2026-11-01\u00a013:00\u00a0UTC")
	var a struct {
		LastBundle struct{ Name, Snapshot string } `json:"last_bundle"`
	}
	w.json("/api/v1/ecosystems/hex", &a)
	if a.LastBundle.Name != "2026-11-01-full" || a.LastBundle.Snapshot != s.ID {
		t.Errorf("%+v", a)
	}
}

// Files that are damaged are told of, and hide nothing else.
func TestDamagedFiles(t *testing.T) {
	w := newWorld(t)
	old := w.plain("hex", layout.Header{}, map[string]string{"names": "1"})
	w.plain("hex", layout.Header{}, map[string]string{"names": "2"})
	for _, name := range []string{"snapshots/hex/" + old.ID, "state/bundles/applied.json", "state/confirmed/hex"} {
		if err := layout.WriteFile(w.mirror.Root(), name, []byte("damaged"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	w.shows("/hex/", "Kept snapshots", "curl -f", "names")
	if text := w.page("/hex/"); strings.Contains(text, "@"+old.ID) {
		t.Error("a snapshot that cannot be read is offered")
	}
	w.shows("/", `href="hex/"`)
	if resp := w.get("/hex/?from=" + old.ID + "&to=current"); resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" {
		t.Errorf("a difference to it: %d", resp.StatusCode)
	}
}

func TestKeptSnapshots(t *testing.T) {
	w := newWorld(t)
	var last *layout.Snapshot
	for i := range 70 {
		last = w.plain("hex", layout.Header{}, map[string]string{"names": strings.Repeat("n", i*i)})
	}
	text := w.page("/hex/")
	if bars := strings.Count(text, "<rect"); bars != 60 {
		t.Errorf("%d bars", bars)
	}
	if rows := strings.Count(text, `"><code>`); rows < 70 {
		t.Errorf("%d rows", rows)
	}
	w.shows("/hex/", "the newest 60", "current")
	w.shows("/hex/@2026-11-03/", "This is the kept snapshot", "not what is published now")
	w.shows("/hex/@"+last.ID+"/", "which is also what is published")
}

// What is published while the page is served shows soon, and what is remembered is no longer believed.
func TestNewSnapshotsShow(t *testing.T) {
	w := newWorld(t)
	w.plain("hex", layout.Header{}, map[string]string{"names": "1"})
	w.page("/hex/")
	s := w.plain("hex", layout.Header{}, map[string]string{"names": "2", "more": "m"})
	for until := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if text := w.page("/hex/"); strings.Contains(text, "@"+s.ID) && strings.Contains(text, "1 added, 1 changed") {
			break
		}
		if time.Now().After(until) {
			t.Fatal("it does not show")
		}
	}
}
