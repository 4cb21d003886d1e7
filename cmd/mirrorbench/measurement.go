package main

import (
	"cmp"
	"slices"
	"time"
)

// Measurement is what one run of a contender cost.
type Measurement struct {
	Wall     time.Duration // from start to the end of the last process
	CPU      time.Duration // user and system time of the contender and all its children
	PeakRSS  int64         // bytes, of its largest process
	Upstream UpstreamStats // what the upstream did meanwhile
}

// then adds what a second command cost that ran behind the first.
func (m Measurement) then(next Measurement) Measurement {
	m.Wall += next.Wall
	m.CPU += next.CPU
	m.PeakRSS = max(m.PeakRSS, next.PeakRSS)
	return m
}

// medianByWall returns the measurement in the middle, ordered by wall time: of
// an even number the faster one. It panics if there is none.
func medianByWall(runs []Measurement) Measurement {
	sorted := slices.SortedFunc(slices.Values(runs), func(a, b Measurement) int {
		return cmp.Compare(a.Wall, b.Wall)
	})
	return sorted[(len(sorted)-1)/2]
}

// spread returns the slowest wall time as a multiple of the fastest, which says
// how far a ratio may be trusted.
func spread(runs []Measurement) float64 {
	fastest, slowest := runs[0].Wall, runs[0].Wall
	for _, m := range runs {
		fastest, slowest = min(fastest, m.Wall), max(slowest, m.Wall)
	}
	return ratio(slowest, fastest)
}

// ratio returns a ÷ b, and 0 if b is 0.
func ratio(a, b time.Duration) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}
