package fetch

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// host is what the engine knows of one server, named by host and port. All
// requests to it share its connections, its slots and its pauses.
type host struct {
	name   string
	client *retryablehttp.Client
	slots  slots
	most   int // the configured number of slots

	mu      sync.Mutex
	level   int           // of the pause: each doubles it, successes take it back
	until   time.Time     // no request is sent before
	asked   bool          // until was the server's own wish
	lifted  chan struct{} // closed when until is taken back; nil while nobody waits
	streak  int           // failures since the last success
	lies    int           // wrong bytes since the last right ones
	limit   int           // current number of slots, after the server complained
	good    int           // successes since limit changed
	demoted bool          // tried after all others, until the end of the run
	past    pastHealth    // what earlier runs left

	counts hostCounts
}

// hostCounts are read while they change.
type hostCounts struct {
	requests, failures, wrong, throttled, bytes atomic.Int64
}

// After so many failures, or wrong bytes, in a row a host is tried last.
const demoteAfter = 4

// pass waits until the host may be asked. Waiters do not wake up at once but
// spread over a tenth of the pause.
func (h *host) pass(ctx context.Context) error {
	for {
		h.mu.Lock()
		wait := time.Until(h.until)
		if wait <= 0 {
			h.mu.Unlock()
			return ctx.Err()
		}
		if h.lifted == nil {
			h.lifted = make(chan struct{})
		}
		lifted := h.lifted
		h.mu.Unlock()

		timer := time.NewTimer(wait + random(wait/10))
		select {
		case <-timer.C:
		case <-lifted:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// pausing reports whether pass would wait.
func (h *host) pausing() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.until.IsZero() && time.Until(h.until) > 0
}

// failed notes a failure that concerns the whole host (no connection, no answer,
// a broken body, a 5xx) and pauses it. Failures of requests that were under way
// together count once. It reports whether the host is demoted by this.
func (h *host) failed(first, longest time.Duration) (demotedNow bool) {
	h.counts.failures.Add(1)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.streak++
	if now := time.Now(); !now.Before(h.until) {
		pause := min(first<<min(h.level, 16), longest)
		pause = pause/2 + random(pause/2)
		h.until, h.asked = now.Add(pause), false
		h.level++
	}
	return h.demoteIf(h.streak >= demoteAfter)
}

// throttle pauses the host because it asked for it, and halves what is asked of
// it at once.
func (h *host) throttle(pause time.Duration) {
	h.counts.throttled.Add(1)
	h.mu.Lock()
	if until := time.Now().Add(pause); pause > 0 && until.After(h.until) {
		if !h.asked || time.Now().After(h.until) {
			h.limit = max(h.limit/2, 1)
			h.good = 0
		}
		h.until, h.asked = until, true
	}
	limit := h.limit
	h.mu.Unlock()
	h.slots.resize(limit)
}

// worked notes a whole answer: pauses become shorter, a pause that was not the
// server's wish ends, and slots that were taken away come back one by one.
func (h *host) worked() {
	h.mu.Lock()
	h.streak = 0
	h.level /= 2
	if !h.asked && !h.until.IsZero() {
		h.until = time.Time{}
		if h.lifted != nil {
			close(h.lifted)
			h.lifted = nil
		}
	}
	limit := 0
	if h.limit < h.most {
		if h.good++; h.good >= 2*h.limit {
			h.limit++
			h.good = 0
			limit = h.limit
		}
	}
	h.mu.Unlock()
	if limit > 0 {
		h.slots.resize(limit)
	}
}

// lied notes wrong bytes; told notes right ones.
func (h *host) lied() (demotedNow bool) {
	h.counts.wrong.Add(1)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lies++
	return h.demoteIf(h.lies >= demoteAfter)
}

func (h *host) told() {
	h.mu.Lock()
	h.lies = 0
	h.mu.Unlock()
}

// demoteIf is called with the lock held.
func (h *host) demoteIf(bad bool) (now bool) {
	now = bad && !h.demoted
	h.demoted = h.demoted || bad
	return now
}

func (h *host) isDemoted() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.demoted
}

// pause is how long go-retryablehttp sleeps before a retry: as long as the host
// pauses, and where it does not, since others get on well with it, a time with
// jitter that doubles for this request alone.
func (h *host) pause(first, longest time.Duration, attempt int, _ *http.Response) time.Duration {
	h.mu.Lock()
	shared := time.Until(h.until)
	h.mu.Unlock()
	if shared > 0 {
		return shared
	}
	own := min(first<<min(attempt, 16), longest)
	return own/2 + random(own/2)
}

// random returns a time up to n.
func random(n time.Duration) time.Duration {
	return rand.N(n + 1)
}
