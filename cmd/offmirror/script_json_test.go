package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// volatile keys have other values in every run, or with every version of the
// compressor; only that they are there is compared.
var volatile = map[string]bool{
	"started": true, "ended": true, "time": true, "confirmed": true, "received": true, "requests": true, "config": true, "upstream": true,
	"size": true, "bytes": true, "free": true, "fetch_bytes": true, "old_size": true, "new_size": true, "object": true,
}

var (
	snapshotID = regexp.MustCompile(`\b[0-9a-f]{32}\b`)
	sha256Hex  = regexp.MustCompile(`\b[0-9a-f]{64}\b`)
)

// canonical FILE… brings JSON lines into a form that can be compared: keys
// sorted, volatile values replaced, snapshots numbered in the order of their
// appearance in the script, $UPSTREAM and $WORK written so.
func canonical(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: canonical FILE…")
	}
	s := stageOf(ts)
	for _, file := range args {
		text := ts.ReadFile(file)
		for _, name := range []string{"UPSTREAM", "WORK"} {
			if value := ts.Getenv(name); value != "" {
				text = strings.ReplaceAll(text, value, "$"+name)
			}
		}
		text = sha256Hex.ReplaceAllString(text, "SHA256")
		text = snapshotID.ReplaceAllStringFunc(text, func(id string) string {
			if s.snapshots[id] == "" {
				s.snapshots[id] = fmt.Sprintf("SNAPSHOT%d", len(s.snapshots)+1)
			}
			return s.snapshots[id]
		})
		var b bytes.Buffer
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		for line := range strings.Lines(text) {
			var v map[string]any
			if err := json.Unmarshal([]byte(line), &v); err != nil || v["type"] == nil {
				ts.Fatalf("%q is no object with a type: %v", line, err)
			}
			ts.Check(encoder.Encode(steady(v)))
		}
		ts.Check(os.WriteFile(ts.MkAbs(file), b.Bytes(), 0o600))
	}
}

// steady replaces volatile values.
func steady(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if volatile[key] {
				v[key] = "…"
			} else {
				v[key] = steady(value)
			}
		}
	case []any:
		for i := range v {
			v[i] = steady(v[i])
		}
	}
	return v
}
