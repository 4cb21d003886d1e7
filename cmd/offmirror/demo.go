package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"
)

func (p *program) demoCommand() *cli.Command {
	return &cli.Command{
		Name:  "demo",
		Usage: "tell the whole story in a few seconds, on upstreams that it starts itself",
		Description: "Runs the commands of this program in a temporary folder, against a small Hex repository, a\n" +
			"small Julia package server and the sources of a just-mr project on 127.0.0.1, carries bundles from one\n" +
			"mirror to another, and checks what comes\n" +
			"of each. Ends with 1 if anything is not as told.",
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return p.demo(c.Context)
		},
	}
}

// demo tells the chapters of the story, each of which checks its own outcome.
func (p *program) demo(ctx context.Context) (err error) {
	folder, err := os.MkdirTemp("", "offmirror-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	s, err := newStory(ctx, p, folder)
	if err != nil {
		return err
	}
	defer s.close()
	for i, chapter := range []struct {
		title string
		tell  func(context.Context) error
	}{
		{"A Hex repository appears at " + s.url + ", and a configuration that selects from it", s.configure},
		{"A plan says what a sync would fetch, and why", s.plan},
		{"The sync fetches it, proves every byte and publishes a snapshot", s.firstSync},
		{"Verification proves it again, from the files alone", s.verify},
		{"The mirror is served, and a client fetches from it and checks what it gets", s.serve},
		{"A second sync asks whether anything changed and transfers nothing", s.secondSync},
		{"Upstream publishes a release: the next sync fetches that alone, and the old snapshot stays", s.update},
		{"Somebody tampers with a tarball upstream: it is refused, and the mirror stays as it was", s.tampered},
		{"The honest tarball is back: the next sync goes on where the refused one stopped", s.recovered},
		{"A rollback publishes the first snapshot again", s.rollback},
		{"A Julia package server appears, and the configuration selects a package from it", s.planJulia},
		{"The sync works out what it needs, and publishes a registry that offers nothing else", s.syncJulia},
		{"A client that plays several versions of Julia adds it, from the mirror alone", s.addJulia},
		{"Upstream registers a new version: the client follows the mirror there, and back again after a rollback", s.updateJulia},
		{"A just-mr project appears, with an archive whose primary URL is dead and a commit of a git repository", s.planJustMR},
		{"The sync fetches both, and the next one has nothing to ask", s.syncJustMR},
		{"Upstream rewrites its branch and then vanishes: a client gets all that the project has pinned from the mirror", s.rewriteJustMR},
		{"All of it is carried across a gap: signed volumes, which a mirror that reaches no upstream takes in, proves and serves", s.carry},
		{"A receipt comes back: the next bundle holds what has changed since, and nothing else", s.answer},
		{"Somebody meddles with it on the way: that is refused; the honest bundle is taken, and the old one not a second time", s.meddle},
		{"A bit rots on the disk: verification names the file", s.rot},
	} {
		p.out.printf("\n%d. %s.\n", i+1, chapter.title)
		s.detail.Reset()
		if err := chapter.tell(ctx); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("demo: %d. %s: %w", i+1, chapter.title, err)
		}
		p.out.object("step", demoStep{chapter.title, strings.TrimSpace(s.detail.String())})
	}
	p.out.printf("\nEverything was as told.")
	return p.out.err
}

type demoStep struct {
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

// say adds a line to the chapter.
func (s *story) say(format string, a ...any) {
	line := fmt.Sprintf(format, a...)
	s.p.out.printf("   %s", line)
	s.detail.WriteString(line + "\n")
}

// offmirror runs a command of this program in the demo's folder, shows both, and
// returns what it printed. Another exit code than want is an error.
func (s *story) offmirror(ctx context.Context, want int, args ...string) (string, error) {
	s.say("%s offmirror %s", s.prompt, strings.Join(args, " "))
	var stdout, stderr bytes.Buffer
	inner := s.inner(&stdout, &stderr)
	code := inner.run(ctx, append(args, "--quiet"))
	for line := range strings.Lines(stdout.String()) {
		s.say("%s", strings.TrimRight(line, "\n"))
	}
	for line := range strings.Lines(stderr.String()) {
		s.say("%s", strings.TrimRight(line, "\n"))
	}
	if code != want {
		return "", fmt.Errorf("offmirror %s ended with %d instead of %d", args[0], code, want)
	}
	return stdout.String() + stderr.String(), nil
}

// expect checks that text says each of the words.
func expect(text string, words ...string) error {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return fmt.Errorf("it should have said %q", w)
		}
	}
	return nil
}
