package main

import (
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/layout"
)

func (p *program) snapshotListCommand() *cli.Command {
	return &cli.Command{
		Name:      "list",
		Usage:     "list the snapshots that are kept, oldest first",
		ArgsUsage: "[ECOSYSTEM…]",
		Action:    p.snapshotList,
	}
}

func (p *program) snapshotList(c *cli.Context) error {
	named, err := p.chosen(c.Args().Slice())
	if err != nil {
		return err
	}
	m, err := p.openMirror(c)
	if err != nil {
		return err
	}
	defer m.Close()
	names, err := m.Ecosystems()
	if err != nil {
		return err
	}
	for _, name := range names {
		if len(named) > 0 && !slices.ContainsFunc(named, func(e ecosystems.Ecosystem) bool { return e.Name == name }) {
			continue
		}
		h, err := m.History(name)
		if err != nil {
			return err
		}
		kept, err := h.List()
		if err != nil {
			return err
		}
		for _, k := range kept {
			p.listSnapshot(k)
		}
	}
	return p.out.err
}

func (p *program) listSnapshot(k layout.Kept) {
	p.out.object("snapshot", snapshotObject{k.Ecosystem, k.ID, k.Time, k.Files, k.Bytes, k.Missing, k.Current, k.Tags})
	marks := k.Tags
	if k.Current {
		marks = append([]string{"current"}, marks...)
	}
	p.out.printf("%s  %s  %s  %7d files  %10s  %s", k.Ecosystem, k.ID, k.Time.UTC().Format(time.RFC3339),
		k.Files, bytesText(k.Bytes), strings.Join(marks, " "))
}
