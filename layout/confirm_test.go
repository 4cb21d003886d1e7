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
