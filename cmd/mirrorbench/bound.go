package main

import "time"

// bound is the least time in which requests can be answered by an upstream that
// waits latency before each answer, with concurrency of them in flight at once:
// Little's law, without transfer time, processor time or connection set-up.
func bound(requests int, latency time.Duration, concurrency int) time.Duration {
	return time.Duration(float64(requests) * float64(latency) / float64(concurrency))
}
