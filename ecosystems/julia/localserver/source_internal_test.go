package localserver

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func newTestUpdates(ctx context.Context, ask func(context.Context) error) *updates {
	return &updates{ask: ask, now: time.Now, life: ctx, done: &sync.WaitGroup{}}
}

func TestUpdatesAreOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, answer := 0, make(chan error)
		u := newTestUpdates(t.Context(), func(context.Context) error { asked++; return <-answer })
		var waiting sync.WaitGroup
		for range 10 {
			waiting.Go(func() {
				if err := u.bring(t.Context(), time.Minute); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if err := u.bring(gone, 0); !errors.Is(err, context.Canceled) {
			t.Errorf("who went away: %v", err)
		}
		answer <- nil
		waiting.Wait()
	})
}

func TestUpdatesWhenTheirTimeHasCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		var result error
		u := newTestUpdates(t.Context(), func(context.Context) error { asked++; return result })
		for _, step := range []struct {
			after  time.Duration // that passes before
			result error
			want   int // times asked since the beginning
			state  string
		}{
			{0, errors.New("down"), 1, stateUnknown},
			{retryFirst - 1, nil, 1, stateUnknown}, // not so soon
			{1, nil, 2, stateCurrent},              // sooner than usual: nothing is known
			{time.Hour - 1, nil, 2, stateCurrent},
			{1, errors.New("down"), 3, stateLastKnown},
			{retryFirst, nil, 3, stateLastKnown}, // something is known: as usual
			{time.Hour, nil, 4, stateCurrent},
		} {
			time.Sleep(step.after)
			result = step.result
			err := u.bring(t.Context(), time.Hour)
			if asked != step.want {
				t.Errorf("after %v: asked %d times, want %d", step.after, asked, step.want)
			}
			if got := stateOf(u.standing(), u.have); got != step.state {
				t.Errorf("after %v: %s, want %s (%v)", step.after, got, step.state, err)
			}
		}
	})
}

// A clock that was put back does not keep a source from being asked until it is right again.
func TestUpdatesWithAClockThatGoesBack(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	asked := 0
	u := newTestUpdates(t.Context(), func(context.Context) error { asked++; return nil })
	u.now = func() time.Time { return now }
	for range 2 {
		if err := u.bring(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
		now = now.Add(-5 * 365 * 24 * time.Hour)
	}
	if asked != 2 {
		t.Errorf("asked %d times", asked)
	}
}

func TestUpdatesEndWithTheServer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	u := newTestUpdates(ctx, func(context.Context) error { t.Error("asked"); return nil })
	if ended, _ := u.due(0); ended != nil {
		t.Error("an update has begun")
	}
}

func TestFailuresAreRememberedForAMoment(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	f := &failures{now: func() time.Time { return now }}
	down := errors.New("down")
	f.note("a", extent{1, 1}, down)
	for name, tc := range map[string]struct {
		path  string
		e     extent
		after time.Duration
		want  error
	}{
		"at once":                 {"a", extent{1, 1}, 0, down},
		"soon":                    {"a", extent{1, 1}, rememberFailure - 1, down},
		"later":                   {"a", extent{1, 1}, rememberFailure, nil},
		"something else":          {"b", extent{1, 1}, 0, nil},
		"a registry has changed":  {"a", extent{2, 1}, 0, nil},
		"a clone has changed":     {"a", extent{1, 2}, 0, nil},
		"the clock was put ahead": {"a", extent{1, 1}, 1000 * time.Hour, nil},
	} {
		now = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC).Add(tc.after)
		if got := f.recent(tc.path, tc.e); !errors.Is(got, tc.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
	f.forget("a")
	if f.recent("a", extent{1, 1}) != nil {
		t.Error("remembered after it was forgotten")
	}
	for i := range maxFailures + 10 {
		f.note(string(rune(i)), extent{}, down)
	}
	if len(f.last) > maxFailures {
		t.Errorf("%d failures are remembered", len(f.last))
	}
}
