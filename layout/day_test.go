package layout

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestResolveADay(t *testing.T) {
	m := newMirror(t)
	at := func(text string, content string) string {
		when, err := time.Parse(time.RFC3339, text)
		must(t, err)
		s, err := m.Write(t.Context(), Header{Time: when}, slices.Values(m.entries(files{"a": content})))
		must(t, err)
		return s.ID
	}
	if _, err := m.Resolve("2026-11-01"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing at all: %v", err)
	}
	first := at("2026-10-31T12:00:00Z", "1")
	at("2026-11-02T01:30:00+02:00", "2") // in UTC it is the first
	second := at("2026-11-01T23:59:59Z", "3")
	fourth := at("2026-11-05T00:00:00Z", "4")
	for day, want := range map[string]string{
		"2026-10-31": first, "2026-11-01": second, "2026-11-04": second, "2026-11-05": fourth, "2030-01-01": fourth,
	} {
		if id, err := m.Resolve(day); id != want || err != nil {
			t.Errorf("%s: %s, %v; want %s", day, id, err, want)
		}
	}
	_, err := m.Resolve("2026-10-30")
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "the oldest is of 2026-10-31") {
		t.Errorf("before all: %v", err)
	}
	for _, bad := range []string{"2026-13-01", "2026-11-31", "2026-11-1", "2026-11-01T00:00:00Z", "-2026-11-01"} {
		if id, err := m.Resolve(bad); err == nil {
			t.Errorf("%q means %s", bad, id)
		}
	}
	must(t, m.Tag("2026-11-05", first))
	if id, err := m.Resolve("2026-11-05"); id != first || err != nil {
		t.Errorf("a tag of that name: %s, %v; want %s", id, err, first)
	}
}
