package main

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
)

// mode FILE PERMISSIONS checks the permissions of a file.
func mode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode FILE PERMISSIONS")
	}
	want, err := strconv.ParseUint(args[1], 8, 32)
	ts.Check(err)
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := info.Mode().Perm(); got != fs.FileMode(want) {
		ts.Fatalf("%s has the permissions %o, want %o", args[0], got, want)
	}
}

// lose ROOT FILE removes the object that a file of a tree is from the store.
func lose(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: lose ROOT FILE")
	}
	id := fmt.Sprintf("%x", sha256.Sum256([]byte(ts.ReadFile(args[1]))))
	ts.Check(os.Remove(filepath.Join(ts.MkAbs(args[0]), "store", "sha256", id[:2], id)))
}
