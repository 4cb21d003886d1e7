package main

import (
	"context"
	"fmt"
)

var (
	servedColumn = Column{"requests_per_second", "answers", perSec}
	nginxColumn  = Column{"nginx_ratio", "÷ nginx", times}
	perCPUColumn = Column{"requests_per_cpu_second", "per CPU second", count}
)

// serve loads each server with requests for small files.
func serve(ctx context.Context, b *Bench) (Table, error) {
	t := Table{
		Section: "serve",
		Columns: []Column{servedColumn, nginxColumn, perCPUColumn, cpuColumn, peakColumn},
	}
	if !installed("wrk") {
		t.Rows = []Row{{Name: "wrk", Remark: "wrk is not installed: see cmd/mirrorbench/install-peers.sh"}}
		return t, nil
	}
	u, err := b.hex.synced(ctx, 0)
	if err != nil {
		return t, err
	}
	t.Title = fmt.Sprintf("tarballs of %d bytes, %d connections, %v each; the load runs on the same processors",
		u.Bytes/int64(u.Tarballs()), b.Concurrency, b.ServeFor)
	best := make(map[string]load)
	for range b.Repeat {
		for _, s := range servers {
			if s.program != "" && !installed(s.program) {
				continue
			}
			l, err := b.load(ctx, u, s)
			if err != nil {
				return t, fmt.Errorf("%s: %w", s.name, err)
			}
			if l.rate > best[s.name].rate {
				best[s.name] = l
			}
			b.remark("serve: %s %.0f/s", s.name, l.rate)
		}
	}
	for _, s := range servers {
		l, ran := best[s.name]
		if !ran {
			t.Rows = append(t.Rows, Row{Name: s.name, Remark: s.program + " is not installed: see cmd/mirrorbench/install-peers.sh"})
			continue
		}
		r := Row{Name: s.name, Figures: map[string]float64{
			servedColumn.Key: l.rate, cpuColumn.Key: l.CPU.Seconds(), peakColumn.Key: float64(l.PeakRSS),
			perCPUColumn.Key: l.rate * b.ServeFor.Seconds() / l.CPU.Seconds(),
		}}
		if nginx := best["nginx"].rate; nginx > 0 {
			r.Figures[nginxColumn.Key] = l.rate / nginx
		}
		t.Rows = append(t.Rows, r)
	}
	return t, nil
}
