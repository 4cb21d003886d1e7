package retention

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func at(t *testing.T, text string) time.Time {
	t.Helper()
	when, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

// snapshotsAt makes snapshots of these times, called after them.
func snapshotsAt(t *testing.T, texts ...string) []Snapshot {
	t.Helper()
	var all []Snapshot
	for _, text := range texts {
		all = append(all, Snapshot{ID: text, Time: at(t, text)})
	}
	return all
}

func ids(verdicts []Verdict) []string {
	names := []string{}
	for _, v := range verdicts {
		names = append(names, v.ID)
	}
	return names
}

func TestKeep(t *testing.T) {
	for name, c := range map[string]struct {
		rules     Config
		snapshots []string
		kept      []string
	}{
		"nothing": {Config{KeepLast: 3}, nil, []string{}},
		"no rule keeps all": {Config{}, []string{"2026-01-01 00:00", "2026-01-02 00:00"},
			[]string{"2026-01-01 00:00", "2026-01-02 00:00"}},
		"last": {Config{KeepLast: 2}, []string{"2026-01-03 00:00", "2026-01-01 00:00", "2026-01-02 00:00"},
			[]string{"2026-01-02 00:00", "2026-01-03 00:00"}},
		"the newest of a day": {Config{KeepDaily: 2}, []string{"2026-01-01 01:00", "2026-01-01 23:59", "2026-01-02 00:00", "2026-01-02 12:00"},
			[]string{"2026-01-01 23:59", "2026-01-02 12:00"}},
		"days without any do not count": {Config{KeepDaily: 2}, []string{"2025-12-01 01:00", "2025-12-24 01:00", "2026-01-02 00:00"},
			[]string{"2025-12-24 01:00", "2026-01-02 00:00"}},
		"weeks begin on Monday": {Config{KeepWeekly: 2}, []string{"2026-01-04 23:00", "2026-01-05 01:00", "2026-01-11 23:00"}, // a Sunday, a Monday, a Sunday
			[]string{"2026-01-04 23:00", "2026-01-11 23:00"}},
		"a week of two years": {Config{KeepWeekly: 1}, []string{"2025-12-29 00:00", "2026-01-02 00:00"},
			[]string{"2026-01-02 00:00"}},
		"rules add up": {Config{KeepLast: 1, KeepDaily: 2, KeepWeekly: 3},
			[]string{"2026-01-01 00:00", "2026-01-08 00:00", "2026-01-14 00:00", "2026-01-15 00:00", "2026-01-15 01:00", "2026-01-15 02:00"},
			[]string{"2026-01-01 00:00", "2026-01-08 00:00", "2026-01-14 00:00", "2026-01-15 02:00"}},
	} {
		t.Run(name, func(t *testing.T) {
			kept, forgotten := Keep(c.rules, snapshotsAt(t, c.snapshots...), at(t, "2026-02-01 00:00"))
			if diff := cmp.Diff(c.kept, ids(kept)); diff != "" {
				t.Error(diff)
			}
			for _, v := range forgotten {
				if v.Because == "" || len(v.Reasons) > 0 {
					t.Errorf("%s is forgotten without a reason", v.ID)
				}
			}
		})
	}
}

// The day of a snapshot is that of UTC, wherever its time was taken down.
func TestKeepInUTC(t *testing.T) {
	east := time.FixedZone("", 14*3600)
	first := Snapshot{ID: "first", Time: time.Date(2026, 1, 2, 1, 0, 0, 0, east)}    // 11:00 of the 1st
	second := Snapshot{ID: "second", Time: time.Date(2026, 1, 2, 13, 0, 0, 0, east)} // 23:00 of the 1st
	kept, _ := Keep(Config{KeepDaily: 5}, []Snapshot{first, second}, at(t, "2026-02-01 00:00"))
	if diff := cmp.Diff([]string{"second"}, ids(kept)); diff != "" {
		t.Error(diff)
	}
}

func TestKeepWhateverTheRulesSay(t *testing.T) {
	all := snapshotsAt(t, "2026-01-01 00:00", "2026-01-02 00:00", "2026-01-03 00:00", "2026-01-04 00:00", "2026-01-05 00:00", "2026-01-06 00:00")
	all[0].Current = true
	all[1].Tags = []string{"v1"}
	all[2].Bundle = true
	all[3].Arrived = true
	kept, forgotten := Keep(Config{KeepLast: 1}, all, at(t, "2026-02-01 00:00"))
	var got [][]Reason
	for _, v := range kept {
		got = append(got, v.Reasons)
	}
	if diff := cmp.Diff([][]Reason{{Current}, {Tagged}, {Bundled}, {Applying}, {Last}}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"2026-01-05 00:00"}, ids(forgotten)); diff != "" {
		t.Error(diff)
	}
}

