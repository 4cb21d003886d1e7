package main

import (
	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/layout"
)

func (p *program) snapshotDiffCommand() *cli.Command {
	return &cli.Command{
		Name:      "diff",
		Usage:     "show what changed from one snapshot to another, by default the current one",
		ArgsUsage: "[ECOSYSTEM] OLD [NEW]",
		Action:    p.snapshotDiff,
	}
}

type changeObject struct {
	Path    string `json:"path"`
	Change  string `json:"change"` // added, removed or changed
	OldSize int64  `json:"old_size"`
	NewSize int64  `json:"new_size"`
	OldLink string `json:"old_link,omitempty"`
	NewLink string `json:"new_link,omitempty"`
}

type diffObject struct {
	Ecosystem string `json:"ecosystem"`
	Old       string `json:"old"`
	New       string `json:"new"`
	Added     int    `json:"added"`
	Removed   int    `json:"removed"`
	Changed   int    `json:"changed"`
}

func (p *program) snapshotDiff(c *cli.Context) error {
	m, err := p.openMirror(c)
	if err != nil {
		return err
	}
	defer m.Close()
	h, words, err := p.history(c, m, 1, 2)
	if err != nil {
		return err
	}
	if len(words) == 1 {
		words = append(words, "current")
	}
	var snapshots [2]*layout.Snapshot
	for i, ref := range words {
		id, err := resolveSnapshot(h, ref)
		if err != nil {
			return err
		}
		if snapshots[i], err = h.Load(id); err != nil {
			return err
		}
	}
	d := diffObject{Ecosystem: h.Ecosystem(), Old: snapshots[0].ID, New: snapshots[1].ID}
	for change := range layout.Diff(snapshots[0], snapshots[1]) {
		o := changeObject{change.Path, "changed", change.Old.Size, change.New.Size, change.Old.Link, change.New.Link}
		mark := "~"
		switch {
		case change.Added():
			o.Change, mark = "added", "+"
			d.Added++
		case change.Removed():
			o.Change, mark = "removed", "-"
			d.Removed++
		default:
			d.Changed++
		}
		p.out.object("change", o)
		if change.New.IsLink() {
			p.out.printf("%s %s -> %s", mark, change.Path, change.New.Link)
			continue
		}
		p.out.printf("%s %s", mark, change.Path)
	}
	p.out.object("diff", d)
	p.out.printf("%d added, %d removed, %d changed", d.Added, d.Removed, d.Changed)
	return p.out.err
}
