package page

import (
	"context"
	"iter"
	"time"

	"github.com/offmirror/offmirror/layout"
)

// Occupy takes all places for searches and comparisons.
func (p *Page) Occupy() (release func()) {
	for range heavyAtOnce {
		p.heavy <- struct{}{}
	}
	return func() {
		for range heavyAtOnce {
			<-p.heavy
		}
	}
}

// SetPatience sets how long a search waits for an index.
func (p *Page) SetPatience(d time.Duration) { p.searches.patience = d }

// Differences is differences.
func Differences(ctx context.Context, h *layout.History, from, to string) iter.Seq2[layout.Change, error] {
	return differences(ctx, h, from, to)
}
