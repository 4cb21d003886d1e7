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
		&cli.StringFlag{Name: "log-file", Aliases: []string{"logging-file"}, Usage: "append a log in JSON to `FILE`"},
		&cli.StringFlag{Name: "logging-level", Usage: "say and log what is at least of this `LEVEL`: debug, info, warning or error; without it, info on stderr and debug in the log"},
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
	level, fileLevel := slog.LevelInfo, slog.LevelDebug
	if text := c.String("logging-level"); text != "" {
		if c.Bool("quiet") || c.Bool("verbose") {
			return usagef("--logging-level and --quiet or --verbose contradict each other")
		}
		var err error
		if level, err = parseLevel(text); err != nil {
			return err
		}
		fileLevel = level
	}
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
		handlers = append(handlers, slog.NewJSONHandler(w, &slog.HandlerOptions{Level: fileLevel}))
	}
	p.log = slog.New(redactingHandler{slog.NewMultiHandler(handlers...)})
	p.logJSON = func() {
		handlers[0] = slog.NewJSONHandler(p.terminal, &slog.HandlerOptions{Level: level})
		p.log = slog.New(redactingHandler{slog.NewMultiHandler(handlers...)})
	}
	return nil
}

// parseLevel reads a level in the words of Python, in which other mirror tools have it, too.
func parseLevel(text string) (slog.Level, error) {
	switch strings.ToLower(text) {
	case "debug":
		return slog.LevelDebug, nil
	case "info":
		return slog.LevelInfo, nil
	case "warning", "warn":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	}
	return 0, usagef("--logging-level: %.40q is none of debug, info, warning and error", text)
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
