package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// process runs in the background of a script.
type process struct {
	cmd    *exec.Cmd
	stderr bytes.Buffer
}

// begin NAME PROGRAM ARGUMENT… starts a program in the background. If it is
// "serve", the variable NAME holds its base URL afterwards.
func begin(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: begin NAME PROGRAM ARGUMENT…")
	}
	program, err := exec.LookPath(args[1])
	if err != nil {
		program = ts.Getenv("PATH")[:strings.IndexByte(ts.Getenv("PATH"), ':')] + "/" + args[1]
	}
	p := &process{cmd: exec.Command(program, args[2:]...)}
	p.cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "WORK", "TEST_SYSTEM_FOLDER", "TMPDIR", "SITE_TOKENS"} {
		p.cmd.Env = append(p.cmd.Env, name+"="+ts.Getenv(name))
	}
	p.cmd.Stderr = &p.stderr
	stdout, err := p.cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(p.cmd.Start())
	ts.Defer(func() { _ = p.cmd.Process.Kill() })
	stageOf(ts).processes[args[0]] = p
	reader := bufio.NewReader(stdout)
	if args[2] == "serve" {
		line, err := reader.ReadString('\n')
		if err != nil {
			_ = p.cmd.Wait()
			ts.Fatalf("%s printed no line: %s", args[0], p.stderr.String())
		}
		ts.Setenv(args[0], strings.TrimSpace(line))
	}
	go func() { _, _ = io.Copy(io.Discard, reader) }()
}

// end NAME SIGNAL CODE sends INT, TERM or no signal ("-") and expects the exit code.
func end(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: end NAME SIGNAL CODE")
	}
	p := stageOf(ts).processes[args[0]]
	signals := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM}
	if signal, ok := signals[args[1]]; ok {
		ts.Check(p.cmd.Process.Signal(signal))
	}
	want, err := strconv.Atoi(args[2])
	ts.Check(err)
	got := 0
	if err := p.cmd.Wait(); err != nil {
		e, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = e.ExitCode()
	}
	ts.Logf("[stderr of %s]\n%s", args[0], p.stderr.String())
	if got != want {
		ts.Fatalf("%s ended with %d, want %d", args[0], got, want)
	}
}
