package ecosystemtest

import (
	"flag"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Main is the TestMain of packages whose tests make hundreds of mirrors and keep none. Where
// there is a folder in memory, they do not wear out a disk, nor wait for it. Properties are
// checked so many times unless -rapid.checks says otherwise: each syncs a mirror several times.
func Main(m *testing.M, checks int) {
	given := func(arg string) bool { return strings.Contains(arg, "rapid.checks") }
	if !slices.ContainsFunc(os.Args, given) {
		_ = flag.Set("rapid.checks", strconv.Itoa(checks))
	}
	_ = flag.Set("test.parallel", "8") // they wait for the disk and for each other's processes more than they compute
	dir, err := os.MkdirTemp("/dev/shm", "offmirror-test-")
	if err == nil {
		err = os.Setenv("TMPDIR", dir)
	}
	code := m.Run()
	if err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}
