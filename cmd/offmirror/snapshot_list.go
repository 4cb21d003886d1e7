package main

import (
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/retention"
)

func (p *program) snapshotListCommand() *cli.Command {
	return &cli.Command{
		Name:      "list",
		Usage:     "list the snapshots that are kept, oldest first",
		ArgsUsage: "[ECOSYSTEM…]",
		Description: "If the section [snapshots] of the configuration has rules, it says for each why gc would\n" +
			"keep or forget it.",
		Action: p.snapshotList,
	}
}

func (p *program) snapshotList(c *cli.Context) error {
	named, err := p.chosen(c.Args().Slice())
	if err != nil {
		return err
	}
	s, err := p.site(c)
	if err != nil {
		return err
	}
	m, err := mirror.Open(s.root, p.mirrorConfig(s))
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
		verdicts := map[string]retention.Verdict{}
		if rules := s.config.Snapshots; rules.HasRules() {
			if verdicts, err = retention.Review(m.Root(), h, rules, time.Now()); err != nil {
				p.log.Warn("it is not known what gc would keep", "error", err)
			}
		}
		for _, k := range kept {
			p.listSnapshot(k, verdicts[k.ID])
		}
	}
	return p.out.err
}

// listSnapshot shows a snapshot, and what gc would do to it, if the verdict is not zero.
func (p *program) listSnapshot(k layout.Kept, v retention.Verdict) {
	p.out.object("snapshot", snapshotObject{
		Ecosystem: k.Ecosystem, ID: k.ID, Time: k.Time, Files: k.Files, Bytes: k.Bytes, Missing: k.Missing, Current: k.Current, Tags: k.Tags,
		Reasons: v.Reasons, Because: v.Because,
	})
	marks := k.Tags
	if k.Current {
		marks = append([]string{"current"}, marks...)
	}
	text := strings.Join(marks, " ")
	switch {
	case v.Because != "":
		text += "  gc forgets it: " + v.Because
	case len(v.Reasons) > 0:
		text += "  gc keeps it: " + reasonsText(v)
	}
	p.out.printf("%s  %s  %s  %7d files  %10s  %s", k.Ecosystem, k.ID, k.Time.UTC().Format(time.RFC3339),
		k.Files, bytesText(k.Bytes), text)
}
