package main

import (
	"testing"
	"time"
)

func walls(seconds ...float64) []Measurement {
	var all []Measurement
	for _, s := range seconds {
		all = append(all, Measurement{Wall: time.Duration(s * float64(time.Second))})
	}
	return all
}

func TestMedianByWall(t *testing.T) {
	for _, c := range []struct {
		runs []Measurement
		want time.Duration
	}{
		{walls(3), 3 * time.Second},
		{walls(9, 1, 5), 5 * time.Second},
		{walls(4, 2), 2 * time.Second}, // of an even number the faster
		{walls(8, 2, 6, 4), 4 * time.Second},
	} {
		if got := medianByWall(c.runs).Wall; got != c.want {
			t.Errorf("median of %v is %v, want %v", c.runs, got, c.want)
		}
	}
}

func TestMedianLeavesTheOrderAlone(t *testing.T) {
	runs := walls(3, 1, 2)
	medianByWall(runs)
	if runs[0].Wall != 3*time.Second || runs[1].Wall != time.Second {
		t.Errorf("the runs were reordered: %v", runs)
	}
}

func TestSpread(t *testing.T) {
	if got := spread(walls(2, 5, 4)); got != 2.5 {
		t.Errorf("spread is %v, want 5 s ÷ 2 s", got)
	}
}

func TestRatioOfNothing(t *testing.T) {
	if got := ratio(time.Second, 0); got != 0 {
		t.Errorf("ratio to zero is %v, want 0", got)
	}
}

func TestBound(t *testing.T) {
	if got := bound(20_000, 20*time.Millisecond, 64); got != 6250*time.Millisecond {
		t.Errorf("20 000 requests at 20 ms, 64 at once: %v, want 6.25 s", got)
	}
	if got := bound(1, time.Second, 64); got != 15625*time.Microsecond {
		t.Errorf("one request: %v", got)
	}
}
