package main

import (
	"github.com/urfave/cli/v2"
)

func (p *program) snapshotTagCommand() *cli.Command {
	return &cli.Command{
		Name:        "tag",
		Usage:       "give a snapshot a name",
		ArgsUsage:   "[ECOSYSTEM] SNAPSHOT NAME",
		Description: "A tagged snapshot cannot be forgotten. A NAME that another snapshot had is moved.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "remove", Usage: "take the name back instead: [ECOSYSTEM] NAME", DisableDefaultText: true},
		},
		Action: p.snapshotTag,
	}
}

type tagObject struct {
	Ecosystem string `json:"ecosystem"`
	Name      string `json:"name"`
	Snapshot  string `json:"snapshot,omitempty"` // empty: removed
}

func (p *program) snapshotTag(c *cli.Context) error {
	m, err := p.openMirror(c)
	if err != nil {
		return err
	}
	defer m.Close()
	want := 2
	if c.Bool("remove") {
		want = 1
	}
	h, words, err := p.history(c, m, want, want)
	if err != nil {
		return err
	}
	unlock, err := m.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	o := tagObject{Ecosystem: h.Ecosystem(), Name: words[want-1]}
	if c.Bool("remove") {
		if err := h.Untag(o.Name); err != nil {
			return &usageError{err.Error()}
		}
		p.out.printf("%s: %s is no tag any more", o.Ecosystem, o.Name)
	} else {
		if o.Snapshot, err = resolveSnapshot(h, words[0]); err != nil {
			return err
		}
		if err := h.Tag(o.Name, o.Snapshot); err != nil {
			return &usageError{err.Error()}
		}
		p.out.printf("%s: %s is snapshot %s", o.Ecosystem, o.Name, o.Snapshot)
	}
	p.out.object("tag", o)
	return p.out.err
}
