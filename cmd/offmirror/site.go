package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems/config"
	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/layout"
)

// site is what a command works on: a configuration and a mirror root.
type site struct {
	config *config.Config
	root   string // absolute; need not exist
}

// site finds both. The root is --root, or the configuration's, or the current
// folder if that is a mirror, or ./mirror.
func (p *program) site(c *cli.Context) (*site, error) {
	root := p.absolute(c.String("root"))
	if root == "" {
		root = defaultRoot(p.folder)
	}
	file, err := config.Search{
		Explicit:    p.absolute(c.String("config")),
		Environment: p.absolute(p.environment("OFFMIRROR_CONFIG")),
		Folder:      p.folder,
		Root:        root,
		System:      p.systemFolder,
	}.Find()
	if err != nil {
		return nil, &usageError{err.Error()}
	}
	s := &site{config: config.Default(p.ecosystems), root: root}
	if file != "" {
		if s.config, err = config.Load(file, p.ecosystems); err != nil {
			return nil, err
		}
	}
	if s.config.Root != "" && c.String("root") == "" {
		s.root = s.config.Root
	}
	p.log.Debug("found", "config", s.config.File, "root", s.root)
	return s, nil
}

// adoptRecorded gives sections that the configuration lacks the options that
// their published snapshots were made with.
func adoptRecorded(m *mirror.Mirror, sections []*config.Section) error {
	for _, section := range sections {
		if section.Present {
			continue
		}
		status, err := m.Status(section.Ecosystem.Name)
		if err != nil {
			return err
		}
		if status.Header == nil || len(status.Header.Config) == 0 {
			continue
		}
		if err := m.Recall(section.Ecosystem.Name, status.Header.Config, section.Options); err != nil {
			return fmt.Errorf("options recorded in snapshot %s of %s: %w", status.Snapshot, section.Ecosystem.Name, err)
		}
	}
	return nil
}

// adoptReadable is adoptRecorded for commands that do with defaults where a
// snapshot's file is damaged: verify is to say so, and serve can begin before the
// sync that makes it anew.
func adoptReadable(m *mirror.Mirror, sections []*config.Section) error {
	for _, section := range sections {
		err := adoptRecorded(m, []*config.Section{section})
		if _, damaged := errors.AsType[*layout.DamagedError](err); err != nil && !damaged {
			return err
		}
	}
	return nil
}

// absolute takes a path of the command line from the current folder; "" stays.
func (p *program) absolute(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(p.folder, path)
}

// defaultRoot is the mirror that a folder is or else holds.
func defaultRoot(folder string) string {
	for _, part := range []string{"store", "snapshots"} {
		if info, err := os.Stat(filepath.Join(folder, part)); err != nil || !info.IsDir() {
			return filepath.Join(folder, "mirror")
		}
	}
	return folder
}

// sections returns the parts of the configuration that a command is about: those
// of the named ecosystems, or else those that the configuration has, or else
// those that are in the mirror.
func (p *program) sections(s *site, words, inMirror []string) ([]*config.Section, error) {
	named, err := p.chosen(words)
	if err != nil {
		return nil, err
	}
	var sections []*config.Section
	for _, eco := range named {
		section, _ := s.config.Section(eco.Name)
		sections = append(sections, section)
	}
	for _, section := range s.config.Sections {
		if len(named) == 0 && section.Present {
			sections = append(sections, section)
		}
	}
	if len(sections) > 0 {
		return sections, nil
	}
	for _, section := range s.config.Sections {
		if slices.Contains(inMirror, section.Ecosystem.Name) {
			sections = append(sections, section)
		}
	}
	if len(sections) > 0 {
		return sections, nil
	}
	var names []string
	for _, eco := range p.ecosystems {
		names = append(names, eco.Name)
	}
	return nil, usagef("no ecosystem chosen: name one (%s), or write a configuration with offmirror init", strings.Join(names, ", "))
}
