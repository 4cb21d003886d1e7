package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/offmirror/offmirror/ecosystems"
)

// program is everything that a command takes from the outside world.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	environ        []string // all of the environment, for programs that run with it
	environment    func(string) string
	folder         string // the current folder
	systemFolder   string // /etc/offmirror
	interactive    bool   // stderr is a terminal
	ecosystems     []ecosystems.Ecosystem

	out      *output // set up from the global flags before a command runs
	log      *slog.Logger
	logJSON  func()      // makes what goes to stderr JSON, too
	terminal *lineWriter // stderr
}

// run runs one command line, without the program's name, and returns its exit code.
func (p *program) run(ctx context.Context, args []string) int {
	p.out = &output{writer: p.stdout, json: wantsJSON(args)}
	p.log = slog.New(slog.DiscardHandler)
	p.terminal = &lineWriter{w: p.stderr}
	app := p.app()
	args, err := arrange(app, args)
	if err == nil {
		err = app.RunContext(ctx, append([]string{app.Name}, args...))
	}
	code := exitCode(ctx, err)
	if err != nil {
		p.complain(code, err)
	}
	return code
}

type errorObject struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// complain says on stderr, and in JSON mode on stdout too, why a command failed.
func (p *program) complain(code int, err error) {
	if _, said := errors.AsType[*saidError](err); said {
		return
	}
	text := oneLine(redactText(err.Error()))
	if code == exitInterrupted {
		text = "interrupted; what had arrived is kept, the next run continues"
	}
	fmt.Fprintln(p.terminal, "offmirror: "+text)
	p.out.object("error", errorObject{code, text})
}

func (p *program) app() *cli.App {
	return &cli.App{
		Name:                      "offmirror",
		Usage:                     "mirror package ecosystems for networks without internet",
		UsageText:                 "offmirror COMMAND [flags] [arguments]; flags may stand anywhere",
		Writer:                    p.stdout,
		ErrWriter:                 p.stderr,
		HideVersion:               true,
		HideHelpCommand:           true,
		DisableSliceFlagSeparator: true,
		ExitErrHandler:            func(*cli.Context, error) {},
		OnUsageError:              badUsage,
		Flags:                     globalFlags(),
		Before:                    p.setUp,
		Commands:                  p.commands(),
	}
}

func (p *program) commands() []*cli.Command {
	commands := []*cli.Command{
		p.initCommand(),
		p.planCommand(),
		p.syncCommand(),
		p.serveCommand(),
		p.statusCommand(),
		p.snapshotCommand(),
		p.verifyCommand(),
		p.bundleCommand(),
		p.gcCommand(),
		p.keyCommand(),
		p.receiptCommand(),
		p.clientsCommand(),
		p.justmrCommand(),
		p.demoCommand(),
		p.versionCommand(),
	}
	setAll(commands)
	return commands
}

// setAll sets what is the same for all commands, at every depth.
func setAll(commands []*cli.Command) {
	for _, c := range commands {
		c.HideHelpCommand = true
		c.OnUsageError = badUsage
		setAll(c.Subcommands)
	}
}

func badUsage(_ *cli.Context, err error, _ bool) error { return usagef("%v", err) }

// openLog opens the file of --log-file for appending.
func openLog(file string) (io.Writer, error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, usagef("--log-file: %v", err)
	}
	return f, nil
}
