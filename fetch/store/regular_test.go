package store_test

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/offmirror/offmirror/fetch/store"
)

func TestOnlyRegularFilesAreOpened(t *testing.T) {
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := root.WriteFile("file", []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := root.Mkdir("folder", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(root.Name()+"/pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"pipe", "folder"} { // an open that waits would end in the test's own timeout
		if _, err := store.ReadRegular(root, name, 100); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := store.ReadRegular(root, "none", 100); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("none: %v", err)
	}
	if data, err := store.ReadRegular(root, "file", 5); err != nil || string(data) != "12345" {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := store.ReadRegular(root, "file", 4); err == nil {
		t.Error("a file that is too large was read")
	}
}

func TestNamedFilesAreRegular(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(dir+"/pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/file", []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("file", dir+"/link"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{dir + "/pipe", dir, "/dev/zero"} {
		if _, err := store.ReadFile(name, 100); err == nil || !strings.Contains(err.Error(), name+": not a regular file") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := store.ReadFile(dir+"/none", 100); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("none: %v", err)
	}
	for _, name := range []string{"/file", "/link"} {
		if data, err := store.ReadFile(dir+name, 5); err != nil || string(data) != "12345" {
			t.Errorf("%s: %q, %v", name, data, err)
		}
	}
	if _, err := store.ReadFile(dir+"/file", 4); err == nil || !strings.Contains(err.Error(), "larger than 4 bytes") {
		t.Errorf("too large: %v", err)
	}
}
