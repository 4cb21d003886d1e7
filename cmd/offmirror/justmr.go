package main

import "github.com/urfave/cli/v2"

func (p *program) justmrCommand() *cli.Command {
	return &cli.Command{
		Name:    "justmr",
		Aliases: []string{"just-mr"},
		Usage:   "helpers for repos.json files and the settings of just-mr",
		Subcommands: []*cli.Command{
			p.justmrLocalCommand(),
			p.importGitCommand(),
			p.justmrMirrorsCommand(),
		},
	}
}
