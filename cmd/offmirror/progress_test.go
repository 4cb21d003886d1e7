package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/mirror"
)

func TestProgressLines(t *testing.T) {
	var out bytes.Buffer
	l := &progressLines{log: slog.New(lineHandler{out: &lineWriter{w: &out}}), name: "hex"}
	l.Update(mirror.Progress{Wanted: 400, Settled: 120, Bytes: 12 << 20})
	l.Done()
	if got, want := out.String(), "hex: 120 of 400 items, 12.0 MiB\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestProgressBarStepsAsideForLines(t *testing.T) {
	var out bytes.Buffer
	terminal := &lineWriter{w: &out}
	bar := newProgressBar(terminal, "hex")
	bar.Update(mirror.Progress{Wanted: 400, Settled: 120, Bytes: 12 << 20})
	drawn := out.String()
	if !strings.Contains(drawn, "120/400") || !strings.Contains(drawn, "12.0 MiB") {
		t.Fatalf("drawn: %q", drawn)
	}
	out.Reset()
	slog.New(lineHandler{out: terminal}).Info("a line")
	if got := out.String(); !strings.HasSuffix(got, "a line\n") || got == "a line\n" {
		t.Errorf("the bar was not cleared before the line: %q", got)
	}
	bar.Done()
	out.Reset()
	slog.New(lineHandler{out: terminal}).Info("a line")
	if got := out.String(); got != "a line\n" {
		t.Errorf("after the end: %q", got)
	}
}
