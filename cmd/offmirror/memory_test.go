package main

import (
	"runtime"
	"sync/atomic"
	"testing"
)

func TestGarbagePercent(t *testing.T) {
	for _, test := range []struct {
		live, scanned uint64
		want          int
	}{
		{0, 0, 100},
		{1 << 20, 1 << 20, 100},
		{8 << 20, 0, 100},
		{80 << 20, 0, 10},
		{80 << 20, 40 << 20, 50},
		{80 << 20, 80 << 20, 100},
		{1 << 40, 0, 1},
	} {
		if got := garbagePercent(test.live, test.scanned); got != test.want {
			t.Errorf("beside %d bytes, %d to look through: %d percent, want %d", test.live, test.scanned, got, test.want)
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
