package main

import (
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/mirror"
)

func (p *program) statusCommand() *cli.Command {
	return &cli.Command{
		Name:      "status",
		Usage:     "show what is in the mirror and how the last runs ended",
		ArgsUsage: "[ECOSYSTEM…]",
		Action:    p.status,
	}
}

func (p *program) status(c *cli.Context) error {
	s, err := p.site(c)
	if err != nil {
		return err
	}
	named, err := p.chosen(c.Args().Slice())
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
	for _, eco := range p.ecosystems { // those whose first sync failed, too
		if !slices.Contains(names, eco.Name) {
			names = append(names, eco.Name)
		}
	}
	empty := true
	for _, name := range names {
		if len(named) > 0 && !slices.ContainsFunc(named, func(e ecosystems.Ecosystem) bool { return e.Name == name }) {
			continue
		}
		status, err := m.Status(name)
		if err != nil {
			return err
		}
		remarks, err := p.remarks(m, name)
		if err != nil {
			return err
		}
		status.Remarks = append(status.Remarks, remarks...)
		if len(named) > 0 || status.Header != nil || status.LastRun != nil {
			empty = false
			p.showStatus(status)
		}
	}
	if empty {
		p.log.Info("the mirror is empty: " + s.root)
	}
	return p.out.err
}

// remarks asks the driver of an ecosystem, if there is one, about what is published.
func (p *program) remarks(m *mirror.Mirror, name string) ([]ecosystems.Notice, error) {
	for _, eco := range p.ecosystems {
		if eco.Name == name {
			driver, err := eco.New(eco.Options())
			if err != nil {
				return nil, err
			}
			return m.Remarks(name, driver)
		}
	}
	return nil, nil
}

func (p *program) showStatus(s mirror.Status) {
	p.out.object("status", s)
	if s.Header == nil {
		p.out.printf("%s: nothing published", s.Ecosystem)
	} else {
		p.out.printf("%s: snapshot %s of %s, %d files, %s, %d missing", s.Ecosystem, s.Snapshot,
			s.Header.Time.UTC().Format(time.RFC3339), s.Header.Files, bytesText(s.Header.Bytes), len(s.Header.Missing))
	}
	if s.Confirmed != nil {
		p.out.printf("%s: last confirmed %s, %s ago", s.Ecosystem, s.Confirmed.Format(time.RFC3339), mirror.Age(max(0, time.Since(*s.Confirmed))))
	}
	if run := s.LastRun; run != nil {
		outcome := "published"
		switch {
		case run.Error != "":
			outcome = "failed: " + oneLine(run.Error)
		case run.Unchanged:
			outcome = "nothing new"
		}
		p.out.printf("%s: last run %s, %s", s.Ecosystem, run.Ended.UTC().Format(time.RFC3339), outcome)
	}
	for _, n := range s.Remarks {
		p.out.printf("%s: %s", s.Ecosystem, oneLine(n.Text))
	}
}
