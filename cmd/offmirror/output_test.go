package main

import (
	"bytes"
	"errors"
	"testing"
)

func TestOutputIsForPeopleOrForPrograms(t *testing.T) {
	var people, programs bytes.Buffer
	for _, o := range []*output{{writer: &people}, {writer: &programs, json: true}} {
		o.printf("%d files", 3)
		o.object("init", initObject{`a "b" > c`})
	}
	if got, want := people.String(), "3 files\n"; got != want {
		t.Errorf("people see %q, want %q", got, want)
	}
	if got, want := programs.String(), `{"type":"init","file":"a \"b\" > c"}`+"\n"; got != want {
		t.Errorf("programs see %q, want %q", got, want)
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

// A full disk behind "> report.jsonl" must not look like success.
func TestOutputRemembersTheFirstFailure(t *testing.T) {
	full := errors.New("no space left on device")
	o := &output{writer: brokenWriter{full}}
	o.printf("a")
	o.printf("b")
	if !errors.Is(o.err, full) {
		t.Errorf("err = %v", o.err)
	}
}
