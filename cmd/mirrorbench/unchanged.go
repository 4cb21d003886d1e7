package main

import (
	"context"
	"fmt"
)

var firstColumn = Column{"first_ratio", "÷ first sync", func(v float64) string { return fmt.Sprintf("%.4f ×", v) }}

// unchanged measures a sync that has nothing to do.
func unchanged(ctx context.Context, b *Bench) (Table, error) {
	return b.hex.unchanged(ctx, "unchanged")
}

func juliaUnchanged(ctx context.Context, b *Bench) (Table, error) {
	return b.julia.unchanged(ctx, "julia-unchanged")
}

func (m *mirrored) unchanged(ctx context.Context, section string) (Table, error) {
	b := m.bench
	u, err := m.synced(ctx, b.Latency)
	if err != nil {
		return Table{}, err
	}
	// What other sections published is not to be measured here.
	if _, err := m.sync(ctx); err != nil {
		return Table{}, err
	}
	var runs []Measurement
	for range b.Repeat {
		run, err := m.sync(ctx)
		if err != nil {
			return Table{}, err
		}
		runs = append(runs, run)
	}
	t := Table{
		Section: section,
		Title:   fmt.Sprintf("%s, %v before each answer; the first sync without that wait", u.What(), b.Latency),
		Columns: []Column{wallColumn, firstColumn, requestsColumn, sameColumn, cpuColumn, peakColumn},
	}
	for _, line := range []struct {
		name string
		runs []Measurement
	}{{"first sync", []Measurement{m.first}}, {"sync without changes", runs}} {
		r := Row{Name: line.name, Figures: commonFigures(line.runs)}
		r.Figures[firstColumn.Key] = ratio(medianByWall(line.runs).Wall, m.first.Wall)
		t.Rows = append(t.Rows, r)
	}
	each := bound(u.Files(), b.Latency, b.Concurrency)
	t.Rows = append(t.Rows, Row{Name: "(bound of asking for each file)", Figures: map[string]float64{
		wallColumn.Key: each.Seconds(), firstColumn.Key: ratio(each, m.first.Wall), requestsColumn.Key: float64(u.Files()),
	}})
	return t, nil
}
