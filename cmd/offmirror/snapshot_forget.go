package main

import (
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/layout/retention"
)

func (p *program) snapshotForgetCommand() *cli.Command {
	return &cli.Command{
		Name:      "forget",
		Usage:     "remove snapshots from the list",
		ArgsUsage: "[ECOSYSTEM] SNAPSHOT…",
		Description: "The current snapshot and tagged ones are refused, and those that the next bundle builds on.\n" +
			"The space is freed by gc, which can also forget by rules.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "force", Usage: "forget also what the next bundle builds on: that bundle will carry more", DisableDefaultText: true},
		},
		Action: p.snapshotForget,
	}
}

type forgottenObject struct {
	Ecosystem string `json:"ecosystem"`
	Snapshot  string `json:"snapshot"`
	Because   string `json:"because,omitempty"`
}

func (p *program) snapshotForget(c *cli.Context) error {
	m, err := p.openMirror(c)
	if err != nil {
		return err
	}
	defer m.Close()
	h, words, err := p.history(c, m, 1, -1)
	if err != nil {
		return err
	}
	unlock, err := m.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	for _, ref := range words {
		id, err := resolveSnapshot(h, ref)
		if err != nil {
			return err
		}
		if _, err := h.Forgettable(id); err != nil {
			return &usageError{err.Error()}
		}
		_, err = retention.Forget(c.Context, m.Root(), h, id, c.Bool("force"))
		if _, bundled := errors.AsType[*retention.BundledError](err); bundled {
			return &usageError{err.Error()}
		}
		if err != nil {
			return err
		}
		p.out.object("forgotten", forgottenObject{Ecosystem: h.Ecosystem(), Snapshot: id})
		p.out.printf("%s: forgot snapshot %s", h.Ecosystem(), id)
	}
	return p.out.err
}
