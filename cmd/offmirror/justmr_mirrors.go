package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems/justmr"
	"github.com/offmirror/offmirror/ecosystems/justmr/importgit"
	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/layout"
)

func (p *program) justmrMirrorsCommand() *cli.Command {
	return &cli.Command{
		Name:  "mirrors",
		Usage: "name the mirror in a repos.json",
		Subcommands: []*cli.Command{{
			Name:  "add",
			Usage: "add the mirror to the \"mirrors\" of each source in a repos.json",
			Description: "BASE is as for justmr local. --config is the repos.json to change, by default the one that just-mr would\n" +
				"find. It is rewritten in one step; all but the new URLs stays as it is, to the last blank, and a second\n" +
				"run changes nothing. With a mirror at --root, sources that it lacks are left out.",
			Flags: []cli.Flag{
				&cli.StringFlag{Name: "url", Usage: "`BASE` of the mirror"},
				&cli.BoolFlag{Name: "exact", Usage: "BASE is ROOT/justmr, whatever it is called", DisableDefaultText: true},
			},
			Action: p.justmrMirrorsAdd,
		}},
	}
}

type addedMirrorsObject struct {
	File    string `json:"file"`
	Added   int    `json:"added"`
	Present int    `json:"present"`
	Skipped int    `json:"skipped"`
}

func (p *program) justmrMirrorsAdd(c *cli.Context) error {
	if c.NArg() > 0 {
		return usagef("justmr mirrors add takes no arguments, but got %q", c.Args().First())
	}
	base, err := justmrBase(c.String("url"), c.Bool("exact"))
	if err != nil {
		return err
	}
	file := p.absolute(c.String("config"))
	if file == "" {
		var found bool
		places := importgit.Places{Folder: p.folder, Home: p.environment("HOME"), System: string(filepath.Separator)}
		if file, found = places.Find(); !found {
			return usagef("--config is needed: there is no repos.json where just-mr looks")
		}
	}
	data, err := readSmall(file)
	if err != nil {
		return err
	}
	locations, err := p.locationsOf(c.String("root"))
	if err != nil {
		return err
	}
	edited, done, err := justmr.AddMirrors(file, data, base, locations)
	if err != nil {
		return err
	}
	for _, why := range done.Skipped {
		p.log.Warn(why)
	}
	if done.Added > 0 {
		if err := replaceFile(file, edited); err != nil {
			return err
		}
	}
	p.out.printf("%s: %d mirrors added, %d were there, %d repositories left out", file, done.Added, done.Present, len(done.Skipped))
	p.out.object("mirrors", addedMirrorsObject{file, done.Added, done.Present, len(done.Skipped)})
	return p.out.err
}

// justmrBase reads --url BASE as all commands of the group do.
func justmrBase(text string, exact bool) (justmr.Base, error) {
	if text == "" {
		return justmr.Base{}, usagef("--url is needed: where clients see the mirror, such as http://mirror.corp:8000 or file:///mnt/stick")
	}
	base, err := justmr.ParseBase(text)
	if err != nil {
		return base, usagef("--url %v", err)
	}
	if !exact && !base.EndsIn("justmr") {
		base = base.Join("justmr")
	}
	return base, nil
}

// locationsOf reads where the mirror at a root has things; nil if no root is named and there is
// no mirror where one would be. --config is no configuration of offmirror here.
func (p *program) locationsOf(root string) (*justmr.Locations, error) {
	named := root != ""
	if root = p.absolute(root); !named {
		root = defaultRoot(p.folder)
	}
	m, err := mirror.Open(root, mirror.Config{})
	if err != nil {
		if !named && errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, err
	}
	defer m.Close()
	history, err := m.History("justmr")
	var snapshot *layout.Snapshot
	if err == nil {
		snapshot, err = history.Current()
	}
	switch {
	case err != nil:
		return nil, err
	case snapshot == nil && named:
		return nil, fmt.Errorf("%s: no just-mr mirror is published there: run offmirror sync justmr", root)
	case snapshot == nil:
		return nil, nil
	}
	return justmr.ReadLocations(snapshot)
}
