package page

import (
	"fmt"
	"slices"
	"time"
)

const (
	growthBars   = 60
	growthWidth  = 720
	growthHeight = 120
)

// growth is a picture of how large the snapshots are, the oldest on the left.
type growth struct {
	Bars          []bar
	Width, Height int
	Top           int64 // bytes of the largest
	First, Last   time.Time
	Left          int // snapshots that there is no room for
}

type bar struct {
	X, Y, Width, Height string
	Kept
}

// newGrowth draws the snapshots of a list, which has the newest first; of too many, the newest.
func newGrowth(list []Kept) *growth {
	if len(list) == 0 {
		return nil
	}
	some := slices.Clone(list[:min(growthBars, len(list))])
	slices.Reverse(some)
	g := &growth{Width: growthWidth, Height: growthHeight, First: some[0].Taken, Last: some[len(some)-1].Taken, Left: len(list) - len(some)}
	for _, k := range some {
		g.Top = max(g.Top, k.Bytes)
	}
	step := min(float64(growthWidth)/float64(len(some)), growthWidth/12)
	for i, k := range some {
		height := 1.0
		if g.Top > 0 {
			height = max(1, float64(growthHeight)*float64(k.Bytes)/float64(g.Top))
		}
		g.Bars = append(g.Bars, bar{
			X: point(float64(i) * step), Y: point(growthHeight - height), Width: point(max(1, step-2)), Height: point(height), Kept: k,
		})
	}
	return g
}

func point(f float64) string { return fmt.Sprintf("%.1f", f) }
