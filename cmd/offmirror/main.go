// Command offmirror mirrors package ecosystems for networks that have no internet.
//
// Results go to stdout, everything else to stderr; with --json a result is one
// JSON object a line. The exit codes are those of exit.go. Flags may stand
// before or after arguments.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/offmirror/offmirror/ecosystems/all"
)

func main() { os.Exit(realMain()) }

func realMain() int {
	spareMemory()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal kills
	folder, err := os.Getwd()
	if err != nil {
		fmt.Fprintln(os.Stderr, "offmirror:", err)
		return exitFailed
	}
	p := &program{
		stdin:        os.Stdin,
		stdout:       os.Stdout,
		stderr:       os.Stderr,
		environment:  os.Getenv,
		environ:      os.Environ(),
		folder:       folder,
		systemFolder: systemFolder,
		interactive:  isTerminal(os.Stderr),
		ecosystems:   all.Ecosystems(),
	}
	return p.run(ctx, os.Args[1:])
}

// systemFolder is where a system-wide configuration lies.
var systemFolder = "/etc/offmirror"

// isTerminal reports whether f is a device that people look at, or one that nobody reads at all.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
