package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Bench is one run of the benchmark.
type Bench struct {
	Options
	remarks io.Writer

	folders    int       // made by fresh
	profiles   int       // syncs that were profiled
	upstreams  int       // started
	small      *Upstream // started when first used
	large      string    // root of a mirror of one large file, made when first used
	hex, julia mirrored
}

// mirrors says what the mirrors hold that sections share.
func (b *Bench) mirrors() {
	b.hex = mirrored{bench: b, spec: UpstreamSpec{Packages: b.Many / b.Releases, Releases: b.Releases, Bytes: b.ManyBytes}}
	b.julia = mirrored{bench: b, spec: UpstreamSpec{
		Julia: true, Packages: b.Versions / b.Releases, Releases: b.Releases, Artifacts: b.Artifacts, Bytes: b.ArtifactBytes,
	}}
}

// prepare makes a folder for everything, and the program to measure. The
// returned function removes what was made.
func (b *Bench) prepare(ctx context.Context) (cleanup func() error, err error) {
	cleanup = func() error { return nil }
	if b.Work != "" {
		if err := os.MkdirAll(b.Work, 0o755); err != nil {
			return cleanup, err
		}
	}
	work, err := os.MkdirTemp(b.Work, "mirrorbench-")
	if err != nil {
		return cleanup, err
	}
	cleanup = func() error { return os.RemoveAll(work) }
	if b.Work, err = filepath.Abs(work); err != nil {
		return cleanup, err
	}
	if b.Profile != "" {
		if b.Profile, err = filepath.Abs(b.Profile); err == nil {
			err = os.MkdirAll(b.Profile, 0o755)
		}
		return cleanup, err
	}
	if b.Offmirror != "" {
		b.Offmirror, err = filepath.Abs(b.Offmirror)
		return cleanup, err
	}
	b.Offmirror = b.Work + "/offmirror"
	b.remark("building offmirror")
	build := Command{Args: []string{"go", "build", "-trimpath", "-o", b.Offmirror, "./cmd/offmirror"}}
	_, err = build.Run(ctx)
	return cleanup, err
}

// close ends the upstreams.
func (b *Bench) close() error {
	var errs []error
	for _, u := range []*Upstream{b.small, b.hex.upstream, b.julia.upstream} {
		if u != nil {
			errs = append(errs, u.Close())
		}
	}
	return errors.Join(errs...)
}

// smallUpstream is the upstream of the sections cold and loopback.
func (b *Bench) smallUpstream(ctx context.Context, latency time.Duration) (*Upstream, error) {
	spec := UpstreamSpec{Packages: b.Tarballs / b.Releases, Releases: b.Releases, Bytes: b.Bytes}
	return b.upstream(ctx, &b.small, spec, latency)
}

func (b *Bench) upstream(ctx context.Context, u **Upstream, spec UpstreamSpec, latency time.Duration) (*Upstream, error) {
	if *u == nil {
		b.remark("generating %s of %.0f MB", spec.What(), float64(spec.Bytes)/1e6)
		b.upstreams++
		spec.Folder = fmt.Sprintf("%s/upstream-%d", b.Work, b.upstreams)
		if err := os.MkdirAll(spec.Folder, 0o755); err != nil {
			return nil, err
		}
		started, err := startUpstream(ctx, spec)
		if err != nil {
			return nil, err
		}
		*u = started
	}
	return *u, (*u).SetLatency(latency)
}

// fresh makes an empty folder for one run.
func (b *Bench) fresh() (string, error) {
	b.folders++
	folder := fmt.Sprintf("%s/run-%d", b.Work, b.folders)
	if err := os.RemoveAll(folder); err != nil {
		return "", err
	}
	return folder, os.MkdirAll(folder, 0o755)
}

// measure runs a command against an upstream and adds what that did. Without an
// upstream pass nil.
func (b *Bench) measure(ctx context.Context, u *Upstream, c Command) (Measurement, error) {
	if u != nil {
		if _, err := u.Take(); err != nil {
			return Measurement{}, err
		}
	}
	m, err := c.Run(ctx)
	if err == nil && u != nil {
		m.Upstream, err = u.Take()
	}
	return m, err
}

func (b *Bench) remark(format string, args ...any) {
	fmt.Fprintf(b.remarks, "mirrorbench: "+format+"\n", args...)
}
