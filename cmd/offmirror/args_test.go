package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"
	"pgregory.net/rapid"
)

func argsApp() *cli.App {
	return &cli.App{
		Name:  "offmirror",
		Flags: globalFlags(),
		Commands: []*cli.Command{
			{Name: "sync", Flags: []cli.Flag{&cli.StringFlag{Name: "lock"}, &cli.BoolFlag{Name: "deep"}}},
			{Name: "import", Flags: []cli.Flag{&cli.GenericFlag{Name: "map", Value: new(givenPairs)}}},
			{Name: "snapshot", Subcommands: []*cli.Command{{Name: "list"}, {Name: "show", Flags: []cli.Flag{&cli.BoolFlag{Name: "paths"}}}}},
		},
	}
}

func TestArrange(t *testing.T) {
	for in, want := range map[string]string{
		"":                                      "",
		"--json":                                "--json",
		"sync hex --json":                       "--json sync -- hex",
		"sync hex --lock mix.lock julia":        "sync --lock mix.lock -- hex julia",
		"--lock mix.lock sync hex":              "sync --lock mix.lock -- hex",
		"sync hex --lock=a --deep=false -c f":   "-c f sync --lock=a --deep=false -- hex",
		"sync -- --lock":                        "sync -- --lock",
		"sync hex -- --json x":                  "sync -- hex --json x",
		"sync -":                                "sync -- -",
		"sync --lock -- hex":                    "sync --lock -- -- hex",
		"snapshot show --paths hex --root=r ID": "--root=r snapshot show --paths -- hex ID",
		"--root r snapshot list":                "--root r snapshot list",
		"snapshot":                              "snapshot",
		"sync hex --help":                       "sync --help",
		"help snapshot list":                    "snapshot list --help",
		"help":                                  "--help",
		"-h":                                    "--help",
		"sync -deep hex":                        "sync -deep -- hex",
		"import x --map a b y --map --json -- ": "import --map a\x00b --map --json\x00-- -- x y",
	} {
		got, err := arrange(argsApp(), strings.Fields(in))
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if diff := cmp.Diff(strings.Fields(want), got, cmp.Transformer("", func(s []string) string { return strings.Join(s, " ") })); diff != "" {
			t.Errorf("%s: %s", in, diff)
		}
	}
}

func TestArrangeRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"snyc":                    `unknown command "snyc"; did you mean "sync"?`,
		"frobnicate":              `unknown command "frobnicate"; see offmirror --help`,
		"snapshot lst":            `unknown command "snapshot lst"; did you mean "list"?`,
		"sync --lok f":            `unknown flag --lok of offmirror sync; did you mean --lock?`,
		"sync --frobnicate":       `unknown flag --frobnicate of offmirror sync; see offmirror sync --help`,
		"snapshot list --paths":   `unknown flag --paths of offmirror snapshot list; see offmirror snapshot list --help`,
		"snapshot list --lock f":  `unknown flag --lock of offmirror snapshot list; see offmirror snapshot list --help`,
		"sync --lock":             `--lock needs a value`,
		"sync -c":                 `-c needs a value`,
		"sync --deep=perhaps hex": `--deep: want true or false, not "perhaps"`,
		"import --map a":          `--map needs two values behind it`,
		"import --map=a b c":      `--map needs two values behind it`,
		"--jsn":                   `unknown flag --jsn of offmirror; did you mean --json?`,
	} {
		_, err := arrange(argsApp(), strings.Fields(in))
		if err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %s", in, err, want)
		}
	}
}

// However flags and words are mixed, the outcome is the same.
func TestArrangeDoesNotCareAboutOrder(t *testing.T) {
	flags := [][]string{{"--json"}, {"--root", "r"}, {"--lock", "a"}, {"--deep=false"}, {"--lock=b"}}
	want, err := arrange(argsApp(), append(slices.Concat(flags...), "sync", "hex", "julia"))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		words := []string{"sync", "hex", "julia"}
		var args []string
		for rest := flags; len(rest)+len(words) > 0; {
			if len(words) > 0 && (len(rest) == 0 || rapid.Bool().Draw(t, "word")) {
				args, words = append(args, words[0]), words[1:]
			} else {
				args, rest = append(args, rest[0]...), rest[1:]
			}
		}
		got, err := arrange(argsApp(), args)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", args, diff)
		}
	})
}

func FuzzArrange(f *testing.F) {
	f.Add("sync\x00--lock\x00a\x00hex")
	f.Add("--\x00-\x00--=\x00-\x00---x")
	f.Fuzz(func(t *testing.T, joined string) {
		_, _ = arrange(argsApp(), strings.Split(joined, "\x00"))
	})
}

// arrange relies on it: whether a value follows a flag must not depend on the command.
func TestFlagsHaveOneShape(t *testing.T) {
	app := newTestProgram(t).app()
	shape := map[string]int{}
	var walk func(where string, flags []cli.Flag, commands []*cli.Command)
	walk = func(where string, flags []cli.Flag, commands []*cli.Command) {
		for _, f := range flags {
			values := valuesOf(f)
			for _, name := range f.Names() {
				if before, ok := shape[name]; ok && before != values {
					t.Errorf("%s: --%s takes %d values in one place and %d in another", where, name, before, values)
				}
				shape[name] = values
			}
		}
		for _, c := range commands {
			own := flagNames(c.Flags)
			for _, name := range flagNames(app.Flags) {
				if slices.Contains(own, name) {
					t.Errorf("%s %s: --%s hides the global flag", where, c.Name, name)
				}
			}
			walk(where+" "+c.Name, c.Flags, c.Subcommands)
		}
	}
	walk("offmirror", app.Flags, app.Commands)
}
