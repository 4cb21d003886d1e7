package main

import (
	"bytes"
	"context"
	"testing"
)

func newTestProgram(t *testing.T) *program {
	t.Helper()
	return &program{
		stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{},
		environment: func(string) string { return "" },
		folder:      t.TempDir(), systemFolder: t.TempDir(),
	}
}

func TestNoCommandShowsHelp(t *testing.T) {
	p := newTestProgram(t)
	if code := p.run(context.Background(), nil); code != exitComplete {
		t.Errorf("exit code %d", code)
	}
	if !bytes.Contains(p.stdout.(*bytes.Buffer).Bytes(), []byte("COMMANDS:")) {
		t.Errorf("no help on stdout: %s", p.stdout)
	}
}
