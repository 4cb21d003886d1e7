package main

import (
	"runtime"
	"sync/atomic"
	"testing"
)

func TestGarbagePercent(t *testing.T) {
	for live, want := range map[uint64]int{0: 100, 1 << 20: 100, 24 << 20: 100, 32 << 20: 75, 60 << 20: 40, 1 << 40: 40} {
		if got := garbagePercent(live); got != want {
			t.Errorf("beside %d bytes %d percent, want %d", live, got, want)
		}
	}
}

func TestAfterEachCollection(t *testing.T) {
	var ran atomic.Int64
	afterEachCollection(func() { ran.Add(1) })
	for ran.Load() < 3 {
		runtime.GC()
		runtime.Gosched()
	}
}
