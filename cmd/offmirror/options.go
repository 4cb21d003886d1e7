package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/config"
)

// optionFlags derives the flags of plan and sync from the options of every
// ecosystem and of the engine. Options of several ecosystems may share a flag, whose
// help then says what it means to each.
func (p *program) optionFlags() []cli.Flag {
	var order []string
	meanings := map[string][]meaning{}
	add := func(owner string, options any) {
		for _, f := range config.Fields(options) {
			if f.Flag == "" {
				continue
			}
			if len(meanings[f.Flag]) == 0 {
				order = append(order, f.Flag)
			}
			meanings[f.Flag] = append(meanings[f.Flag], meaning{owner, f})
		}
	}
	for _, eco := range p.ecosystems {
		add(eco.Name, eco.Options())
	}
	defaults := config.Default(nil)
	add("", &defaults.Fetch)
	flags := make([]cli.Flag, 0, len(order))
	for _, name := range order {
		flags = append(flags, optionFlag(describeFlag(meanings[name])))
	}
	return flags
}

// meaning is what a flag is to an ecosystem, or to the engine if it has no owner.
type meaning struct {
	owner string
	config.Field
}

// describeFlag returns the category of a flag, and the first of its fields with the text
// of all of them.
func describeFlag(meanings []meaning) (string, config.Field) {
	f := meanings[0].Field
	if meanings[0].owner == "" {
		return "TRANSFER (section [fetch] of the configuration)", f
	}
	var owners, texts []string
	for _, m := range meanings {
		owners = append(owners, strings.ToUpper(m.owner))
		texts = append(texts, m.owner+": "+m.Doc)
	}
	if slices.ContainsFunc(meanings, func(m meaning) bool { return m.Doc != f.Doc }) {
		f.Doc = strings.Join(texts, "; ")
	}
	return "OPTIONS OF " + strings.Join(owners, " AND ") + " (as in the configuration)", f
}

func optionFlag(category string, f config.Field) cli.Flag {
	var also []string
	if f.Also != "" {
		also = []string{f.Also}
	}
	switch f.Kind {
	case config.Switch:
		return &cli.BoolFlag{Name: f.Flag, Aliases: also, Usage: f.Doc, Category: category, DisableDefaultText: true}
	case config.List:
		return &cli.GenericFlag{Name: f.Flag, Aliases: also, Usage: f.Doc + "; may be repeated", Category: category, Value: new(givenValues)}
	}
	return &cli.GenericFlag{Name: f.Flag, Aliases: also, Usage: f.Doc, Category: category, Value: new(givenValues)}
}

// givenValues collects the values of a flag as they were given.
type givenValues []string

func (v *givenValues) Set(text string) error {
	if text != copiedValues {
		*v = append(*v, text)
	}
	return nil
}

// copiedValues is what the cli package sets the other names of a flag to, which share its values. No argument of a
// process can be that.
const copiedValues = "\x00"

// Serialize is what the cli package takes for that.
func (v *givenValues) Serialize() string { return copiedValues }

func (v *givenValues) String() string { return strings.Join(*v, ", ") }

// givenOptions returns the option flags of a command line with their values.
func givenOptions(c *cli.Context) map[string][]string {
	given := map[string][]string{}
	for _, f := range c.Command.Flags {
		name := f.Names()[0]
		if !c.IsSet(name) {
			continue
		}
		switch v := c.Generic(name).(type) {
		case *givenValues:
			given[name] = *v
		default:
			given[name] = []string{strconv.FormatBool(c.Bool(name))}
		}
	}
	return given
}

// override gives the sections and the engine what was given on the command
// line. Who names an option of several chosen ecosystems has to say which.
func (p *program) override(s *site, sections []*config.Section, c *cli.Context) error {
	given := givenOptions(c)
	shared := config.Fields(&s.config.Fetch)
	for flag := range given {
		var owners []string
		for _, section := range sections {
			if hasFlag(config.Fields(section.Options), flag) {
				owners = append(owners, section.Ecosystem.Name)
			}
		}
		switch {
		case len(owners) > 1:
			return usagef("--%s is an option of %s: name one ecosystem", flag, strings.Join(owners, " and "))
		case len(owners) == 0 && !hasFlag(shared, flag) && p.anybodyHas(flag):
			return usagef("--%s is no option of the chosen ecosystems: name the one that it is for", flag)
		}
	}
	for _, section := range sections {
		if err := section.Override(given, p.folder); err != nil {
			return err
		}
	}
	if err := config.Override(&s.config.Fetch, given, p.folder); err != nil {
		return err
	}
	if err := s.config.Fetch.CheckFiles(); err != nil {
		return &usageError{err.Error()}
	}
	return nil
}

func (p *program) anybodyHas(flag string) bool {
	return slices.ContainsFunc(p.ecosystems, func(eco ecosystems.Ecosystem) bool {
		return hasFlag(config.Fields(eco.Options()), flag)
	})
}

func hasFlag(fields []config.Field, flag string) bool {
	return slices.ContainsFunc(fields, func(f config.Field) bool { return f.Flag == flag })
}

const runCategory = "THIS RUN"

// selectionFlags are the switches of one run.
func selectionFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "deep", Category: runCategory, Usage: "ask for every index again, also where no list of changes tells of one; sync also fetches again what is published but lost", DisableDefaultText: true},
		&cli.BoolFlag{Name: "allow-shrink", Category: runCategory, Usage: "accept an index that lost suspiciously much", DisableDefaultText: true},
		&cli.BoolFlag{Name: "allow-rollback", Category: runCategory, Usage: "accept an index older than the last one seen", DisableDefaultText: true},
	}
}

func selection(c *cli.Context) ecosystems.Selection {
	return ecosystems.Selection{
		Deep:          c.Bool("deep"),
		AllowShrink:   c.Bool("allow-shrink"),
		AllowRollback: c.Bool("allow-rollback"),
		AllowPartial:  c.Bool("allow-partial"),
	}
}
