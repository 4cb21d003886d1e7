package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestCommandMeasuresItsChildren(t *testing.T) {
	// The work is done by a grandchild: only a sum over the tree sees it.
	script := `sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'; true`
	m, err := shell(t.TempDir(), script).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if m.CPU <= 0 || m.Wall <= 0 {
		t.Errorf("measured %v CPU in %v, want more than nothing", m.CPU, m.Wall)
	}
	if m.PeakRSS < 100<<10 || m.PeakRSS > 1<<30 {
		t.Errorf("peak memory %d bytes is not that of a shell: wrong unit?", m.PeakRSS)
	}
}

func TestCommandRunsInItsFolderWithItsEnvironment(t *testing.T) {
	dir := t.TempDir()
	c := shell(dir, `printf %s "$WORD" > here`)
	c.Env = []string{"WORD=it's"}
	if _, err := c.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "here"))
	if err != nil || string(got) != "it's" {
		t.Errorf("the script wrote %q, %v", got, err)
	}
}

func TestCommandFailureShowsTheEndOfTheOutput(t *testing.T) {
	_, err := shell(t.TempDir(), `seq 1 1000; echo no space left >&2; false`).Run(t.Context())
	if err == nil {
		t.Fatal("no error")
	}
	message := err.Error()
	if !strings.HasPrefix(message, "sh: ") || !strings.HasSuffix(message, "1000 no space left") {
		t.Errorf("message %q", message)
	}
	if strings.Contains(message, "\n") || len(message) > messageLimit+100 {
		t.Errorf("the message is not one short line: %q", message)
	}
}

func TestCommandThatDoesNotExist(t *testing.T) {
	_, err := Command{Args: []string{"./no-such-program"}, Dir: t.TempDir()}.Run(t.Context())
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want one that says it is not there", err)
	}
}

func TestCancelledCommandTakesItsChildrenAlong(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "alive"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	// Were the inner shell left alone, it would hold the pipe for a minute.
	if _, err := shell(dir, `sh -c 'sleep 60; rm alive'; true`).Run(ctx); err == nil {
		t.Error("a cancelled command ended well")
	}
}

func TestQuote(t *testing.T) {
	dir := t.TempDir()
	word := `a'b "c" $HOME \d`
	if _, err := shell(dir, "printf %s "+quote(word)+" > out").Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "out")); string(got) != word {
		t.Errorf("the shell read %q, want %q", got, word)
	}
}
