package main

import (
	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/layout"
)

func (p *program) snapshotRollbackCommand() *cli.Command {
	return &cli.Command{
		Name:      "rollback",
		Usage:     "publish an older snapshot again, by default the one before the current",
		ArgsUsage: "[ECOSYSTEM] [SNAPSHOT]",
		Action:    p.snapshotRollback,
	}
}

type publishedObject struct {
	Ecosystem string `json:"ecosystem"`
	Snapshot  string `json:"snapshot"`
}

func (p *program) snapshotRollback(c *cli.Context) error {
	m, err := p.openMirror(c)
	if err != nil {
		return err
	}
	defer m.Close()
	h, words, err := p.history(c, m, 0, 1)
	if err != nil {
		return err
	}
	unlock, err := m.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	var id string
	if len(words) == 1 {
		id, err = resolveSnapshot(h, words[0])
	} else {
		id, err = before(h)
	}
	if err != nil {
		return err
	}
	s, err := h.Load(id)
	if err != nil {
		return err
	}
	if err := h.Publish(c.Context, s); err != nil {
		return err
	}
	p.out.object("published", publishedObject{h.Ecosystem(), id})
	p.out.printf("%s: published snapshot %s", h.Ecosystem(), id)
	return p.out.err
}

// before returns the snapshot that is next older than the current one.
func before(h *layout.History) (string, error) {
	kept, err := h.List()
	if err != nil {
		return "", err
	}
	for i, k := range kept {
		if k.Current && i > 0 {
			return kept[i-1].ID, nil
		}
	}
	return "", usagef("%s has no snapshot older than the current one", h.Ecosystem())
}
