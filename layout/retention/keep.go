package retention

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Snapshot is what [Keep] has to know of one.
type Snapshot struct {
	ID      string
	Time    time.Time
	Current bool     // it is published
	Tags    []string // names that somebody gave it
	Bundle  bool     // a bundle that was made here builds on it
	Arrived bool     // it belongs to a bundle that is being applied
}

// Reason is why a snapshot is kept.
type Reason string

// The reasons. A snapshot may have several.
const (
	Current  Reason = "current"  // it is published
	Tagged   Reason = "tag"      // it has a name
	Bundled  Reason = "bundle"   // the next bundle builds on it
	Applying Reason = "applying" // a bundle that brings it is being applied
	Future   Reason = "future"   // its time is yet to come, so it cannot be judged by it
	Last     Reason = "last"     // it is among the newest
	Daily    Reason = "daily"    // it is the newest of its day
	Weekly   Reason = "weekly"   // it is the newest of its week
	NoRules  Reason = "no-rules" // no rule is set
)

// Verdict is what becomes of a snapshot.
type Verdict struct {
	Snapshot

	Reasons []Reason // why it is kept; empty: it is forgotten
	Because string   // why it is forgotten, for people
}

// Keep divides the snapshots of one ecosystem into those that are kept and those that
// are forgotten, both oldest first.
//
// The rules are those of restic: the newest snapshot of each day counts, until so many
// days have had one; days without any do not count. Days and weeks are those of UTC; weeks are
// those of ISO 8601. A snapshot whose time is after now is kept and takes nobody's place: it
// was made while a clock was wrong, or the clock is wrong now.
func Keep(rules Config, snapshots []Snapshot, now time.Time) (kept, forgotten []Verdict) {
	all := make([]Verdict, len(snapshots))
	for i, s := range snapshots {
		all[i].Snapshot = s
	}
	slices.SortFunc(all, func(a, b Verdict) int { // newest first
		return cmp.Or(b.Time.Compare(a.Time), cmp.Compare(b.ID, a.ID))
	})
	place := 0 // among those that the rules are about
	days, weeks := buckets{limit: rules.KeepDaily}, buckets{limit: rules.KeepWeekly}
	for i := range all {
		v := &all[i]
		v.Reasons = whatever(v.Snapshot)
		if !rules.HasRules() {
			v.Reasons = append(v.Reasons, NoRules)
			continue
		}
		if v.Time.After(now) {
			v.Reasons = append(v.Reasons, Future)
			continue
		}
		place++
		if place <= rules.KeepLast {
			v.Reasons = append(v.Reasons, Last)
		}
		if days.take(day(v.Time)) {
			v.Reasons = append(v.Reasons, Daily)
		}
		if weeks.take(week(v.Time)) {
			v.Reasons = append(v.Reasons, Weekly)
		}
		if len(v.Reasons) == 0 {
			v.Because = because(rules, *v, place, &days, &weeks)
		}
	}
	for _, v := range slices.Backward(all) {
		if len(v.Reasons) > 0 {
			kept = append(kept, v)
		} else {
			forgotten = append(forgotten, v)
		}
	}
	return kept, forgotten
}

// whatever returns the reasons that are not about time.
func whatever(s Snapshot) (reasons []Reason) {
	for _, r := range []struct {
		holds  bool
		reason Reason
	}{{s.Current, Current}, {len(s.Tags) > 0, Tagged}, {s.Bundle, Bundled}, {s.Arrived, Applying}} {
		if r.holds {
			reasons = append(reasons, r.reason)
		}
	}
	return reasons
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func week(t time.Time) string {
	year, week := t.UTC().ISOWeek()
	return fmt.Sprintf("%d-W%02d", year, week)
}

// buckets are the days, or weeks, that have had a snapshot. Times come newest first.
type buckets struct {
	limit int
	used  int
	last  string
}

// take reports whether the snapshot at hand is the one that its bucket keeps.
func (b *buckets) take(name string) bool {
	if name == b.last || b.used >= b.limit {
		return false
	}
	b.last = name
	b.used++
	return true
}

// has reports whether the bucket of that name keeps another snapshot.
func (b *buckets) has(name string) bool { return b.used > 0 && b.last == name }

func because(rules Config, v Verdict, place int, days, weeks *buckets) string {
	var parts []string
	if rules.KeepLast > 0 {
		verb := "are"
		if place == 2 {
			verb = "is"
		}
		parts = append(parts, fmt.Sprintf("%d %s newer", place-1, verb))
	}
	for _, rule := range []struct {
		buckets    *buckets
		name, word string
	}{{days, day(v.Time), "day"}, {weeks, week(v.Time), "week"}} {
		switch {
		case rule.buckets.limit == 0:
		case rule.buckets.has(rule.name):
			parts = append(parts, fmt.Sprintf("%s %s has a newer one", rule.word, rule.name))
		default:
			parts = append(parts, fmt.Sprintf("%s %s is not among the last %d", rule.word, rule.name, rule.buckets.limit))
		}
	}
	return strings.Join(parts, ", ")
}
