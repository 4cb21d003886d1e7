package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestEmptyKeepsFilesWithoutContent(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(dir+"/a/b", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"x", "a/y", "a/b/z"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("content"), 0o444); err != nil {
			t.Fatal(err)
		}
	}
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("content"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, dir+"/link"); err != nil {
		t.Fatal(err)
	}
	if err := empty(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"x", "a/y", "a/b/z"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() != 0 {
			t.Errorf("%s: %v, %v; want an empty file", name, info, err)
		}
	}
	if got, _ := os.ReadFile(outside); string(got) != "content" {
		t.Errorf("a file outside was changed to %q", got)
	}
}

func TestEmptyOfNothing(t *testing.T) {
	if err := empty(t.TempDir() + "/gone"); err != nil {
		t.Error(err)
	}
}

func TestSettleEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := settle(ctx, false); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that it was cancelled", err)
	}
}
