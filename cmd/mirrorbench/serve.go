package main

import (
	"context"
	"fmt"
)

var (
	servedColumn = Column{"requests_per_second", "answers", perSec}
	movedColumn  = Column{"bytes_per_second", "bytes", megaSec}
	nginxColumn  = Column{"nginx_ratio", "÷ nginx", times}
	perCPUColumn = Column{"requests_per_cpu_second", "per CPU second", count}
	coreColumn   = Column{"nginx_cpu_ratio", "÷ nginx per CPU second", times}
)

// serve loads each server with every kind of request. The processor time is that between the first and the
// last of them.
func serve(ctx context.Context, b *Bench) (Table, error) {
	t := Table{
		Section: "serve",
		Columns: []Column{servedColumn, movedColumn, nginxColumn, perCPUColumn, coreColumn, cpuColumn, peakColumn},
	}
	if !installed("wrk") {
		t.Rows = []Row{{Name: "wrk", Remark: "wrk is not installed: see cmd/mirrorbench/install-peers.sh"}}
		return t, nil
	}
	u, err := b.hex.synced(ctx, 0)
	if err != nil {
		return t, err
	}
	t.Title = fmt.Sprintf("%d tarballs of %d bytes, or one of %d MiB; %d connections, %v each; the load runs on the same processors",
		u.Tarballs(), u.Bytes/int64(u.Tarballs()), largeSize>>20, b.Concurrency, b.ServeFor)
	for _, d := range demands {
		rows, err := b.served(ctx, u, d)
		if err != nil {
			return t, err
		}
		t.Rows = append(t.Rows, rows...)
	}
	return t, nil
}

// served compares the servers for one kind of request: the best of their rounds counts.
func (b *Bench) served(ctx context.Context, u *Upstream, d demand) ([]Row, error) {
	best := make(map[string]load)
	for range b.Repeat {
		for _, s := range servers {
			if s.program != "" && !installed(s.program) {
				continue
			}
			l, err := b.load(ctx, u, s, d)
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", s.name, d.name, err)
			}
			if l.rate > best[s.name].rate {
				best[s.name] = l
			}
			b.remark("serve, %s: %s %.0f/s", d.name, s.name, l.rate)
		}
	}
	var rows []Row
	for _, s := range servers {
		name := d.name + ": " + s.name
		l, ran := best[s.name]
		if !ran {
			rows = append(rows, Row{Name: name, Remark: s.program + " is not installed: see cmd/mirrorbench/install-peers.sh"})
			continue
		}
		nginx := best["nginx"]
		r := Row{Name: name, Figures: map[string]float64{cpuColumn.Key: l.CPU.Seconds(), peakColumn.Key: float64(l.PeakRSS)}}
		if nginx.rate > 0 {
			r.Figures[nginxColumn.Key] = l.rate / nginx.rate
		}
		if d.bytes {
			r.Figures[movedColumn.Key] = l.rate
		} else {
			r.Figures[servedColumn.Key] = l.rate
			r.Figures[perCPUColumn.Key] = l.perCPU(b)
			if nginx.rate > 0 {
				r.Figures[coreColumn.Key] = l.perCPU(b) / nginx.perCPU(b)
			}
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// perCPU returns the answers for each second of processor time.
func (l load) perCPU(b *Bench) float64 { return l.rate * b.ServeFor.Seconds() / l.CPU.Seconds() }
