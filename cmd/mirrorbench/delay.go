package main

import (
	"net/http"
	"sync/atomic"
	"time"
)

// UpstreamStats is what an upstream did since it was last asked.
type UpstreamStats struct {
	Requests    int64         `json:"requests"`
	NotModified int64         `json:"not_modified"` // of them answered with 304
	Failed      int64         `json:"failed"`       // of them answered with 4xx or 5xx
	InFlight    int64         `json:"in_flight"`    // the most requests at any one time
	CPU         time.Duration `json:"cpu_ns"`
}

// delayed waits before each answer of handler, and counts.
type delayed struct {
	handler http.Handler
	latency atomic.Int64 // nanoseconds

	requests, notModified, failed atomic.Int64
	now, most                     atomic.Int64 // requests in flight
	cpu                           atomic.Int64 // nanoseconds, at the last take
}

func (d *delayed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.requests.Add(1)
	raise(&d.most, d.now.Add(1))
	defer d.now.Add(-1)
	if wait := time.Duration(d.latency.Load()); wait > 0 {
		time.Sleep(wait)
	}
	d.handler.ServeHTTP(&counted{ResponseWriter: w, in: d}, r)
}

// take returns the counts since the last call.
func (d *delayed) take() UpstreamStats {
	cpu := int64(ownCPU())
	return UpstreamStats{
		Requests:    d.requests.Swap(0),
		NotModified: d.notModified.Swap(0),
		Failed:      d.failed.Swap(0),
		InFlight:    d.most.Swap(d.now.Load()),
		CPU:         time.Duration(cpu - d.cpu.Swap(cpu)),
	}
}

// raise makes v at least n.
func raise(v *atomic.Int64, n int64) {
	for {
		old := v.Load()
		if n <= old || v.CompareAndSwap(old, n) {
			return
		}
	}
}

// counted is a response whose status is counted. Unwrap keeps the rest of what
// the server's own writer can do.
type counted struct {
	http.ResponseWriter
	in *delayed
}

func (c *counted) WriteHeader(status int) {
	switch {
	case status == http.StatusNotModified:
		c.in.notModified.Add(1)
	case status >= 400:
		c.in.failed.Add(1)
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }
