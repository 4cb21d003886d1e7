package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems/config"
)

// arrange brings args (without the program's name) into the one order that the cli package
// understands: global flags, command, its flags, "--", arguments. So flags may
// stand anywhere; what follows a "--" is an argument. It also reports what is wrong with them.
//
// That is possible because a flag has one shape throughout the program: how many
// values follow it does not depend on the command. The two values of a flag that takes
// a pair are handed on as one, see givenPairs.
func arrange(app *cli.App, args []string) ([]string, error) {
	flags, words, err := split(shapes(app), args)
	if err != nil {
		return nil, err
	}
	help := slices.ContainsFunc(flags, func(f givenFlag) bool { return f.name == "help" || f.name == "h" })
	if len(words) > 0 && words[0] == "help" {
		help, words = true, words[1:]
	}
	if i := slices.IndexFunc(flags, func(f givenFlag) bool { return f.name == "version" }); i >= 0 && len(words) == 0 {
		flags, words = slices.Delete(flags, i, i+1), []string{"version"} // as every program has it
	}
	command, path, words, err := resolve(app, words)
	if err != nil {
		return nil, err
	}
	if help {
		return append(path, "--help"), nil
	}
	var global, local []string
	allowed := flagNames(app.Flags)
	if command != nil {
		allowed = append(allowed, flagNames(command.Flags)...)
	}
	for _, f := range flags {
		switch {
		case slices.Contains(flagNames(app.Flags), f.name):
			global = append(global, f.tokens...)
		case slices.Contains(allowed, f.name):
			local = append(local, f.tokens...)
		default:
			return nil, unknownFlag(path, f.name, allowed)
		}
	}
	out := slices.Concat(global, path, local)
	if len(words) > 0 {
		out = append(append(out, "--"), words...)
	}
	return out, nil
}

// givenFlag is a flag as it was written, with its value.
type givenFlag struct {
	name   string
	tokens []string
}

// split separates flags from words. shape says of each known flag how many values follow it.
func split(shape map[string]int, args []string) (flags []givenFlag, words []string, err error) {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			return flags, append(words, args[i+1:]...), nil
		}
		if len(arg) < 2 || arg[0] != '-' {
			words = append(words, arg)
			continue
		}
		name, value, hasValue := strings.Cut(strings.TrimPrefix(arg[1:], "-"), "=")
		values, known := shape[name]
		f := givenFlag{name: name, tokens: []string{arg}}
		switch {
		case !known: // reported once the command is known
		case values == 0 && hasValue:
			if _, err := strconv.ParseBool(value); err != nil {
				return nil, nil, usagef("--%s: want true or false, not %q", name, value)
			}
		case values == 1 && !hasValue:
			if i++; i == len(args) {
				return nil, nil, usagef("%s needs a value", arg)
			}
			f.tokens = append(f.tokens, args[i])
		case values == 2:
			if hasValue || len(args)-i < 3 {
				return nil, nil, usagef("--%s needs two values behind it", name)
			}
			f.tokens = append(f.tokens, args[i+1]+pairSeparator+args[i+2])
			i += 2
		}
		flags = append(flags, f)
	}
	return flags, words, nil
}

// resolve finds the command that the first words name.
func resolve(app *cli.App, words []string) (command *cli.Command, path, rest []string, err error) {
	choices := app.Commands
	for len(words) > 0 && len(choices) > 0 {
		i := slices.IndexFunc(choices, func(c *cli.Command) bool { return c.HasName(words[0]) })
		if i < 0 {
			return nil, nil, nil, unknownCommand(path, words[0], choices)
		}
		command, path, words, choices = choices[i], append(path, words[0]), words[1:], choices[i].Subcommands
	}
	return command, path, words, nil
}

func unknownCommand(path []string, word string, choices []*cli.Command) error {
	var names []string
	for _, c := range choices {
		names = append(names, c.Names()...)
	}
	what := strings.Join(append(path, word), " ")
	if near := config.Nearest(word, names); near != "" {
		return usagef("unknown command %q; did you mean %q?", what, near)
	}
	return usagef("unknown command %q; see offmirror --help", what)
}

func unknownFlag(path []string, name string, allowed []string) error {
	command := strings.Join(append([]string{"offmirror"}, path...), " ")
	if near := config.Nearest(name, allowed); near != "" && len(near) > 1 {
		return usagef("unknown flag --%s of %s; did you mean --%s?", name, command, near)
	}
	return usagef("unknown flag --%s of %s; see %s --help", name, command, command)
}

// shapes maps every flag name of the program to the number of values that follow it.
func shapes(app *cli.App) map[string]int {
	m := map[string]int{"help": 0, "h": 0, "version": 0}
	add := func(flags []cli.Flag) {
		for _, f := range flags {
			for _, name := range f.Names() {
				m[name] = valuesOf(f)
			}
		}
	}
	add(app.Flags)
	var walk func([]*cli.Command)
	walk = func(commands []*cli.Command) {
		for _, c := range commands {
			add(c.Flags)
			walk(c.Subcommands)
		}
	}
	walk(app.Commands)
	return m
}

// valuesOf is the number of values that follow a flag.
func valuesOf(f cli.Flag) int {
	switch f := f.(type) {
	case *cli.BoolFlag:
		return 0
	case *cli.GenericFlag:
		if _, ok := f.Value.(*givenPairs); ok {
			return 2
		}
	}
	return 1
}

// givenPairs collects the values of a flag that takes two of them.
type givenPairs [][2]string

// pairSeparator stands between the values of a pair. No argument of a process can have it.
const pairSeparator = "\x00"

func (v *givenPairs) Set(text string) error {
	first, second, _ := strings.Cut(text, pairSeparator)
	*v = append(*v, [2]string{first, second})
	return nil
}

func (v *givenPairs) String() string { return "" }

func flagNames(flags []cli.Flag) []string {
	var names []string
	for _, f := range flags {
		names = append(names, f.Names()...)
	}
	return names
}
