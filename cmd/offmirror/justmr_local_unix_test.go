//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Nobody may write into a pipe; whoever opens one waits for ever.
func TestReadSmallTakesRegularFilesOnly(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{pipe, dir, "/dev/null"} {
		if _, err := readSmall(file); err == nil || !strings.Contains(err.Error(), file+": no regular file") {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// An administrator who merges into the file of a user leaves it the user's.
func TestReplaceFileKeepsOwnerAndMode(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	uid, gid := os.Geteuid(), os.Getegid()
	if uid == 0 {
		uid, gid = 4711, 4712 // only root can give files away
	}
	if err := os.Chown(file, uid, gid); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := replaceFile(file, []byte("new")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	s := info.Sys().(*syscall.Stat_t)
	if int(s.Uid) != uid || int(s.Gid) != gid || info.Mode() != 0o640 {
		t.Errorf("owner %d:%d, mode %o; it was %d:%d, 640", s.Uid, s.Gid, info.Mode(), uid, gid)
	}
	if data, err := os.ReadFile(file); err != nil || string(data) != "new" {
		t.Errorf("%q, %v", data, err)
	}
}

// Links may lead to links; the last one leads to the file, which need not be there yet.
func TestReplaceFileFollowsLinksToNothing(t *testing.T) {
	dir := t.TempDir()
	for link, target := range map[string]string{"a": "b", "b": "file", "round": "round"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := replaceFile(filepath.Join(dir, "a"), []byte("new")); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "file")); err != nil || string(data) != "new" {
		t.Errorf("%q, %v", data, err)
	}
	for _, link := range []string{"a", "b"} {
		if info, err := os.Lstat(filepath.Join(dir, link)); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s is no link any more: %v", link, err)
		}
	}
	if err := replaceFile(filepath.Join(dir, "round"), []byte("new")); err == nil {
		t.Error("a link to itself was replaced")
	}
}
