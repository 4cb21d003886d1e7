package main

import (
	"context"
	"fmt"
	"os"
)

// million measures what a mirror of very many entries costs in memory, whatever is done with it.
func million(ctx context.Context, b *Bench) (Table, error) {
	t := Table{
		Section: "million",
		Title:   fmt.Sprintf("a mirror of %d entries of 5 KiB", b.Entries),
		Columns: []Column{wallColumn, cpuColumn, peakColumn},
	}
	if b.Profile != "" {
		t.Rows = []Row{{Name: "a mirror", Remark: "not profiled"}}
		return t, nil
	}
	large := mirrored{bench: b, spec: UpstreamSpec{Packages: b.Entries / b.Releases, Releases: b.Releases, Bytes: int64(b.Entries) * smallestTarball}}
	u, err := large.synced(ctx, 0)
	if err != nil {
		return t, err
	}
	if err := u.Close(); err != nil { // it needs memory, and nobody asks it any more
		return t, err
	}
	folder, err := b.fresh()
	if err != nil {
		return t, err
	}
	j := bundleJob{b, large.folder}
	far, stick := folder+"/far", folder+"/stick"
	for _, step := range []struct {
		name string
		Command
	}{
		{"offmirror bundle create", j.create(stick)},
		{"offmirror bundle verify", j.on(far, "bundle", "verify", stick)},
		{"offmirror bundle apply", j.on(far, "bundle", "apply", stick)},
		{"offmirror verify", j.on(far, "verify")},
		{"offmirror verify --sample 3%", j.on(far, "verify", "--sample", "3%")},
		{"offmirror receipt", j.on(far, "receipt", "-o", folder+"/receipt")},
		{"offmirror gc", j.on(far, "gc")},
	} {
		m, err := j.each(ctx, step.Command)
		if err != nil {
			return t, fmt.Errorf("%s: %s: %w", t.Section, step.name, err)
		}
		t.Rows = append(t.Rows, Row{Name: step.name, Figures: commonFigures(m)})
		b.remark("million: %s %.1f s", step.name, m[0].Wall.Seconds())
	}
	return t, os.RemoveAll(stick)
}
