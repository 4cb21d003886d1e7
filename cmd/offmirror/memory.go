package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// By default the garbage collector lets a heap grow to twice of what lives in it. Most of
// what lives here are lists of large mirrors: they hold no pointers, so that a
// collection passes over them, and room for as much again would be of no use. So garbage may take as much as what a
// collection has to look through, and leastGarbage bytes at least, or collecting would become the main work.
const (
	leastGarbage = 8 << 20
	mostGarbage  = 100 // percent of what lives
)

// garbagePercent returns how much garbage there may be beside so many bytes that live, of which
// so many are looked through.
func garbagePercent(live, scanned uint64) int {
	return int(max(1, min(100*max(leastGarbage, scanned)/max(live, 1), mostGarbage)))
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
	heap := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/heap:bytes"}}
	metrics.Read(heap)
	if heap[0].Value.Kind() != metrics.KindUint64 || heap[1].Value.Kind() != metrics.KindUint64 {
		return
	}
	if percent := garbagePercent(heap[0].Value.Uint64(), heap[1].Value.Uint64()); percent != g.percent {
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
