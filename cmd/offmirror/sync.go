package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/mirror"
)

func (p *program) syncCommand() *cli.Command {
	return &cli.Command{
		Name:      "sync",
		Usage:     "bring the mirror up to date and publish",
		ArgsUsage: "[ECOSYSTEM…]",
		Description: "Fetches what the mirror lacks, proves it and publishes a new snapshot, or nothing at all.\n" +
			"Without arguments: every ecosystem that has a section in the configuration or is in the mirror.\n" +
			"Options given here go before those of the configuration, for this run.",
		Flags: append(append(selectionFlags(), &cli.BoolFlag{
			Name: "allow-partial", Category: runCategory, DisableDefaultText: true,
			Usage: "publish although items failed",
		}), p.optionFlags()...),
		Action: p.sync,
	}
}

func (p *program) sync(c *cli.Context) error {
	w, err := p.prepare(c)
	if err != nil {
		return err
	}
	defer w.mirror.Close()
	var failed error
	missing := 0
	for _, job := range w.jobs {
		report, err := p.syncOne(c.Context, w.mirror, job, c.Bool("quiet"))
		missing += len(report.Missing) + len(keptOld(report))
		failed = errors.Join(failed, err)
		if c.Context.Err() != nil {
			break
		}
	}
	switch {
	case failed != nil:
		return failed
	case missing > 0:
		return &outcomeError{exitPartial, fmt.Sprintf("published, but %d %s missing or outdated", missing, plural(missing, "item is", "items are"))}
	}
	return p.out.err
}

func (p *program) syncOne(ctx context.Context, m *mirror.Mirror, job mirror.Job, quiet bool) (mirror.Report, error) {
	stop := p.watch(m, job.Ecosystem.Name, quiet)
	report, err := m.Sync(ctx, job)
	stop()
	p.showReport(report, err)
	return report, err
}

func (p *program) showReport(r mirror.Report, err error) {
	p.out.object("report", r)
	if incomplete, ok := errors.AsType[*mirror.Incomplete](err); ok {
		p.showFailures(incomplete)
	}
	if err != nil {
		return
	}
	for _, m := range r.Missing {
		p.out.printf("%s: missing %s: %s: %s", r.Ecosystem, m.Path, m.Name, oneLine(m.Reason))
	}
	for _, n := range keptOld(r) {
		p.out.printf("%s: outdated %s: %s", r.Ecosystem, n.Path, oneLine(n.Text))
	}
	what := "published"
	if r.Unchanged {
		what = "unchanged"
	}
	p.out.printf("%s: %s snapshot %s with %d files, %s; received %s in %d requests and %s", r.Ecosystem, what, r.Snapshot,
		r.Files, bytesText(r.Bytes), bytesText(r.Received), r.Requests, r.Ended.Sub(r.Started).Round(time.Millisecond))
}

// keptOld is what a partial run left as it was before.
func keptOld(r mirror.Report) []ecosystems.Notice {
	return slices.DeleteFunc(slices.Clone(r.Notices), func(n ecosystems.Notice) bool { return n.Kind != ecosystems.KeptOld })
}

// showFailures lists what failed, each in a line: the error itself names but the first.
func (p *program) showFailures(e *mirror.Incomplete) {
	for _, f := range e.Failures {
		p.log.Error(f.Item.Name+": "+f.Err.Error(), "path", f.Item.Path)
		p.out.object("failure", failureObject{
			Ecosystem: e.Ecosystem, Path: f.Item.Path, Name: f.Item.Name, Error: oneLine(f.Err.Error()), Absent: f.Absent(),
		})
	}
}

type failureObject struct {
	Ecosystem string `json:"ecosystem"`
	Path      string `json:"path"`
	Name      string `json:"name"`
	Error     string `json:"error"`
	Absent    bool   `json:"absent"`
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
