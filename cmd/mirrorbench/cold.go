package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// verifiedSuffix marks the line of a peer with proof and durability behind it.
const verifiedSuffix = ", sha256sum, sync"

// cold compares a first sync with the peers.
func cold(ctx context.Context, b *Bench) (Table, error) {
	u, err := b.smallUpstream(ctx, b.Latency)
	if err != nil {
		return Table{}, err
	}
	contenders := []contender{b.offmirrorContender(u), b.floorContender(u)}
	var absent []Row
	for _, p := range peers {
		if !slices.Contains(b.Peers, p.Name) {
			continue
		}
		if reason := p.missing(); reason != "" {
			absent = append(absent, Row{Name: p.Name, Remark: reason})
			continue
		}
		contenders = append(contenders, b.peerContender(u, p))
	}
	runs, err := b.compete(ctx, "cold", contenders)
	if err != nil {
		return Table{}, err
	}
	least := bound(b.Tarballs, b.Latency, b.Concurrency)
	t := Table{
		Section: "cold",
		Title: fmt.Sprintf("%d tarballs, %.0f MB, %v before each answer, %d at once: bound %.2f s",
			b.Tarballs, float64(b.Bytes)/1e6, b.Latency, b.Concurrency, least.Seconds()),
		Columns: []Column{wallColumn, boundColumn, offmirrorColumn, spreadColumn, cpuColumn, peakColumn, requestsColumn, upstreamColumn},
	}
	reference := medianByWall(runs["offmirror"]).Wall
	for _, c := range contenders {
		for _, name := range c.names {
			t.Rows = append(t.Rows, coldRow(name, runs[name], least, reference))
		}
	}
	t.Rows = append(t.Rows, absent...)
	return t, nil
}

func coldRow(name string, runs []Measurement, least, offmirror time.Duration) Row {
	m := medianByWall(runs)
	r := Row{Name: name, Figures: commonFigures(runs)}
	if least > 0 {
		r.Figures[boundColumn.Key] = ratio(m.Wall, least)
	}
	r.Figures[offmirrorColumn.Key] = ratio(m.Wall, offmirror)
	return r
}

// offmirrorContender is a first sync of the whole repository.
func (b *Bench) offmirrorContender(u *Upstream) contender {
	return contender{names: []string{"offmirror"}, run: func(ctx context.Context, folder string) ([]Measurement, error) {
		c, err := b.syncCommand(u, folder)
		if err != nil {
			return nil, err
		}
		m, err := b.measure(ctx, u, c)
		return []Measurement{m}, err
	}}
}

// peerContender is a peer's download of the tarballs; its second stage adds
// what offmirror does anyway.
func (b *Bench) peerContender(u *Upstream, p Peer) contender {
	names := []string{p.Name, p.Name + verifiedSuffix}
	return contender{names: names, run: func(ctx context.Context, folder string) ([]Measurement, error) {
		job, err := newJob(u, folder, b.Concurrency)
		if err != nil {
			return nil, err
		}
		command, err := p.Command(job)
		if err != nil {
			return nil, err
		}
		download, err := b.measure(ctx, u, command)
		if err != nil {
			return nil, err
		}
		behind, err := b.measure(ctx, nil, job.verifyAndSync())
		if err != nil {
			return nil, err
		}
		return []Measurement{download, download.then(behind)}, nil
	}}
}
