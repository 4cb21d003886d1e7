package reload_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/offmirror/offmirror/layout/serve/reload"
)

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestStampTellsWhatChanged(t *testing.T) {
	dir := t.TempDir()
	file, other, link := filepath.Join(dir, "file"), filepath.Join(dir, "other"), filepath.Join(dir, "link")
	absent := reload.StampOf(file)
	if !absent.Same(reload.Stamp{}) {
		t.Error("a file that is not there differs from none")
	}
	write(t, file, "one")
	first := reload.StampOf(file)
	if first.Same(absent) || absent.Same(first) || !first.Same(reload.StampOf(file)) {
		t.Error("a file that is there")
	}

	write(t, file, "longer")
	second := reload.StampOf(file)
	if second.Same(first) {
		t.Error("another size was not seen")
	}
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(file, later, later); err != nil {
		t.Fatal(err)
	}
	if reload.StampOf(file).Same(second) {
		t.Error("another time was not seen")
	}

	write(t, other, "longer")
	if err := os.Chtimes(other, later, later); err != nil {
		t.Fatal(err)
	}
	if reload.StampOf(other).Same(reload.StampOf(file)) {
		t.Error("two files of the same size and time are one")
	}
	for _, target := range []string{file, other} {
		_ = os.Remove(link)
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
		if !reload.StampOf(link).Same(reload.StampOf(target)) {
			t.Errorf("a link to %s", target)
		}
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	write(t, file, "content")
	data, stamp, err := reload.Read(file)
	if err != nil || string(data) != "content" || !stamp.Same(reload.StampOf(file)) {
		t.Errorf("%q, %v", data, err)
	}
	if err := os.WriteFile(file, bytes.Repeat([]byte("x"), 5<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{file, dir, filepath.Join(dir, "absent")} {
		if _, _, err := reload.Read(bad); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}
