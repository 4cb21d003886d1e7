package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr); {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.As(err, new(usageError)):
		fmt.Fprintln(os.Stderr, "mirrorbench:", err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "mirrorbench:", err)
		os.Exit(1)
	}
}

// usageError is a mistake on the command line.
type usageError struct{ error }

// run is the program: either one of the processes that the benchmark starts of
// itself, or the benchmark.
func run(ctx context.Context, args []string, in io.Reader, out, remarks io.Writer) error {
	if len(args) > 0 {
		switch word, rest := args[0], args[1:]; {
		case word == upstreamWord && len(rest) == 1:
			return serveUpstream(ctx, rest[0], in, out)
		case word == profileWord && len(rest) == 1:
			return syncProfiled(ctx, rest[0])
		case word == floorWord && len(rest) == 2:
			return fetchNothing(ctx, rest[0], rest[1])
		case word == hashWord && len(rest) == 3:
			return hashTarballs(rest[0], rest[1], rest[2])
		case word == diskWord && len(rest) == 4:
			return writeDisk(rest[0], rest[1], rest[2], rest[3])
		}
	}
	options, err := parseOptions(args, remarks)
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	if err != nil {
		return usageError{err}
	}
	return runSections(ctx, options, out, remarks)
}

// runSections runs what the options select and prints each table when it is there.
func runSections(ctx context.Context, options Options, out, remarks io.Writer) (err error) {
	b := &Bench{Options: options, remarks: remarks}
	b.mirrors()
	cleanup, err := b.prepare(ctx)
	defer func() { err = errors.Join(err, b.close(), cleanup()) }()
	if err != nil {
		return err
	}
	if err := thisMachine().write(out, options.JSON); err != nil {
		return err
	}
	for _, s := range sections {
		if !slices.Contains(options.Sections, s.name) {
			continue
		}
		table, err := s.run(ctx, b)
		if err != nil {
			return err
		}
		write := table.Write
		if options.JSON {
			write = table.WriteJSON
		}
		if err := write(out); err != nil {
			return err
		}
	}
	return nil
}
