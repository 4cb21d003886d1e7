package mirror_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/mirror"
)

// A cycle of samples finds damage anywhere, and reads as much as a full run does.
func TestSamplesOfACycleReadEverything(t *testing.T) {
	files := map[string]string{}
	for i := range 40 {
		files[fmt.Sprintf("f%02d", i)] = fmt.Sprintf("content %d", i)
	}
	w := newWorld(t, files)
	w.mustSync()
	for i := range 40 {
		overwrite(t, w.object(files[fmt.Sprintf("f%02d", i)]), fmt.Sprintf("CONTENT %d", i))
	}
	full := w.verify(mirror.VerifyOptions{})
	found := map[string]bool{}
	var bytes int64
	for range 9 {
		v := w.verify(mirror.VerifyOptions{Sample: 10})
		if v.Sample == nil || v.Sample.Cycle != 9 || v.Sample.ByDate != "" || v.Sample.Resumed || v.Mode != "sample" {
			t.Fatalf("%+v", v.Sample)
		}
		bytes += v.Bytes
		for _, d := range v.Damage {
			if found[d.Path] {
				t.Errorf("%s was read twice in a cycle", d.Path)
			}
			found[d.Path] = true
		}
	}
	if len(found) != 40 || bytes != full.Bytes {
		t.Errorf("%d of 40 found, %d of %d bytes read", len(found), bytes, full.Bytes)
	}
}

func TestSampleLooksForEverything(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha", "b": "beta"})
	w.mustSync()
	if err := errors.Join(os.Remove(w.object("alpha")), os.Truncate(w.object("beta"), 1)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if v := w.verify(mirror.VerifyOptions{Sample: 1}); len(v.Damage) < 2 {
			t.Errorf("%+v", v.Damage)
		}
	}
}

func TestSampleTellsTheDriver(t *testing.T) {
	files := map[string]string{}
	for i := range 30 {
		files[fmt.Sprintf("f%02d", i)] = fmt.Sprintf("content %d", i)
	}
	w := newWorld(t, files)
	w.mustSync()
	proven := map[string]int{}
	w.driver.sampled = func(path string) { proven[path]++ }
	for range 3 {
		w.verify(mirror.VerifyOptions{Sample: 30})
	}
	for path := range files {
		if proven[path] != 1 {
			t.Errorf("%s was in %d samples of a cycle", path, proven[path])
		}
	}
	clear(proven)
	w.verify(mirror.VerifyOptions{})
	if len(proven) != 31 {
		t.Errorf("without a sample %d files are in it", len(proven))
	}
}

// Where nothing can be remembered, the day chooses, and says so.
func TestSampleByDate(t *testing.T) {
	files := map[string]string{}
	for i := range 30 {
		files[fmt.Sprintf("f%02d", i)] = fmt.Sprintf("content %d", i)
	}
	w := newWorld(t, files)
	w.mustSync()
	if err := os.WriteFile(filepath.Join(w.dir, "state/verify"), nil, 0o644); err != nil { // no folder can be there
		t.Fatal(err)
	}
	now := time.Now()
	w.cfg.Now = func() time.Time { return now }
	total := 0
	for range 9 {
		v := w.verify(mirror.VerifyOptions{Sample: 10})
		if v.Sample.ByDate == "" {
			t.Fatalf("%+v", v.Sample)
		}
		again := w.verify(mirror.VerifyOptions{Sample: 10})
		if again.Sample.From != v.Sample.From || again.Bytes != v.Bytes {
			t.Errorf("the same day, another sample: %+v, %+v", v.Sample, again.Sample)
		}
		total += v.Sample.Objects
		now = now.Add(24 * time.Hour)
	}
	if total != 31 {
		t.Errorf("%d of 31 objects in nine days", total)
	}
}

