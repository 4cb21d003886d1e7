package mirror

import (
	"errors"
	"sync"
	"time"

	"github.com/offmirror/offmirror/fetch"
)

// misses remembers for a short time what could not be had, so that many requests for the same do not
// make as many to upstream.
type misses struct {
	now func() time.Time

	mu   sync.Mutex
	last map[string]miss
	lied map[string]bool // answered with wrong bytes at least once

	vain   int       // times that upstream was asked for what it does not have,
	minute time.Time // since then
}

type miss struct {
	err   error
	until time.Time
}

const (
	rememberAbsent  = time.Minute
	rememberFailure = 10 * time.Second
	maxMisses       = 1 << 14
	maxVain         = 600 // in a minute: what an index names is there, so more is somebody who guesses
)

// errGuessing means that upstream was asked in vain too often.
var errGuessing = errors.New("upstream was asked too often for what it does not have; try again in a minute")

// inVain notes that upstream was asked for what it does not have.
func (m *misses) inVain() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := m.now(); now.Sub(m.minute) >= time.Minute || now.Before(m.minute) {
		m.minute, m.vain = now, 0
	}
	m.vain++
}

// guessed reports whether upstream was asked in vain too often lately.
func (m *misses) guessed() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	return m.vain >= maxVain && now.Sub(m.minute) < time.Minute && !now.Before(m.minute)
}

// recent returns the error of a path that failed a short while ago, or nil.
func (m *misses) recent(path string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if last, ok := m.last[path]; ok && m.now().Before(last.until) {
		return last.err
	}
	return nil
}

// note remembers a failure.
func (m *misses) note(path string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.last == nil || len(m.last) >= maxMisses {
		m.last = map[string]miss{}
	}
	keep := rememberFailure
	if errors.Is(err, fetch.ErrAbsent) {
		keep = rememberAbsent
	}
	m.last[path] = miss{err, m.now().Add(keep)}
	if errors.Is(err, fetch.ErrWrongBytes) {
		if m.lied == nil || len(m.lied) >= maxMisses {
			m.lied = map[string]bool{}
		}
		m.lied[path] = true
	}
}

// suspicious reports whether a cache on the way may hold wrong bytes for a path.
func (m *misses) suspicious(path string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lied[path]
}

// forget ends the memory of a path that has arrived.
func (m *misses) forget(path string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.last, path)
	delete(m.lied, path)
}
