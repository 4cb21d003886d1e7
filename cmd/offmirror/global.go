package main

import (
	"log/slog"
	"slices"
	"strings"
	"unicode"

	"github.com/urfave/cli/v2"
)

func globalFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "root", Usage: "`FOLDER` of the mirror"},
		&cli.StringFlag{Name: "config", Aliases: []string{"c"}, Usage: "configuration `FILE`"},
		&cli.BoolFlag{Name: "json", Usage: "print results as JSON, one object a line", DisableDefaultText: true},
		&cli.BoolFlag{Name: "quiet", Usage: "say nothing on stderr but errors", DisableDefaultText: true},
		&cli.BoolFlag{Name: "verbose", Usage: "say more on stderr", DisableDefaultText: true},
		&cli.StringFlag{Name: "log-file", Usage: "append a log in JSON to `FILE`"},
	}
}

// wantsJSON finds --json before anything is parsed, so that wrong usage is reported in JSON too.
func wantsJSON(args []string) bool {
	if i := slices.Index(args, "--"); i >= 0 {
		args = args[:i]
	}
	return slices.ContainsFunc(args, func(arg string) bool {
		return arg == "--json" || arg == "-json" || arg == "--json=true"
	})
}

// setUp makes the output and the log as the global flags want them.
func (p *program) setUp(c *cli.Context) error {
	if c.Bool("quiet") && c.Bool("verbose") {
		return usagef("--quiet and --verbose contradict each other")
	}
	p.out.json = c.Bool("json")
	level := slog.LevelInfo
	switch {
	case c.Bool("quiet"):
		level = slog.LevelError
	case c.Bool("verbose"):
		level = slog.LevelDebug
	}
	handlers := []slog.Handler{lineHandler{out: p.terminal, level: level}}
	if file := c.String("log-file"); file != "" {
		w, err := openLog(p.absolute(file))
		if err != nil {
			return err
		}
		handlers = append(handlers, slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	p.log = slog.New(redactingHandler{slog.NewMultiHandler(handlers...)})
	return nil
}

// oneLine keeps a message on one line and free of what a terminal obeys, whoever wrote it.
func oneLine(text string) string {
	text = strings.NewReplacer("\n", "; ", "\u2028", "; ", "\u2029", "; ", "\t", " ").Replace(text)
	return harmless(text, "")
}

// harmless drops control characters, those of the upper half and of writing
// direction too, except those in kept.
func harmless(text, kept string) string {
	return strings.Map(func(r rune) rune {
		if (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) && !strings.ContainsRune(kept, r) {
			return -1
		}
		return r
	}, text)
}