func TestSampleBeginsAnewWithAMemoryThatIsDamaged(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	w.mustSync()
	for _, text := range []string{"", "{", `{"position":"x"}`, strings.Repeat("x", 10000), `{"position":"ffffffffffffffff","checked":"0000000000000000"}`} {
		file := filepath.Join(w.dir, "state/verify/toy.json")
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
		if v := w.verify(mirror.VerifyOptions{Sample: 10}); v.Sample.ByDate != "" || len(v.Damage) > 0 {
			t.Errorf("%.20q: %+v", text, v)
		}
	}
}

func TestVerificationsOfOlderSnapshots(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha", "old": "omega"})
	first := w.mustSync()
	w.set("old", "")
	w.mustSync()
	overwrite(t, w.object("omega"), "OMEGA")
	overwrite(t, w.object("alpha"), "ALPHA")
	v := w.verify(mirror.VerifyOptions{})
	want := []mirror.Damage{
		{Path: "a", Kind: mirror.Damaged, Object: sum("alpha")},
		{Path: "old", Kind: mirror.Damaged, Object: sum("omega"), Snapshot: first.Snapshot},
	}
	for i, d := range v.Damage {
		d.Error = ""
		if i >= len(want) || d != want[i] {
			t.Errorf("%+v", d)
		}
	}
	if len(v.Damage) != 2 || v.Snapshots != 2 || v.Objects != 4 {
		t.Errorf("%+v", v)
	}
}

func TestVerificationKeepsItsReport(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	w.mustSync()
	w.verify(mirror.VerifyOptions{Quick: true})
	data, err := os.ReadFile(filepath.Join(w.dir, "state/reports/verify-toy.json"))
	if err != nil || !strings.Contains(string(data), `"mode": "quick"`) {
		t.Errorf("%s, %v", data, err)
	}
	status, err := w.mirror().Status("toy")
	if err != nil || status.LastRun == nil || status.LastRun.Snapshot == "" {
		t.Errorf("the report of the last sync: %+v, %v", status.LastRun, err)
	}
}

func TestAgeOfWhatIsPublished(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	w.cfg.Now = func() time.Time { return now }
	first := w.mustSync()
	frozen := func(limit time.Duration) string {
		return w.verify(mirror.VerifyOptions{Quick: true, MaxAge: limit}).Frozen
	}
	const day = 24 * time.Hour
	now = now.Add(8 * day)
	if frozen(7*day) == "" || frozen(9*day) != "" || frozen(0) != "" {
		t.Error("eight days after the sync")
	}
	if r := w.mustSync(); !r.Unchanged {
		t.Fatalf("%+v", r)
	}
	if f := frozen(time.Hour); f != "" {
		t.Errorf("a sync that found nothing new confirms: %s", f)
	}
	w.set("a", "another")
	w.mustSync()
	now = now.Add(day)
	history, err := w.mirror().History("toy")
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := history.Load(first.Snapshot)
	if err == nil {
		err = history.Publish(t.Context(), snapshot)
	}
	if err != nil {
		t.Fatal(err)
	}
	if f := frozen(3 * day); !strings.Contains(f, "rolled back") {
		t.Errorf("after a rollback: %q", f)
	}
	// The clock jumps back: confirmations lie in the future then.
	if _, err := w.sync(ecosystems.Selection{}); err != nil {
		t.Fatal(err)
	}
	now = now.Add(-365 * day)
	v := w.verify(mirror.VerifyOptions{Quick: true, MaxAge: 7 * day})
	if v.Frozen == "" || v.Confirmed != nil || len(v.Notices) != 2 || v.Notices[0].Kind != "future" {
		t.Errorf("%+v", v)
	}
}

func TestAge(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 59 * time.Second: "59s", time.Minute: "1m", 90 * time.Minute: "1h30m", 36 * time.Hour: "36h", 47*time.Hour + time.Minute: "47h1m",
		48 * time.Hour: "2d", 55 * time.Hour: "2d7h", 7 * 24 * time.Hour: "7d", 400*24*time.Hour + time.Hour: "400d",
	} {
		if got := mirror.Age(d); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
}
