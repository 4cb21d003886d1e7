package mirror

import "github.com/offmirror/offmirror/fetch"

// Progress is how far the run under way has come. Wanted grows while the driver
// still plans.
type Progress struct {
	Wanted  int   // items known so far
	Settled int   // items that arrived or failed
	Failed  int   // items that failed
	Bytes   int64 // of the items that arrived, carried over ones included
	Engine  fetch.Stats
}

// Progress describes the run under way; ok is false when there is none. It is
// cheap enough to be asked many times a second.
func (m *Mirror) Progress() (p Progress, ok bool) {
	r := m.run.Load()
	if r == nil {
		return Progress{}, false
	}
	r.mu.Lock()
	p = Progress{Wanted: r.wanted, Settled: r.settled, Failed: len(r.failures), Bytes: r.bytes}
	r.mu.Unlock()
	p.Engine = r.engine.Stats()
	return p, true
}
