package main

import (
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"
)

// version is set by the linker (see Makefile).
var version = ""

type versionObject struct {
	Version  string `json:"version"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func (p *program) versionCommand() *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "print the version, as --version does",
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			v, platform := buildVersion(), runtime.GOOS+"/"+runtime.GOARCH
			p.out.printf("offmirror %s (%s, %s)", v, runtime.Version(), platform)
			p.out.object("version", versionObject{v, runtime.Version(), platform})
			return p.out.err
		},
	}
}

// buildVersion is the linked version or, in a binary made by go install, the module's.
func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// noArguments refuses arguments of a command that has none.
func noArguments(c *cli.Context) error {
	if c.Args().Present() {
		return usagef("%s takes no arguments, but got %q", c.Command.Name, c.Args().First())
	}
	return nil
}
