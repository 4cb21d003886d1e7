package main

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/config"
)

type fruitOptions struct {
	Upstream string   `toml:"upstream" doc:"where it grows"`
	Packages []string `toml:"packages" doc:"what to pick" selection:"true"`
	Locks    []string `toml:"locks" doc:"files" selection:"true" path:"true"`
	Ripe     bool     `toml:"ripe" doc:"only ripe ones"`
	Count    int      `toml:"count" doc:"how many"`
}

type nutOptions struct {
	Upstream string   `toml:"upstream" doc:"tree"`
	Packages []string `toml:"packages" doc:"what to crack" selection:"true"`
	Shells   string   `toml:"shell" doc:"hard or soft"`
}

func fakeEcosystems() []ecosystems.Ecosystem {
	return []ecosystems.Ecosystem{
		{
			Name: "fruit", Aliases: []string{"obst"}, Summary: "Fruit",
			Options: func() any { return &fruitOptions{Upstream: "https://orchard.example", Ripe: true} },
		},
		{Name: "nuts", Summary: "Nuts", Options: func() any { return &nutOptions{} }},
	}
}

// overridden runs "offmirror try ARGUMENTS" and returns the options that a sync would get.
func overridden(t *testing.T, args ...string) (map[string]any, error) {
	t.Helper()
	p := newTestProgram(t)
	p.folder = "/cwd"
	p.ecosystems = fakeEcosystems()
	p.out = &output{writer: io.Discard}
	p.terminal = &lineWriter{w: io.Discard}
	found := map[string]any{}
	app := p.app()
	app.Commands = []*cli.Command{{
		Name: "try", Flags: p.optionFlags(), OnUsageError: badUsage, HideHelpCommand: true,
		Action: func(c *cli.Context) error {
			s := &site{config: config.Default(p.ecosystems)}
			sections, err := p.sections(s, c.Args().Slice(), nil)
			if err != nil {
				return err
			}
			if err := p.override(s, sections, c); err != nil {
				return err
			}
			for _, section := range sections {
				found[section.Ecosystem.Name] = section.Options
			}
			found["fetch"] = s.config.Fetch.Bandwidth
			return nil
		},
	}}
	args, err := arrange(app, append([]string{"try"}, args...))
	if err == nil {
		err = app.RunContext(context.Background(), append([]string{"offmirror"}, args...))
	}
	return found, err
}

func TestAdHocOptions(t *testing.T) {
	got, err := overridden(t, "fruit", "--package", "apple ~> 1.0, pear", "--package=plum", "--lock", "a.lock", "--ripe=false", "--count", "3", "--bandwidth", "1MiB/s")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"fruit": &fruitOptions{
			Upstream: "https://orchard.example", Packages: []string{"apple ~> 1.0, pear", "plum"},
			Locks: []string{"/cwd/a.lock"}, Count: 3,
		},
		"fetch": "1MiB/s",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAdHocOptionsOfSeveralEcosystems(t *testing.T) {
	got, err := overridden(t, "fruit", "nuts", "--shell", "hard", "--lock", "/x")
	if err != nil {
		t.Fatal(err)
	}
	if got["nuts"].(*nutOptions).Shells != "hard" || len(got["fruit"].(*fruitOptions).Locks) != 1 {
		t.Errorf("each takes its own: %+v", got)
	}
	for args, want := range map[string]string{
		"fruit nuts --package x": "--package is an option of fruit and nuts: name one ecosystem",
		"obst --shell hard":      "--shell is no option of the chosen ecosystems: name the one that it is for",
		"fruit --count many":     `--count: want a number, not "many"`,
		"fruit --bandwidth fast": "fetch.bandwidth: ",
		"--package x":            "no ecosystem chosen: name one (fruit, nuts), or write a configuration with offmirror init",
		"frut":                   `unknown ecosystem "frut"; did you mean "fruit"?`,
		"vegetables":             `unknown ecosystem "vegetables"; known are fruit, obst, nuts`,
	} {
		_, err := overridden(t, strings.Split(args, " ")...)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", args, err, want)
		}
		if code := exitCode(context.Background(), err); code != exitUsage {
			t.Errorf("%s: exit code %d", args, code)
		}
	}
}

func TestSectionsAreThoseOfTheConfigurationOrTheMirror(t *testing.T) {
	p := newTestProgram(t)
	p.ecosystems = fakeEcosystems()
	names := func(text string, words, inMirror []string) string {
		t.Helper()
		c, err := config.Parse("f.toml", []byte(text), p.ecosystems)
		if err != nil {
			t.Fatal(err)
		}
		sections, err := p.sections(&site{config: c}, words, inMirror)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, s := range sections {
			names = append(names, s.Ecosystem.Name)
		}
		return strings.Join(names, " ")
	}
	for _, tc := range []struct {
		text            string
		words, inMirror []string
		want            string
	}{
		{"[nuts]", []string{"obst"}, nil, "fruit"},
		{"[nuts]", nil, []string{"fruit"}, "nuts"},
		{"", nil, []string{"fruit", "gone"}, "fruit"},
		{"", []string{"nuts", "fruit", "obst"}, nil, "fruit nuts"},
	} {
		if got := names(tc.text, tc.words, tc.inMirror); got != tc.want {
			t.Errorf("%+v: got %q", tc, got)
		}
	}
}

// A flag with two names has its values once, whatever name was used.
func TestValuesOfAFlagWithTwoNames(t *testing.T) {
	for _, args := range [][]string{{"-o", "a", "-o", "b"}, {"--output", "a", "--output=b"}} {
		p := newTestProgram(t)
		p.out = &output{writer: io.Discard}
		p.terminal = &lineWriter{w: io.Discard}
		app := p.app()
		var got []string
		app.Commands = []*cli.Command{{
			Name: "try", Flags: []cli.Flag{repeated("output", "FOLDER", "o")}, OnUsageError: badUsage,
			Action: func(c *cli.Context) error {
				got = given(c, "output")
				return nil
			},
		}}
		args, err := arrange(app, append([]string{"try"}, args...))
		if err == nil {
			err = app.RunContext(t.Context(), append([]string{"offmirror"}, args...))
		}
		if diff := cmp.Diff([]string{"a", "b"}, got); err != nil || diff != "" {
			t.Errorf("%v: %v %s", args, err, diff)
		}
	}
}
