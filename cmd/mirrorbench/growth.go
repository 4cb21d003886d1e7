package main

import (
	"context"
	"fmt"
)

var extraCPUColumn = Column{"cpu_seconds_per_release", "CPU per release", func(v float64) string { return fmt.Sprintf("%.2f ms", 1000*v) }}

// growth measures syncs after ever more releases were published.
func growth(ctx context.Context, b *Bench) (Table, error) { return b.hex.growth(ctx, "growth") }

func juliaGrowth(ctx context.Context, b *Bench) (Table, error) {
	return b.julia.growth(ctx, "julia-growth")
}

func (m *mirrored) growth(ctx context.Context, section string) (Table, error) {
	b := m.bench
	u, err := m.synced(ctx, b.Latency)
	if err != nil {
		return Table{}, err
	}
	if _, err := m.sync(ctx); err != nil {
		return Table{}, err
	}
	runs := make([][]Measurement, len(b.Changes))
	for range b.Repeat {
		for i, k := range b.Changes {
			if err := u.Publish(k); err != nil {
				return Table{}, err
			}
			run, err := m.sync(ctx)
			if err != nil {
				return Table{}, fmt.Errorf("after %d new releases: %w", k, err)
			}
			runs[i] = append(runs[i], run)
		}
	}
	t := Table{
		Section: section,
		Title:   fmt.Sprintf("%s, %v before each answer, after k releases of k packages were published", u.What(), b.Latency),
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
