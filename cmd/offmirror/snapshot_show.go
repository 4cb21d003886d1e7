package main

import (
	"time"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/fetch/store"
)

func (p *program) snapshotShowCommand() *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "show a snapshot and its files",
		ArgsUsage: "[ECOSYSTEM] SNAPSHOT",
		Action:    p.snapshotShow,
	}
}

type fileObject struct {
	Path   string   `json:"path"`
	Object store.ID `json:"object,omitzero"`
	Size   int64    `json:"size"`
	Link   string   `json:"link,omitempty"`
}

func (p *program) snapshotShow(c *cli.Context) error {
	m, err := p.openMirror(c)
	if err != nil {
		return err
	}
	defer m.Close()
	h, words, err := p.history(c, m, 0, 1)
	if err != nil {
		return err
	}
	ref := "current"
	if len(words) > 0 {
		ref = words[0]
	}
	id, err := resolveSnapshot(h, ref)
	if err != nil {
		return err
	}
	s, err := h.Load(id)
	if err != nil {
		return err
	}
	current, err := h.CurrentID()
	if err != nil {
		return err
	}
	all, err := h.Tags()
	if err != nil {
		return err
	}
	var tags []string
	for _, tag := range all {
		if tag.ID == s.ID {
			tags = append(tags, tag.Name)
		}
	}
	p.out.object("snapshot", snapshotObject{
		Ecosystem: s.Ecosystem, ID: s.ID, Time: s.Time, Files: s.Files, Bytes: s.Bytes, Missing: s.Missing, Current: s.ID == current, Tags: tags,
	})
	p.out.printf("%s  %s  %s  %d files  %s", s.Ecosystem, s.ID, s.Time.UTC().Format(time.RFC3339), s.Files, bytesText(s.Bytes))
	for _, miss := range s.Missing {
		p.out.printf("missing %s: %s", miss.Path, oneLine(miss.Reason))
	}
	for e := range s.All("") {
		p.out.object("file", fileObject(e))
		if e.IsLink() {
			p.out.printf("%-64s %10s  %s -> %s", "link", "", e.Path, e.Link)
			continue
		}
		p.out.printf("%s %10s  %s", e.Object, bytesText(e.Size), e.Path)
	}
	return p.out.err
}
