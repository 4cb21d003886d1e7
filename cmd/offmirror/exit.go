package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/offmirror/offmirror/ecosystems/config"
)

// The exit codes of every command; docs/exit-codes.md explains them to users.
const (
	exitComplete    = 0
	exitFailed      = 1   // nothing new was published
	exitUsage       = 2   // wrong usage or configuration
	exitPartial     = 3   // published, but with items missing
	exitDamage      = 4   // verification found damage
	exitInterrupted = 130 // by a signal, as shells count it
)

// usageError is wrong usage of the command line.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, a ...any) error { return &usageError{fmt.Sprintf(format, a...)} }

// outcomeError is the outcome of a command whose results, already printed, ask
// for an exit code of their own.
type outcomeError struct {
	code int
	text string
}

func (e *outcomeError) Error() string { return e.text }

// saidError is a failure that the user has been told of in other words, and on stderr only.
type saidError struct{ err error }

func (e *saidError) Error() string { return e.err.Error() }

// exitCode is the code that err asks for. An interrupted run is interrupted,
// whatever error that came to in the end.
func exitCode(ctx context.Context, err error) int {
	if err == nil {
		return exitComplete
	}
	if ctx.Err() != nil {
		return exitInterrupted
	}
	if e, ok := errors.AsType[*outcomeError](err); ok {
		return e.code
	}
	if _, ok := errors.AsType[*usageError](err); ok {
		return exitUsage
	}
	if _, ok := errors.AsType[*config.Error](err); ok {
		return exitUsage
	}
	return exitFailed
}
