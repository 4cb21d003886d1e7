package localserver

import (
	"strings"
	"testing"
)

func FuzzShelfLine(f *testing.F) {
	f.Add("artifact/" + strings.Repeat("0", 40) + " " + strings.Repeat("a", 64) + " 5\n")
	f.Add("artifact/../x y -1\n")
	f.Add(strings.Repeat("x ", 1000))
	f.Fuzz(func(t *testing.T, line string) {
		path, o, ok := parseLine(line)
		if !ok {
			return
		}
		if o.Size < 0 || strings.Contains(path, "..") || strings.ContainsAny(path, " \n") {
			t.Errorf("%q is understood as %q, %v", line, path, o)
		}
	})
}
