package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems/config"
	"github.com/offmirror/offmirror/ecosystems/mirror"
)

func (p *program) verifyCommand() *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "prove that the mirror holds what it says",
		ArgsUsage: "[ECOSYSTEM…]",
		Description: "Reads every object of all kept snapshots, compares the published trees with them, and checks\n" +
			"signatures, checksums and tree hashes of the ecosystem itself. Without --repair it changes nothing and may\n" +
			"run beside sync and serve. Damaged things are named by their native path, and the exit code is 4.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "quick", Usage: "compare sizes only", DisableDefaultText: true},
			&cli.StringFlag{Name: "sample", Usage: "read only `N%` of the objects, the next ones each time: thirty runs of 3% read everything"},
			&cli.BoolFlag{Name: "repair", Usage: "fetch again what is missing or damaged, and mend the trees; exit code 0 if all is well then", DisableDefaultText: true},
			&cli.StringSliceFlag{Name: "from", Usage: "where a repair looks before upstream: `PATH` of another mirror or of a bundle, or the URL of another mirror; may be repeated"},
			identityFlag(),
			&cli.BoolFlag{Name: "offline", Usage: "a repair does not ask upstream", DisableDefaultText: true},
			&cli.StringFlag{Name: "max-age", Usage: "what was last confirmed longer ago than `D`, such as 36h or 7d, is frozen: exit code 4"},
		},
		Action: p.verify,
	}
}

func (p *program) verify(c *cli.Context) error {
	opts, err := verifyOptions(c)
	if err != nil {
		return err
	}
	repair := c.Bool("repair")
	if !repair && (c.IsSet("from") || c.Bool("offline") || len(given(c, "identity")) > 0) {
		return usagef("--from, --identity and --offline are about a --repair: give that too")
	}
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
	sources, release, err := p.repairSources(c.StringSlice("from"), given(c, "identity"))
	if err != nil {
		return err
	}
	defer release()
	var sum verdict
	for _, section := range sections {
		driver, err := section.Driver()
		if err != nil && section.Present {
			return err
		}
		if err != nil { // a mirror from elsewhere, without the files that its options name
			p.log.Warn(section.Ecosystem.Name+": signatures are not checked, a configuration is missing", "error", err)
		}
		var v *mirror.Verification
		if repair {
			job := mirror.Job{Ecosystem: section.Ecosystem, Driver: driver, Options: section.Options}
			v, err = m.Repair(c.Context, job, mirror.RepairOptions{VerifyOptions: opts, Sources: sources, Offline: c.Bool("offline")})
		} else {
			v, err = m.Verify(c.Context, section.Ecosystem.Name, driver, opts)
		}
		if err != nil {
			return err
		}
		sum.add(v)
		p.showVerification(v)
	}
	verifyRoot := m.VerifyRoot
	if repair {
		verifyRoot = m.RepairRoot
	}
	v, err := verifyRoot(c.Context, opts)
	if err != nil {
		return err
	}
	sum.add(v)
	p.showVerification(v)
	if err := sum.err(); err != nil {
		return err
	}
	return p.out.err
}

func verifyOptions(c *cli.Context) (opts mirror.VerifyOptions, err error) {
	opts.Quick = c.Bool("quick")
	if text := c.String("sample"); c.IsSet("sample") {
		if opts.Sample, err = parseSample(text); err != nil {
			return opts, err
		}
		if opts.Quick {
			return opts, usagef("--quick reads no object, so there is nothing to --sample: give one of them")
		}
	}
	if text := c.String("max-age"); c.IsSet("max-age") {
		if opts.MaxAge, err = config.ParseDuration(text); err != nil {
			return opts, usagef("--max-age: %v", err)
		}
		if opts.MaxAge <= 0 {
			return opts, usagef("--max-age: %.40q is no age; give one such as 7d", text)
		}
	}
	return opts, nil
}

// parseSample reads a percentage, with its sign or without.
func parseSample(text string) (float64, error) {
	percent, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(text, "%")), 64)
	if err != nil || math.IsNaN(percent) || percent < mirror.MinSample || percent > 100 {
		return 0, usagef("--sample: want a percentage from %v%% to 100%%, such as 3%%, not %.40q", mirror.MinSample, text)
	}
	return percent, nil
}

// verdict is what verifications come to together.
type verdict struct {
	damaged  int
	repaired int
	frozen   []string
}

func (s *verdict) add(v *mirror.Verification) {
	s.damaged += damagedFiles(v)
	s.repaired += len(v.Repaired)
	if v.Frozen != "" {
		s.frozen = append(s.frozen, v.Ecosystem)
	}
}

func (s *verdict) err() error {
	var texts []string
	if s.damaged > 0 {
		texts = append(texts, fmt.Sprintf("%d %s damaged", s.damaged, plural(s.damaged, "file is", "files are")))
	}
	if s.damaged > 0 && s.repaired > 0 {
		texts = append(texts, fmt.Sprintf("%d more %s repaired", s.repaired, plural(s.repaired, "was", "were")))
	}
	if len(s.frozen) > 0 {
		texts = append(texts, strings.Join(s.frozen, ", ")+plural(len(s.frozen), " is", " are")+" frozen")
	}
	if len(texts) == 0 {
		return nil
	}
	return &outcomeError{exitDamage, strings.Join(texts, "; ")}
}

// damagedFiles counts files: one may be damaged in several ways.
func damagedFiles(v *mirror.Verification) int {
	files := map[string]bool{}
	for _, d := range v.Damage {
		files[d.Path] = true
	}
	return len(files)
}
