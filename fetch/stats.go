package fetch

import "sync/atomic"

// counts change while requests run.
type counts struct {
	held, notModified, fetched, absent, failed, wrong, retries, resumed atomic.Int64
}

func (c *counts) outcome(res Result) {
	switch res.Outcome {
	case Held:
		c.held.Add(1)
	case NotModified:
		c.notModified.Add(1)
	case Fetched:
		c.fetched.Add(1)
	}
}

// Stats is what an Engine has done so far. Each number only grows; read while
// requests run, they need not belong to the same instant.
type Stats struct {
	// Outcomes of Fetch and Revalidate.
	Held, NotModified, Fetched int64
	Absent, Failed             int64 // Absent: errors that are ErrAbsent; Failed: all others but the context's

	Requests   int64 // HTTP requests sent, redirects and retries included
	Bytes      int64 // body bytes received
	Retries    int64 // attempts beyond the first
	Resumed    int64 // transfers that went on where they had stopped
	WrongBytes int64 // answers that were not what was asked for

	Hosts map[string]HostStats // by host, with the port where the URL has one
}

// HostStats is the part of [Stats] that concerns one host.
type HostStats struct {
	Requests   int64
	Bytes      int64
	Failures   int64 // no answer, a broken one, or a status of 5xx
	WrongBytes int64
	Throttled  int64 // answers that asked to come back later
	Demoted    bool  // tried last
}

// Stats returns the numbers so far. It is cheap enough to be called for each
// frame of a progress bar.
func (e *Engine) Stats() Stats {
	s := Stats{
		Held:        e.counts.held.Load(),
		NotModified: e.counts.notModified.Load(),
		Fetched:     e.counts.fetched.Load(),
		Absent:      e.counts.absent.Load(),
		Failed:      e.counts.failed.Load(),
		Retries:     e.counts.retries.Load(),
		Resumed:     e.counts.resumed.Load(),
		WrongBytes:  e.counts.wrong.Load(),
		Hosts:       map[string]HostStats{},
	}
	e.hostsMu.RLock()
	defer e.hostsMu.RUnlock()
	for name, h := range e.hosts {
		hs := HostStats{
			Requests:   h.counts.requests.Load(),
			Bytes:      h.counts.bytes.Load(),
			Failures:   h.counts.failures.Load(),
			WrongBytes: h.counts.wrong.Load(),
			Throttled:  h.counts.throttled.Load(),
			Demoted:    h.isDemoted(),
		}
		if hs.Requests == 0 {
			continue
		}
		s.Requests += hs.Requests
		s.Bytes += hs.Bytes
		s.Hosts[name] = hs
	}
	return s
}