// Snapshots from the future are kept and push nothing out; with a clock that fell
// back, all of them are.
func TestKeepWhenClocksAreWrong(t *testing.T) {
	all := snapshotsAt(t, "2026-01-01 00:00", "2026-01-02 00:00", "2099-01-01 00:00", "2099-01-02 00:00")
	kept, forgotten := Keep(Config{KeepLast: 1}, all, at(t, "2026-02-01 00:00"))
	if diff := cmp.Diff([]string{"2026-01-02 00:00", "2099-01-01 00:00", "2099-01-02 00:00"}, ids(kept)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"2026-01-01 00:00"}, ids(forgotten)); diff != "" {
		t.Error(diff)
	}
	if _, forgotten := Keep(Config{KeepLast: 1}, all, at(t, "1970-01-01 00:00")); len(forgotten) > 0 {
		t.Errorf("forgets %v", ids(forgotten))
	}
}

func TestWhyForgotten(t *testing.T) {
	all := snapshotsAt(t, "2025-12-01 00:00", "2026-01-07 01:00", "2026-01-07 02:00")
	_, forgotten := Keep(Config{KeepLast: 1, KeepDaily: 1, KeepWeekly: 1}, all, at(t, "2026-02-01 00:00"))
	var got []string
	for _, v := range forgotten {
		got = append(got, v.Because)
	}
	if diff := cmp.Diff([]string{
		"2 are newer, day 2025-12-01 is not among the last 1, week 2025-W49 is not among the last 1",
		"1 is newer, day 2026-01-07 has a newer one, week 2026-W02 has a newer one",
	}, got); diff != "" {
		t.Error(diff)
	}
}

// TestKeepIsRight compares with the rules as one would say them.
func TestKeepIsRight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.IntRange(0, 4)
		rules := Config{KeepLast: number.Draw(t, "last"), KeepDaily: number.Draw(t, "daily"), KeepWeekly: number.Draw(t, "weekly")}
		base := time.Date(2025, 12, 20, 0, 0, 0, 0, time.UTC)
		var all []Snapshot
		for i, hour := range rapid.SliceOfN(rapid.IntRange(0, 24*30), 0, 12).Draw(t, "hours") {
			all = append(all, Snapshot{ID: fmt.Sprint(i), Time: base.Add(time.Duration(hour) * time.Hour)})
		}
		now := base.Add(time.Duration(rapid.IntRange(0, 24*40).Draw(t, "now")) * time.Hour)
		kept, forgotten := Keep(rules, all, now)
		if len(kept)+len(forgotten) != len(all) {
			t.Fatalf("%d kept, %d forgotten of %d", len(kept), len(forgotten), len(all))
		}
		newer := func(a, b Snapshot) bool { return a.Time.After(b.Time) || a.Time.Equal(b.Time) && a.ID > b.ID }
		// wanted reports whether s is the newest of its bucket, and its bucket among the newest n.
		wanted := func(s Snapshot, n int, bucket func(Snapshot) string) bool {
			later := map[string]bool{}
			for _, o := range all {
				if o.Time.After(now) || !newer(o, s) {
					continue
				}
				if bucket(o) == bucket(s) {
					return false
				}
				later[bucket(o)] = true
			}
			return len(later) < n
		}
		for _, v := range slices.Concat(kept, forgotten) {
			want := !rules.HasRules() || v.Time.After(now) ||
				wanted(v.Snapshot, rules.KeepLast, func(s Snapshot) string { return s.ID }) ||
				wanted(v.Snapshot, rules.KeepDaily, func(s Snapshot) string { return s.Time.Format("2006-01-02") }) ||
				wanted(v.Snapshot, rules.KeepWeekly, func(s Snapshot) string { y, w := s.Time.ISOWeek(); return fmt.Sprint(y, " ", w) })
			if got := len(v.Reasons) > 0; got != want {
				t.Fatalf("%+v of %v is kept: %t, want %t", rules, v, got, want)
			}
		}
	})
}

func TestImpossibleRules(t *testing.T) {
	for key, c := range map[string]Config{
		"snapshots.keep_last":   {KeepLast: -1},
		"snapshots.keep_daily":  {KeepDaily: -1},
		"snapshots.keep_weekly": {KeepWeekly: -1},
		"snapshots.grace":       {Grace: -1},
	} {
		if err := c.Check(); err == nil || !strings.HasPrefix(err.Error(), key+": ") {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if err := (Config{Grace: maxGrace + 1}).Check(); err == nil {
		t.Error("a grace of centuries")
	}
	if err := DefaultConfig().Check(); err != nil {
		t.Error(err)
	}
}
