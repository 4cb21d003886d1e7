package main

import "github.com/urfave/cli/v2"

func (p *program) bundleCommand() *cli.Command {
	return &cli.Command{
		Name:  "bundle",
		Usage: "carry snapshots to a mirror that no network reaches",
		Description: "A bundle is snapshots and the objects that the receiver lacks, in volumes for media, with a\n" +
			"signed manifest. docs/bundles.md tells the whole way there and back.",
		Subcommands: []*cli.Command{
			p.bundleCreateCommand(),
			p.bundleInspectCommand(),
			p.bundleVerifyCommand(),
			p.bundleApplyCommand(),
		},
	}
}
