package main

import (
	"context"
	"time"
)

// mirrored is a mirror of many files, made when a section first wants it and kept for those
// behind.
type mirrored struct {
	bench    *Bench
	spec     UpstreamSpec // without its folder
	upstream *Upstream    // nil before it is first wanted
	folder   string       // empty before the first sync
	first    Measurement  // of the first sync
}

// start returns the upstream, which waits for latency from then on.
func (m *mirrored) start(ctx context.Context, latency time.Duration) (*Upstream, error) {
	return m.bench.upstream(ctx, &m.upstream, m.spec, latency)
}

// synced makes sure that the mirror is there, and returns its upstream, which waits for
// latency from then on.
func (m *mirrored) synced(ctx context.Context, latency time.Duration) (*Upstream, error) {
	u, err := m.start(ctx, 0)
	if err != nil {
		return nil, err
	}
	if m.folder == "" {
		folder, err := m.bench.fresh()
		if err != nil {
			return nil, err
		}
		m.bench.remark("first sync of %s", u.What())
		if m.first, err = m.bench.sync(ctx, u, folder); err != nil {
			return nil, err
		}
		m.folder = folder
	}
	return u, u.SetLatency(latency)
}

// sync brings the mirror up to date.
func (m *mirrored) sync(ctx context.Context) (Measurement, error) {
	return m.bench.sync(ctx, m.upstream, m.folder)
}

// sync brings the mirror in folder up to date.
func (b *Bench) sync(ctx context.Context, u *Upstream, folder string) (Measurement, error) {
	return b.offmirror(ctx, u, folder, "sync")
}

// offmirror runs one of its verbs on the mirror in folder.
func (b *Bench) offmirror(ctx context.Context, u *Upstream, folder, verb string) (Measurement, error) {
	if err := settle(ctx, b.DropCaches); err != nil {
		return Measurement{}, err
	}
	c, err := b.command(u, folder, verb)
	if err != nil {
		return Measurement{}, err
	}
	return b.measure(ctx, u, c)
}
