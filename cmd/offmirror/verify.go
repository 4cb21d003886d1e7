package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems/mirror"
)

func (p *program) verifyCommand() *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "prove that the mirror holds what it says",
		ArgsUsage: "[ECOSYSTEM…]",
		Description: "Reads every object of the published snapshots, compares the trees with them, and checks\n" +
			"signatures and checksums of the ecosystem itself. Changes nothing; may run beside sync and serve.\n" +
			"Damaged things are named by their native path, and the exit code is 4.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "quick", Usage: "compare sizes only", DisableDefaultText: true},
		},
		Action: p.verify,
	}
}

type damageObject struct {
	Ecosystem string `json:"ecosystem"`
	mirror.Damage
}

type verificationObject struct {
	Ecosystem string `json:"ecosystem"`
	Snapshot  string `json:"snapshot"`
	Files     int    `json:"files"`
	Bytes     int64  `json:"bytes"`
	Damaged   int    `json:"damaged"`
}

func (p *program) verify(c *cli.Context) error {
	s, err := p.site(c)
	if err != nil {
		return err
	}
	m, err := mirror.Open(s.root, p.mirrorConfig(s))
	if err != nil {
		return err
	}
	defer m.Close()
	present, err := m.Ecosystems()
	if err != nil {
		return err
	}
	sections, err := p.sections(s, c.Args().Slice(), present)
	if err != nil {
		return err
	}
	if err := adoptReadable(m, sections); err != nil {
		return err
	}
	damaged := 0
	for _, section := range sections {
		driver, err := section.Driver()
		if err != nil && section.Present {
			return err
		}
		if err != nil { // a mirror from elsewhere, without the files that its options name
			p.log.Warn(section.Ecosystem.Name+": signatures are not checked, a configuration is missing", "error", err)
		}
		v, err := m.Verify(c.Context, section.Ecosystem.Name, driver, mirror.VerifyOptions{Quick: c.Bool("quick")})
		if err != nil {
			return err
		}
		damaged += damagedFiles(v)
		p.showVerification(v)
	}
	if damaged > 0 {
		return &outcomeError{exitDamage, fmt.Sprintf("%d %s damaged", damaged, plural(damaged, "file is", "files are"))}
	}
	return p.out.err
}

// damagedFiles counts files: one may be damaged in several ways.
func damagedFiles(v *mirror.Verification) int {
	files := map[string]bool{}
	for _, d := range v.Damage {
		files[d.Path] = true
	}
	return len(files)
}

func (p *program) showVerification(v *mirror.Verification) {
	for _, d := range v.Damage {
		p.out.object("damage", damageObject{v.Ecosystem, d})
		p.out.printf("%s: damaged %s: %s", v.Ecosystem, d.Path, oneLine(d.Error))
	}
	p.out.object("verification", verificationObject{v.Ecosystem, v.Snapshot, v.Files, v.Bytes, damagedFiles(v)})
	if len(v.Damage) == 0 {
		p.out.printf("%s: snapshot %s is whole: %d files, %s read", v.Ecosystem, v.Snapshot, v.Files, bytesText(v.Bytes))
	}
}
