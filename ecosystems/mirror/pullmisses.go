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
}

type miss struct {
	err   error
	until time.Time
}

const (
	rememberAbsent  = time.Minute
	rememberFailure = 10 * time.Second
	maxMisses       = 1 << 14
)

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
