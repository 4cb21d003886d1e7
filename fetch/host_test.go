package fetch

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func newTestHost() *host {
	h := &host{name: "h", most: 8, limit: 8}
	h.slots.limit = 8
	return h
}

const (
	first   = time.Second
	longest = time.Minute
)

// pauseOf is how long the host pauses from now on.
func (h *host) pauseOf() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return max(time.Until(h.until), 0)
}

func TestPausesDoubleAndShrink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newTestHost()
		for i := range 12 {
			h.failed(first, longest)
			most := min(first<<i, longest)
			if p := h.pauseOf(); p < most/2 || p > most {
				t.Errorf("pause %d is %v, want %v to %v", i, p, most/2, most)
			}
			time.Sleep(h.pauseOf())
		}
		for range 10 {
			h.worked()
		}
		h.failed(first, longest)
		if p := h.pauseOf(); p > first {
			t.Errorf("after successes the pause is %v", p)
		}
	})
}

func TestFailuresTogetherCountOnceForThePause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newTestHost()
		for range 50 {
			h.failed(first, longest)
		}
		if p := h.pauseOf(); p > first {
			t.Errorf("pause of %v", p)
		}
	})
}

func TestSuccessEndsAPauseUnlessTheServerAskedForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newTestHost()
		for _, asked := range []bool{false, true} {
			if asked {
				h.throttle(40 * time.Second)
			} else {
				h.failed(40*time.Second, longest)
			}
			passed := make(chan time.Time)
			begun := time.Now()
			go func() {
				if err := h.pass(t.Context()); err != nil {
					t.Error(err)
				}
				passed <- time.Now()
			}()
			synctest.Wait()
			h.worked()
			if waited := (<-passed).Sub(begun); (waited >= 40*time.Second) != asked {
				t.Errorf("asked %v: waited %v", asked, waited)
			}
		}
	})
}

func TestPassEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newTestHost()
		h.throttle(time.Hour)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := h.pass(ctx); err != context.DeadlineExceeded { //nolint:errorlint // exactly the context's
			t.Error(err)
		}
	})
}

func TestDemotion(t *testing.T) {
	h := newTestHost()
	for i := 1; i <= demoteAfter+1; i++ {
		if now := h.failed(first, longest); now != (i == demoteAfter) {
			t.Errorf("failure %d: demoted %v", i, now)
		}
	}
	h.worked()
	if !h.isDemoted() {
		t.Error("demotion ended within the run")
	}
	h = newTestHost()
	for range 3 * demoteAfter { // never in a row
		h.failed(first, longest)
		h.worked()
		h.lied()
		h.told()
	}
	if h.isDemoted() {
		t.Error("demoted although it mostly works")
	}
	for range demoteAfter { // answers, but wrongly
		h.worked()
		h.lied()
	}
	if !h.isDemoted() {
		t.Error("not demoted although it lies")
	}
}

func TestThrottleHalvesOnceForEachPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newTestHost()
		for range 20 {
			h.throttle(time.Second)
		}
		if h.limit != 4 || h.slots.limit != 4 {
			t.Errorf("limit %d", h.limit)
		}
		for range 5 {
			time.Sleep(2 * time.Second)
			h.throttle(time.Second)
		}
		if h.limit != 1 {
			t.Errorf("limit %d", h.limit)
		}
		for range 1000 {
			h.worked()
		}
		if h.limit != 8 || h.slots.limit != 8 {
			t.Errorf("limit %d after many successes", h.limit)
		}
	})
}
