//go:build e2e

package e2e

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A system is a Debian system with client programs, named after its suite.
type system string

const (
	bullseye system = "bullseye" // julia 1.5.3
	bookworm system = "bookworm" // elixir 1.14, rebar3 3.19
	trixie   system = "trixie"   // elixir 1.18.3, Hex 2.0.6, rebar3 3.24, just-mr 1.5.1, nginx, fcgiwrap, git, python3
	sid      system = "sid"      // newest: elixir from 1.19, Hex from 2.5, just-mr from 1.6
	browsers system = "browser"  // Chromium and its driver
)

var (
	systems = []system{bullseye, bookworm, trixie, sid, browsers}
	erlangs = []system{bookworm, trixie, sid} // those with Elixir and rebar3
)

func (s system) root() string {
	dir := os.Getenv("OFFMIRROR_CLIENTS")
	if dir == "" {
		dir = "/var/tmp/offmirror-clients"
	}
	return filepath.Join(dir, string(s))
}

// patience bounds one command, so that a client that hangs fails its test and not the run.
const patience = 3 * time.Minute

// A home is a user with a clean home folder in one system.
type home struct {
	t      testing.TB
	system system
	dir    string // the same path inside and outside of the system

	nameserver string   // an IP; empty: as in the system
	enclave    *enclave // where its commands run
}

func newHome(t testing.TB, s system) home {
	t.Helper()
	return home{t: t, system: s, dir: newFolder(t)}
}

// run runs a command in folder, relative to the home.
func (h home) run(folder string, env []string, argv ...string) result {
	h.t.Helper()
	inside := append([]string{string(h.system), h.dir, "env", "-C", filepath.Join(h.dir, folder)}, env...)
	environ := os.Environ()
	if h.nameserver != "" {
		environ = append(environ, "NAMESERVER="+h.nameserver)
	}
	return execute(h.t, command{dir: h.dir, env: environ, show: append(append([]string{}, env...), argv...)},
		h.enclave.inside(append([]string{"clients/in-chroot"}, append(inside, argv...)...))...)
}

// write makes a file below the home, with its folders.
func (h home) write(name, content string) {
	h.t.Helper()
	writeFile(h.t, filepath.Join(h.dir, name), content)
}

// read returns a file below the home.
func (h home) read(name string) string {
	h.t.Helper()
	return readFile(h.t, filepath.Join(h.dir, name))
}

// A command is how to run a program, beside its words.
type command struct {
	dir  string
	env  []string
	show []string // how messages write it; empty: as it is
}

// A result is what came of a command: what it printed on both channels, and its exit code.
type result struct {
	t      testing.TB
	line   string
	output string
	code   int
}

// execute runs a program to its end.
func execute(t testing.TB, c command, argv ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	program, err := filepath.Abs(argv[0])
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, program, argv[1:]...)
	cmd.Dir, cmd.Env = c.dir, c.env
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	if len(c.show) == 0 {
		c.show = argv
	}
	r := result{t: t, line: strings.Join(c.show, " "), output: string(out)}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		t.Fatalf("%s: no end after %v\n%s", r.line, patience, out)
	case errors.As(err, &exit):
		r.code = exit.ExitCode()
	case err != nil:
		t.Fatalf("%s: %v", r.line, err)
	}
	return r
}

// ok fails the test unless the command succeeded and said all of wants.
func (r result) ok(wants ...string) result {
	r.t.Helper()
	return r.exits(0, wants...)
}

// fails fails the test unless the command failed, by any exit code, and said all of wants.
func (r result) fails(wants ...string) result {
	r.t.Helper()
	if r.code == 0 {
		r.t.Fatalf("%s: succeeded, but must not\n%s", r.line, r.output)
	}
	return r.says(wants...)
}

// exits fails the test unless the command ended with code and said all of wants.
func (r result) exits(code int, wants ...string) result {
	r.t.Helper()
	if r.code != code {
		r.t.Fatalf("%s: exit code %d, want %d\n%s", r.line, r.code, code, r.output)
	}
	return r.says(wants...)
}

func (r result) says(wants ...string) result {
	r.t.Helper()
	for _, w := range wants {
		if !strings.Contains(r.output, w) {
			r.t.Fatalf("%s: did not say %q\n%s", r.line, w, r.output)
		}
	}
	return r
}

func (r result) saysNothingOf(words ...string) result {
	r.t.Helper()
	for _, w := range words {
		if strings.Contains(r.output, w) {
			r.t.Fatalf("%s: must not say %q\n%s", r.line, w, r.output)
		}
	}
	return r
}
