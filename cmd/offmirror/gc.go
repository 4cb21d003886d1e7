package main

import (
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems/config"
	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/layout/retention"
)

func (p *program) gcCommand() *cli.Command {
	return &cli.Command{
		Name:  "gc",
		Usage: "forget old snapshots and remove what no snapshot needs any more",
		Description: "Forgets the snapshots that the rules in [snapshots] do not keep; without a rule, none. An object\n" +
			"that nothing refers to any more is condemned, and removed by a run that finds it still so when\n" +
			"the grace has passed. If anything that is kept cannot be read, nothing is removed.",
		Flags: append([]cli.Flag{
			&cli.BoolFlag{Name: "dry-run", Usage: "change nothing, and show what would be forgotten, condemned and removed; with --verbose, every object", DisableDefaultText: true},
		}, retentionFlags()...),
		Action: p.gc,
	}
}

// retentionFlags are those of the section [snapshots].
func retentionFlags() []cli.Flag {
	var flags []cli.Flag
	defaults := config.Default(nil)
	for _, f := range config.Fields(&defaults.Snapshots) {
		flags = append(flags, optionFlag("RULES (section [snapshots] of the configuration)", f))
	}
	return flags
}

// retentionConfig is the section [snapshots] with what the command line says instead.
func (p *program) retentionConfig(s *site, c *cli.Context) (retention.Config, error) {
	rules := s.config.Snapshots
	if err := config.Override(&rules, givenOptions(c), p.folder); err != nil {
		return rules, err
	}
	if err := rules.Check(); err != nil {
		return rules, &usageError{err.Error()}
	}
	return rules, nil
}

type retainedObject struct {
	Ecosystem string             `json:"ecosystem"`
	Snapshot  string             `json:"snapshot"`
	Time      time.Time          `json:"time"`
	Reasons   []retention.Reason `json:"reasons"`
}

type gcObjectObject struct {
	Object string         `json:"object"`
	Size   int64          `json:"size"`
	Fate   retention.Fate `json:"fate"`
	Since  time.Time      `json:"since"`
}

type leftoverObject struct {
	Path string `json:"path"`
	Why  string `json:"why"`
}

type gcObject struct {
	DryRun    bool          `json:"dry_run"`
	Kept      int           `json:"kept"`
	Forgotten int           `json:"forgotten"`
	Objects   int           `json:"objects"`
	Needed    int           `json:"needed"`
	Condemned retention.Sum `json:"condemned"`
	Waiting   retention.Sum `json:"waiting"`
	Awaited   retention.Sum `json:"awaited"`
	Removed   retention.Sum `json:"removed"`

	Unfinished []string `json:"unfinished,omitempty"`
}

func (p *program) gc(c *cli.Context) error {
	if c.Args().Present() {
		return usagef("gc takes no arguments: it works on the whole mirror, whose ecosystems share objects")
	}
	s, err := p.site(c)
	if err != nil {
		return err
	}
	rules, err := p.retentionConfig(s, c)
	if err != nil {
		return err
	}
	m, err := mirror.Open(s.root, p.mirrorConfig(s))
	if err != nil {
		return err
	}
	defer m.Close()
	dry := c.Bool("dry-run")
	o := retention.Options{Config: rules, DryRun: dry, OnSnapshot: p.showVerdict(dry), OnLeftover: p.showLeftover(dry)}
	if dry {
		o.OnObject = p.showDeadObject(c.Bool("verbose"))
	}
	result, err := m.Collect(c.Context, o)
	if result.Damage != nil {
		p.log.Warn(result.Damage.Error())
	}
	if err != nil {
		return err
	}
	p.showCollected(result, dry, rules.Grace)
	return p.out.err
}

func (p *program) showVerdict(dry bool) func(string, retention.Verdict) {
	forgot := "forgot"
	if dry {
		forgot = "would forget"
	}
	return func(ecosystem string, v retention.Verdict) {
		when := v.Time.UTC().Format(time.RFC3339)
		if len(v.Reasons) > 0 {
			p.out.object("retained", retainedObject{ecosystem, v.ID, v.Time, v.Reasons})
			if dry {
				p.out.printf("%s: keeps snapshot %s of %s: %s", ecosystem, v.ID, when, reasonsText(v))
			}
			return
		}
		p.out.object("forgotten", forgottenObject{ecosystem, v.ID, v.Because})
		p.out.printf("%s: %s snapshot %s of %s: %s", ecosystem, forgot, v.ID, when, v.Because)
	}
}

// reasonsText says why a snapshot is kept.
func reasonsText(v retention.Verdict) string {
	var words []string
	for _, r := range v.Reasons {
		if r == retention.Tagged {
			words = append(words, "tag "+strings.Join(v.Tags, ", tag "))
			continue
		}
		words = append(words, string(r))
	}
	return strings.Join(words, ", ")
}

func (p *program) showLeftover(dry bool) func(retention.Leftover) {
	word := "cleared leftover" // removed, or of a second tree, brought to what is kept
	if dry {
		word = "would clear leftover"
	}
	return func(l retention.Leftover) {
		p.out.object("leftover", leftoverObject(l))
		p.out.printf("%s %s: %s", word, l.Path, l.Why)
	}
}

func (p *program) showDeadObject(verbose bool) func(retention.Object) {
	return func(o retention.Object) {
		p.out.object("gc-object", gcObjectObject{o.ID.String(), o.Size, o.Fate, o.Since})
		if verbose {
			p.out.printf("%-9s %s %10s  since %s", o.Fate, o.ID, bytesText(o.Size), o.Since.UTC().Format(time.RFC3339))
		}
	}
}

func (p *program) showCollected(r retention.Result, dry bool, grace time.Duration) {
	p.out.object("gc", gcObject{dry, r.Kept, r.Forgotten, r.Objects, r.Needed, r.Condemned, r.Waiting, r.Awaited, r.Removed, r.Unfinished})
	would := ""
	if dry {
		would = "would be "
	}
	p.out.printf("%d %s kept, %d %sforgotten", r.Kept, plural(r.Kept, "snapshot", "snapshots"), r.Forgotten, would)
	p.out.printf("%d of %d objects are needed", r.Needed, r.Objects)
	line := func(sum retention.Sum, text string) {
		p.out.printf("%d %s, %s %s", sum.Objects, plural(sum.Objects, "object", "objects"), bytesText(sum.Bytes), text)
	}
	line(r.Condemned, would+"condemned now, to be removed in "+grace.String()+" at the earliest")
	line(r.Waiting, "condemned before, not yet for "+grace.String())
	if len(r.Unfinished) > 0 {
		line(r.Awaited, "kept until what brings them comes to its end: "+strings.Join(r.Unfinished, ", "))
	}
	line(r.Removed, would+"removed")
}
