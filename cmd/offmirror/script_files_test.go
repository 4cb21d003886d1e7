package main

import (
	"bytes"
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// edit FILE OLD NEW replaces text in a file; edit FILE damages one bit in its middle.
func edit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || (len(args) != 1 && len(args) != 3) {
		ts.Fatalf("usage: edit FILE [OLD NEW]")
	}
	file := ts.MkAbs(args[0])
	data := []byte(ts.ReadFile(args[0]))
	if len(args) == 1 {
		data[len(data)/2] ^= 1
	} else {
		if !bytes.Contains(data, []byte(args[1])) {
			ts.Fatalf("%s does not hold %q", args[0], args[1])
		}
		data = bytes.ReplaceAll(data, []byte(args[1]), []byte(args[2]))
	}
	ts.Check(os.Chmod(file, 0o600))
	ts.Check(os.WriteFile(file, data, 0o600))
}

// confirmed FILE DURATION moves a confirmation to so long after now.
func confirmed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: confirmed FILE DURATION")
	}
	id, _, _ := strings.Cut(ts.ReadFile(args[0]), " ")
	shift, err := time.ParseDuration(args[1])
	ts.Check(err)
	text := id + " " + time.Now().Add(shift).UTC().Format(time.RFC3339) + "\n"
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}
