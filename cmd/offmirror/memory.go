package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// By default the garbage collector lets a heap grow to twice of what lives in it. Here the
// lists of large mirrors live as long as the process, and room for as much again would
// be of no use: beside them garbage may take so much, and not less than leastGarbage percent,
// so that collecting does not become the main work.
const (
	garbageBytes = 24 << 20
	leastGarbage = 40 // percent of what lives
	mostGarbage  = 100
)

// garbagePercent returns how much garbage there may be beside so many bytes that live.
func garbagePercent(live uint64) int {
	return int(min(max(100*garbageBytes/max(live, 1), leastGarbage), mostGarbage))
}

// spareMemory adapts the garbage collector to what lives, as long as the process does. Who
// sets GOGC or GOMEMLIMIT knows better.
func spareMemory() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		afterEachCollection(new(garbage).adapt)
	}
}

// garbage remembers what the collector was told.
type garbage struct{ percent int }

func (g *garbage) adapt() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	if live[0].Value.Kind() != metrics.KindUint64 {
		return
	}
	if percent := garbagePercent(live[0].Value.Uint64()); percent != g.percent {
		g.percent = percent
		debug.SetGCPercent(percent)
	}
}

// afterEachCollection calls do soon after each collection of garbage, one call at a time.
func afterEachCollection(do func()) {
	sentinel := new([64]byte) // of its own, and not needed by anybody
	runtime.AddCleanup(sentinel, func(do func()) {
		do()
		afterEachCollection(do)
	}, do)
}
