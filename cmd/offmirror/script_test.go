package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"offmirror": func() {
			if folder := os.Getenv("TEST_SYSTEM_FOLDER"); folder != "" {
				systemFolder = folder
			}
			os.Exit(realMain())
		},
	})
}

// TestScript runs the promises of the command line, one file for each subject.
func TestScript(t *testing.T) {
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE") != "",
		Setup: func(e *testscript.Env) error {
			e.Setenv("TEST_SYSTEM_FOLDER", e.Getenv("WORK")+"/etc")
			e.Setenv("HOME", e.Getenv("WORK")+"/home")
			e.Setenv("EXAMPLES", examples)
			e.Values[stageKey{}] = &stage{processes: map[string]*process{}, snapshots: map[string]string{}}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":     exits,
			"capture":   capture,
			"upstream":  upstream,
			"begin":     begin,
			"end":       end,
			"get":       get,
			"canonical": canonical,
			"edit":      edit,
			"confirmed": confirmed,
			"lose":      lose,
			"mode":      mode,
			"certify":   certify,
			"julia":     juliaCommand,
		},
	})
}

// stage is what a script has set up: an upstream and processes in the background.
type stage struct {
	upstream  *scriptUpstream
	julia     *juliatest.Upstream
	corp      *juliatest.Registry
	processes map[string]*process
	snapshots map[string]string // their names in golden files, by id
}

type stageKey struct{}

func stageOf(ts *testscript.TestScript) *stage { return ts.Value(stageKey{}).(*stage) }

// capture NAME PATTERN sets a variable to the first group of the first match in what went to stdout.
func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture NAME PATTERN")
	}
	match := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(match) < 2 {
		ts.Fatalf("%s matches nothing, or has no group", args[1])
	}
	ts.Setenv(args[0], match[1])
}

// exits CODE PROGRAM ARGUMENT… runs a program that must end with that exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGUMENT…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		e, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = e.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}
