package main

import (
	"context"
	"fmt"
	"time"
)

var firstColumn = Column{"first_ratio", "÷ first sync", func(v float64) string { return fmt.Sprintf("%.4f ×", v) }}

// syncMany makes sure that the mirror of the many tarballs is there, and up to
// date, and returns its upstream, which waits for latency from then on.
func (b *Bench) syncMany(ctx context.Context, latency time.Duration) (*Upstream, error) {
	u, err := b.manyUpstream(ctx, 0)
	if err != nil {
		return nil, err
	}
	if b.mirror == "" {
		folder, err := b.fresh()
		if err != nil {
			return nil, err
		}
		b.remark("first sync of %d tarballs", u.Tarballs())
		if b.firstSync, err = b.sync(ctx, u, folder); err != nil {
			return nil, err
		}
		b.mirror = folder
	}
	return u, u.SetLatency(latency)
}

// sync brings the mirror in folder up to date.
func (b *Bench) sync(ctx context.Context, u *Upstream, folder string) (Measurement, error) {
	if err := settle(ctx, b.DropCaches); err != nil {
		return Measurement{}, err
	}
	c, err := b.syncCommand(u, folder)
	if err != nil {
		return Measurement{}, err
	}
	return b.measure(ctx, u, c)
}

// unchanged measures a sync that has nothing to do.
func unchanged(ctx context.Context, b *Bench) (Table, error) {
	u, err := b.syncMany(ctx, b.Latency)
	if err != nil {
		return Table{}, err
	}
	var runs []Measurement
	for range b.Repeat {
		m, err := b.sync(ctx, u, b.mirror)
		if err != nil {
			return Table{}, err
		}
		runs = append(runs, m)
	}
	first := []Measurement{b.firstSync}
	t := Table{
		Section: "unchanged",
		Title: fmt.Sprintf("%d tarballs of %d packages, %v before each answer; the first sync without that wait",
			u.Tarballs(), u.Packages, b.Latency),
		Columns: []Column{wallColumn, firstColumn, requestsColumn, sameColumn, cpuColumn, peakColumn},
	}
	for _, line := range []struct {
		name string
		runs []Measurement
	}{{"first sync", first}, {"sync without changes", runs}} {
		r := Row{Name: line.name, Figures: commonFigures(line.runs)}
		r.Figures[firstColumn.Key] = ratio(medianByWall(line.runs).Wall, b.firstSync.Wall)
		t.Rows = append(t.Rows, r)
	}
	each := bound(u.Tarballs(), b.Latency, b.Concurrency)
	t.Rows = append(t.Rows, Row{Name: "(bound of asking for each file)", Figures: map[string]float64{
		wallColumn.Key: each.Seconds(), firstColumn.Key: ratio(each, b.firstSync.Wall), requestsColumn.Key: float64(u.Tarballs()),
	}})
	return t, nil
}
