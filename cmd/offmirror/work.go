package main

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/config"
	"github.com/offmirror/offmirror/ecosystems/mirror"
)

// work is what plan and sync have in common: a mirror and the jobs in it.
type work struct {
	mirror *mirror.Mirror
	jobs   []mirror.Job
}

// prepare opens the mirror, made if need be, and readies the chosen ecosystems
// with the options of configuration and command line. An ecosystem that is merely in
// the mirror, with no section and not named either, is synced as it was the last time.
func (p *program) prepare(c *cli.Context) (*work, error) {
	s, err := p.site(c)
	if err != nil {
		return nil, err
	}
	words := c.Args().Slice()
	sections, err := p.sections(s, words, ecosystemsIn(s.root))
	if err != nil {
		return nil, err
	}
	if len(words) == 0 {
		if err := p.adoptFrom(s.root, sections); err != nil {
			return nil, err
		}
	}
	if err := p.override(s, sections, c); err != nil {
		return nil, err
	}
	w := &work{}
	for _, section := range sections {
		driver, err := section.Driver()
		if err != nil {
			return nil, err
		}
		if c, ok := driver.(ecosystems.Credentialed); ok {
			if _, err := c.Credentials(); err != nil {
				return nil, &usageError{err.Error()}
			}
		}
		if n, ok := driver.(ecosystems.Needy); ok {
			if err := n.CheckFiles(); err != nil {
				return nil, &usageError{err.Error()}
			}
		}
		w.jobs = append(w.jobs, mirror.Job{
			Ecosystem: section.Ecosystem,
			Driver:    driver,
			Options:   section.Options,
			Selection: selection(c),
		})
	}
	w.mirror, err = mirror.Create(s.root, p.mirrorConfig(s))
	return w, err
}

// adoptFrom is adoptRecorded for a root that may not exist yet.
func (p *program) adoptFrom(root string, sections []*config.Section) error {
	m, err := mirror.Open(root, mirror.Config{})
	if err != nil {
		return nil // nothing is recorded in a mirror that there is not
	}
	defer m.Close()
	return adoptRecorded(m, sections)
}

func (p *program) mirrorConfig(s *site) mirror.Config {
	return mirror.Config{Fetch: s.config.Fetch, Logger: p.log, Version: buildVersion(), OnNotice: p.notice}
}

// notice passes on a driver's remark while the run goes on.
func (p *program) notice(n ecosystems.Notice) {
	if n.Kind == ecosystems.UnknownYet {
		return // the plan itself says so
	}
	text := n.Text
	if !strings.HasPrefix(text, n.Path) { // many say themselves what they are about
		text = n.Path + ": " + text
	}
	p.log.Info(text, "kind", n.Kind)
}

// ecosystemsIn lists what is in the mirror at root; nothing, if there is none.
func ecosystemsIn(root string) []string {
	m, err := mirror.Open(root, mirror.Config{})
	if err != nil {
		return nil
	}
	defer m.Close()
	names, err := m.Ecosystems()
	if err != nil {
		return nil
	}
	return names
}
