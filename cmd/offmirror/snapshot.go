package main

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/retention"
)

func (p *program) snapshotCommand() *cli.Command {
	return &cli.Command{
		Name:  "snapshot",
		Usage: "list, compare, publish again, tag and forget snapshots",
		Description: "A snapshot is named by its id, the first digits of it, a tag, or \"current\". ECOSYSTEM may be\n" +
			"left out when only one has such a snapshot.",
		Subcommands: []*cli.Command{
			p.snapshotListCommand(),
			p.snapshotShowCommand(),
			p.snapshotDiffCommand(),
			p.snapshotRollbackCommand(),
			p.snapshotTagCommand(),
			p.snapshotForgetCommand(),
		},
	}
}

// snapshotObject describes a snapshot in JSON.
type snapshotObject struct {
	Ecosystem string           `json:"ecosystem"`
	ID        string           `json:"id"`
	Time      time.Time        `json:"time"`
	Files     int64            `json:"files"`
	Bytes     int64            `json:"bytes"`
	Missing   []layout.Missing `json:"missing,omitempty"`
	Current   bool             `json:"current"`
	Tags      []string         `json:"tags,omitempty"`

	Reasons []retention.Reason `json:"reasons,omitempty"` // why gc would keep it; only by list, if there are rules
	Because string             `json:"because,omitempty"` // why gc would forget it
}

// openMirror opens the existing mirror that a command is about.
func (p *program) openMirror(c *cli.Context) (*mirror.Mirror, error) {
	s, err := p.site(c)
	if err != nil {
		return nil, err
	}
	return mirror.Open(s.root, p.mirrorConfig(s))
}

// history finds the ecosystem that the arguments of a snapshot command are
// about, and returns what stands behind it: from min to max arguments (max < 0: any number).
func (p *program) history(c *cli.Context, m *mirror.Mirror, min, max int) (*layout.History, []string, error) {
	words := c.Args().Slice()
	names, err := m.Ecosystems()
	if err != nil {
		return nil, nil, err
	}
	var name string
	if len(words) > 0 {
		name = p.ecosystemName(words[0], names)
	}
	if name != "" {
		words = words[1:]
	}
	if len(words) < min || (max >= 0 && len(words) > max) {
		return nil, nil, usagef("snapshot %s: want %s", c.Command.Name, c.Command.ArgsUsage)
	}
	if name == "" {
		if name, err = only(m, names, words); err != nil {
			return nil, nil, err
		}
	}
	h, err := m.History(name)
	return h, words, err
}

// ecosystemName is the name of the ecosystem that word means; "" if it means none.
func (p *program) ecosystemName(word string, inMirror []string) string {
	for _, eco := range p.ecosystems {
		if slices.Contains(eco.Words(), word) {
			return eco.Name
		}
	}
	if slices.Contains(inMirror, word) {
		return word
	}
	return ""
}

// only returns the one ecosystem that has a snapshot called words[0], or that is
// the only one anyway.
func only(m *mirror.Mirror, names, words []string) (string, error) {
	if len(names) <= 1 || len(words) == 0 {
		if len(names) == 1 {
			return names[0], nil
		}
		return "", usagef("name an ecosystem; in this mirror are: %s", strings.Join(names, ", "))
	}
	var found []string
	for _, name := range names {
		h, err := m.History(name)
		if err != nil {
			return "", err
		}
		if _, err := h.Resolve(words[0]); err == nil {
			found = append(found, name)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	switch len(found) {
	case 0:
		return "", usagef("no ecosystem has a snapshot %q; see offmirror snapshot list", words[0])
	case 1:
		return found[0], nil
	}
	return "", usagef("%s have a snapshot %q: name one", strings.Join(found, " and "), words[0])
}

// resolve is History.Resolve, whose error is the user's mistake.
func resolveSnapshot(h *layout.History, ref string) (string, error) {
	id, err := h.Resolve(ref)
	if err != nil {
		return "", &usageError{err.Error()}
	}
	return id, nil
}
