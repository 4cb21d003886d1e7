package hexpm_test

import (
	"os"
	"testing"
)

// The tests make hundreds of mirrors and keep none. Where there is a folder in
// memory, they do not wear out a disk, nor wait for it.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("/dev/shm", "offmirror-hexpm-")
	if err == nil {
		err = os.Setenv("TMPDIR", dir)
	}
	code := m.Run()
	if err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}
