package main

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

func TestLogsHoldNoSecrets(t *testing.T) {
	const secret = "s3cr3t"
	var text, lines bytes.Buffer
	log := slog.New(redactingHandler{slog.NewMultiHandler(
		slog.NewJSONHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug}),
		lineHandler{out: &lineWriter{w: &lines}, level: slog.LevelDebug},
	)})
	log.Info("GET https://ada:" + secret + "@private.corp/names?token=" + secret + "&x=1")
	log.Info("request", "authorization", secret)
	log.Info("request", "header", "Authorization: Bearer "+secret)
	log.Info("failed", "error", errors.New("https://ada:"+secret+"@h/: refused"))
	log.With("api_key", secret).Info("with")
	log.With("url", "http://"+secret+"@h/").WithGroup("g").Info("group", slog.Group("host", "password", secret, "name", "kept"))
	for name, out := range map[string]string{"json": text.String(), "lines": lines.String()} {
		if strings.Contains(out, secret) {
			t.Errorf("%s log holds the secret:\n%s", name, out)
		}
		for _, want := range []string{"private.corp/names", "x=1", "kept", "refused"} {
			if !strings.Contains(out, want) {
				t.Errorf("%s log lacks %q:\n%s", name, want, out)
			}
		}
	}
}

func TestLinesAreLines(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(lineHandler{out: &lineWriter{w: &out}, level: slog.LevelInfo}).With("ecosystem", "hex")
	log.Debug("not shown")
	log.Info("one\ntwo\x1b[31m", "file", "a\rb")
	log.Warn("careful")
	want := "one; two[31m ecosystem=hex file=ab\nwarning: careful ecosystem=hex\n"
	if out.String() != want {
		t.Errorf("got  %q\nwant %q", out.String(), want)
	}
}

func TestNothingReachesTheTerminalThatItWouldObey(t *testing.T) {
	const foreign = "a\x1b[2Jb\u009b31mc\u202ed\u2066e\x07f\u2028g"
	var out bytes.Buffer
	log := slog.New(lineHandler{out: &lineWriter{w: &out}, level: slog.LevelInfo})
	log.Info(foreign, "name", foreign)
	if want := "a[2Jb31mcdef; g name=a[2Jb31mcdef; g\n"; out.String() != want {
		t.Errorf("logged  %q\nwant %q", out.String(), want)
	}
	out.Reset()
	(&output{writer: &out}).printf("%s:\n\t%s", foreign, "code")
	if want := "a[2Jb31mcdef\u2028g:\n\tcode\n"; out.String() != want {
		t.Errorf("printed %q\nwant %q", out.String(), want)
	}
}
