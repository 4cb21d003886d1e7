package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestDefaultRoot(t *testing.T) {
	dir := t.TempDir()
	if got, want := defaultRoot(dir), filepath.Join(dir, "mirror"); got != want {
		t.Errorf("of an ordinary folder: %s, want %s", got, want)
	}
	for _, part := range []string{"store", "snapshots"} {
		if err := os.Mkdir(filepath.Join(dir, part), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if got := defaultRoot(dir); got != dir {
		t.Errorf("of a mirror: %s, want itself", got)
	}
}
