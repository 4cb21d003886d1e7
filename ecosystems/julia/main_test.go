package julia_test

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
)

// The tests make hundreds of mirrors and keep none. Where there is a folder in
// memory, they do not wear out a disk, nor wait for it.
func TestMain(m *testing.M) {
	fewerChecks()
	dir, err := os.MkdirTemp("/dev/shm", "offmirror-julia-")
	if err == nil {
		err = os.Setenv("TMPDIR", dir)
	}
	code := m.Run()
	if err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// fewerChecks makes properties that sync mirrors affordable in every run; more of
// them with -rapid.checks.
func fewerChecks() {
	given := func(arg string) bool { return strings.Contains(arg, "rapid.checks") }
	if !slices.ContainsFunc(os.Args, given) {
		_ = flag.Set("rapid.checks", "25")
	}
}
