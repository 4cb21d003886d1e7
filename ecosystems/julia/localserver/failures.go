package localserver

import (
	"errors"
	"sync"
	"time"

	"github.com/offmirror/offmirror/fetch"
)

// failures remembers for a short time what could not be had, so that many clients that want the same
// do not make as many requests to others. A change of some registry or clone ends that.
type failures struct {
	now func() time.Time

	mu   sync.Mutex
	last map[string]failure
	lied map[string]bool // answered with wrong bytes at least once
}

type failure struct {
	err    error
	at     time.Time
	extent extent // when it was begun
}

const (
	rememberFailure = 10 * time.Second
	maxFailures     = 1 << 14
)

// recent returns the error of a path that failed a short while ago, or nil.
func (f *failures) recent(path string, e extent) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	last, ok := f.last[path]
	if !ok || last.extent != e || f.now().Sub(last.at) >= rememberFailure {
		return nil
	}
	return last.err
}

// note remembers a failure.
func (f *failures) note(path string, e extent, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.last == nil || len(f.last) >= maxFailures {
		f.last = map[string]failure{}
	}
	f.last[path] = failure{err, f.now(), e}
	if errors.Is(err, fetch.ErrWrongBytes) {
		if f.lied == nil || len(f.lied) >= maxFailures {
			f.lied = map[string]bool{}
		}
		f.lied[path] = true
	}
}

// suspicious reports whether a cache on the way may hold wrong bytes for a path.
func (f *failures) suspicious(path string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lied[path]
}

// forget ends the memory of a path that has arrived.
func (f *failures) forget(path string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.last, path)
	delete(f.lied, path)
}
