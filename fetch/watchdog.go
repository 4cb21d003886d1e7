package fetch

import (
	"sync"
	"time"
)

var (
	errTooSlow error = &slowError{"the transfer was slower than fetch.min_speed for the time of fetch.stall_timeout"}
	errTooLong error = &slowError{"the transfer took longer than its size and fetch.item_timeout allow"}
)

// slowError is a timeout as package net has them.
type slowError struct{ text string }

func (e *slowError) Error() string { return e.text }
func (e *slowError) Timeout() bool { return true }

// watchdog cuts off bodies that drip. One goroutine looks at all of them once a
// second, which costs nothing for each read.
type watchdog struct {
	set  *settings
	stop chan struct{}
	done chan struct{}

	mu     sync.Mutex
	active map[*transfer]struct{}
}

func newWatchdog(set *settings) *watchdog {
	w := &watchdog{set: set, stop: make(chan struct{}), done: make(chan struct{}), active: map[*transfer]struct{}{}}
	go w.run()
	return w
}

func (w *watchdog) run() {
	defer close(w.done)
	tick := time.NewTicker(min(time.Second, w.set.StallTimeout))
	defer tick.Stop()
	for {
		select {
		case <-w.stop:
			return
		case now := <-tick.C:
			w.look(now)
		}
	}
}

func (w *watchdog) close() {
	close(w.stop)
	<-w.done
}

// add begins to watch a transfer; remove ends it.
func (w *watchdog) add(t *transfer) {
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	t.begun, t.windowBegun, t.windowBytes = now, now, t.received.Load()
	w.active[t] = struct{}{}
}

func (w *watchdog) remove(t *transfer) {
	w.mu.Lock()
	delete(w.active, t)
	w.mu.Unlock()
}

func (w *watchdog) look(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for t := range w.active {
		if w.overdue(t, now) {
			t.abort(errTooLong)
			continue
		}
		if now.Sub(t.windowBegun) < w.set.StallTimeout {
			continue
		}
		got := t.received.Load()
		fast := float64(got-t.windowBytes) >= w.set.minSpeed*now.Sub(t.windowBegun).Seconds() && got > t.windowBytes
		// Who is not reading waits for the disk or for our own limits, not for the server.
		if !fast && t.reading.Load() {
			t.abort(errTooSlow)
			continue
		}
		t.windowBegun, t.windowBytes = now, got
	}
}

// overdue reports whether the transfer has used up the time that its size needs
// at the lowest speed, and item_timeout.
func (w *watchdog) overdue(t *transfer, now time.Time) bool {
	allowed := w.set.ItemTimeout.Seconds()
	if size := t.expected.Load(); w.set.minSpeed > 0 {
		allowed += float64(size) / w.set.minSpeed
	} else if size > 0 {
		return false
	}
	return now.Sub(t.begun).Seconds() > allowed
}
