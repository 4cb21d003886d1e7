package layout

import (
	"testing"
	"time"
)

func TestConfirm(t *testing.T) {
	m := newMirror(t)
	h := m.History
	if c, err := h.Confirmed(); err != nil || !c.Time.IsZero() || c.Snapshot != "" {
		t.Fatalf("before: %+v, %v", c, err)
	}
	id := "00112233445566778899aabbccddeeff"
	at := time.Date(2026, 11, 20, 1, 2, 3, 999, time.FixedZone("", 3600))
	if err := h.Confirm(id, at); err != nil {
		t.Fatal(err)
	}
	c, err := h.Confirmed()
	if want := time.Date(2026, 11, 20, 0, 2, 3, 0, time.UTC); err != nil || c.Snapshot != id || !c.Time.Equal(want) {
		t.Fatalf("after: %+v, %v", c, err)
	}
	if err := h.Confirm("../x", at); err == nil {
		t.Fatal("an id that is a path was taken")
	}
	if err := writeText(h.root, h.confirmedPath(), "nonsense\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Confirmed(); err == nil {
		t.Fatal("nonsense was read")
	}
}

// Whatever the clock does within a minute, times tell which of two snapshots came later.
func TestConfirmationsAreInOrder(t *testing.T) {
	m := newMirror(t)
	const a, b = "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"
	start := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for i, step := range []struct {
		id   string
		at   time.Duration
		want time.Duration
	}{
		{a, 0, 0},
		{a, 0, 0},
		{b, 900 * time.Millisecond, time.Second},
		{b, 0, time.Second},
		{a, 0, 2 * time.Second},
		{a, 10 * time.Second, 10 * time.Second},
		{b, -40 * time.Second, 11 * time.Second},
		{b, -50 * time.Second, -50 * time.Second}, // a minute and more
		{a, time.Hour, time.Hour},
	} {
		must(t, m.Confirm(step.id, start.Add(step.at)))
		c, err := m.Confirmed()
		if err != nil || c.Snapshot != step.id || c.Time.Sub(start) != step.want {
			t.Errorf("step %d: %s at %v, %v; want %v", i, c.Snapshot, c.Time.Sub(start), err, step.want)
		}
	}
}
