package main

import (
	"context"
	"fmt"
)

var extraCPUColumn = Column{"cpu_seconds_per_release", "CPU per release", func(v float64) string { return fmt.Sprintf("%.2f ms", 1000*v) }}

// growth measures syncs after ever more releases were published.
func growth(ctx context.Context, b *Bench) (Table, error) {
	u, err := b.syncMany(ctx, b.Latency)
	if err != nil {
		return Table{}, err
	}
	runs := make([][]Measurement, len(b.Changes))
	for range b.Repeat {
		for i, k := range b.Changes {
			if err := u.Publish(k); err != nil {
				return Table{}, err
			}
			m, err := b.sync(ctx, u, b.mirror)
			if err != nil {
				return Table{}, fmt.Errorf("after %d new releases: %w", k, err)
			}
			runs[i] = append(runs[i], m)
		}
	}
	t := Table{
		Section: "growth",
		Title:   fmt.Sprintf("%d tarballs, %v before each answer, after k releases of k packages were published", u.Tarballs(), b.Latency),
		Columns: []Column{wallColumn, requestsColumn, cpuColumn, extraCPUColumn, peakColumn},
	}
	for i, k := range b.Changes {
		r := Row{Name: fmt.Sprintf("k = %d", k), Figures: commonFigures(runs[i])}
		if k > 0 {
			extra := medianByWall(runs[i]).CPU - medianByWall(runs[0]).CPU
			r.Figures[extraCPUColumn.Key] = extra.Seconds() / float64(k)
		}
		t.Rows = append(t.Rows, r)
	}
	return t, nil
}
