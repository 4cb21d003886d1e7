package main

import (
	"context"
	"fmt"
)

// juliaPlan measures what it takes to say what a sync would do: of everything before there
// is anything, and after one version was published.
func juliaPlan(ctx context.Context, b *Bench) (Table, error) {
	u, err := b.julia.start(ctx, b.Latency)
	if err != nil {
		return Table{}, err
	}
	var first, later []Measurement
	for range b.Repeat {
		folder, err := b.fresh()
		if err != nil {
			return Table{}, err
		}
		m, err := b.offmirror(ctx, u, folder, "plan")
		if err != nil {
			return Table{}, err
		}
		first = append(first, m)
	}
	if _, err := b.julia.synced(ctx, b.Latency); err != nil {
		return Table{}, err
	}
	for range b.Repeat {
		if err := u.Publish(1); err != nil {
			return Table{}, err
		}
		m, err := b.offmirror(ctx, u, b.julia.folder, "plan")
		if err != nil {
			return Table{}, err
		}
		later = append(later, m)
	}
	t := Table{
		Section: "julia-plan",
		Title:   fmt.Sprintf("%s, %v before each answer", u.What(), b.Latency),
		Columns: []Column{wallColumn, requestsColumn, cpuColumn, peakColumn},
	}
	for _, line := range []struct {
		name string
		runs []Measurement
	}{{"plan of the first sync", first}, {"plan after a new version", later}} {
		t.Rows = append(t.Rows, Row{Name: line.name, Figures: commonFigures(line.runs)})
	}
	return t, nil
}
