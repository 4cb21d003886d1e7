package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems/config"
)

func (p *program) initCommand() *cli.Command {
	return &cli.Command{
		Name:      "init",
		Usage:     "write a commented offmirror.toml",
		ArgsUsage: "[ECOSYSTEM…]",
		Description: "Writes offmirror.toml in the current folder, or the file named by --config, with every key,\n" +
			"its meaning and its default. The sections of the named ecosystems (default: all) are\n" +
			"switched on. An existing file is never overwritten.",
		Action: p.initialize,
	}
}

type initObject struct {
	File string `json:"file"`
}

func (p *program) initialize(c *cli.Context) error {
	chosen, err := p.chosen(c.Args().Slice())
	if err != nil {
		return err
	}
	if len(chosen) == 0 {
		chosen = p.ecosystems
	}
	var names []string
	for _, eco := range chosen {
		names = append(names, eco.Name)
	}
	file := c.String("config")
	if file == "" {
		file = filepath.Join(p.folder, config.FileName)
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return usagef("%s exists and is not overwritten: remove it first, or name another file with --config", file)
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(config.Template(p.ecosystems, names...))
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(file))
	}
	p.out.printf("wrote %s", file)
	p.out.object("init", initObject{file})
	return p.out.err
}
