package mirror

import (
	"fmt"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/layout"
)

// clockTolerance is how far clocks of machines may be apart.
const clockTolerance = 10 * time.Minute

// freshness is when what is published was last known to be all that upstream had.
type freshness struct {
	time    time.Time // zero: nobody can tell
	instead string    // the snapshot that was confirmed later; it has been rolled back from
	notices []ecosystems.Notice
}

// confirmed tells how fresh a snapshot is: by its confirmation, or else by the time of its content.
// What lies in the future is believed of neither: the clock of who wrote it, or
// of this machine, has jumped.
func confirmed(history *layout.History, header layout.Header, now time.Time) freshness {
	var f freshness
	note := func(kind, format string, args ...any) {
		f.notices = append(f.notices, ecosystems.Notice{Kind: kind, Text: fmt.Sprintf(format, args...)})
	}
	future := func(at time.Time) bool { return at.After(now.Add(clockTolerance)) }
	if future(header.Time) {
		note("future", "snapshot %s says that it is of %s, which is in the future: check the clock", header.ID, stamp(header.Time))
	} else {
		f.time = header.Time
	}
	c, err := history.Confirmed()
	switch {
	case err != nil:
		note("confirmation", "%v", err)
	case c.Time.IsZero():
	case c.Snapshot != header.ID:
		if !c.Time.Before(header.Time.Truncate(time.Second)) {
			f.instead = c.Snapshot
		}
	case future(c.Time):
		note("future", "it was confirmed on %s, which is in the future and not believed: check the clock", stamp(c.Time))
	case c.Time.After(f.time):
		f.time = c.Time
	}
	return f
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// age finds out whether the mirror is frozen.
func (v *verifier) age(header layout.Header) {
	now := v.m.cfg.Now()
	f := confirmed(v.history, header, now)
	v.Notices = append(v.Notices, f.notices...)
	if !f.time.IsZero() {
		at := f.time.UTC().Truncate(time.Second)
		v.Confirmed = &at
	}
	switch old := now.Sub(f.time); {
	case v.opts.MaxAge <= 0:
	case f.time.IsZero():
		v.Frozen = "nobody can tell how old what is published is: its times lie in the future"
	case old > v.opts.MaxAge:
		v.Frozen = fmt.Sprintf("what is published was last confirmed on %s, %s ago and not within %s; sync, or apply a newer bundle",
			stamp(f.time), Age(old), Age(v.opts.MaxAge))
		if f.instead != "" {
			v.Frozen += "; snapshot " + f.instead + ", which is newer, was rolled back from"
		}
	}
}

// Age writes a duration as people say how old something is: in days if it is two or more,
// then hours, then minutes.
func Age(d time.Duration) string {
	switch {
	case d >= 48*time.Hour && d%(24*time.Hour) == 0 || d >= 30*24*time.Hour:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	case d >= 48*time.Hour:
		return fmt.Sprintf("%dd%dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
	case d >= 2*time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d >= time.Hour:
		return fmt.Sprintf("%dh%dm", d/time.Hour, d%time.Hour/time.Minute)
	case d >= time.Minute:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return d.Round(time.Second).String()
}
