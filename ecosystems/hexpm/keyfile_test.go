package hexpm

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A mirror from elsewhere may record any file as that of a key; to serve or
// verify it must neither hang nor fill the memory.
func TestKeyFilesThatAreNone(t *testing.T) {
	folder := t.TempDir()
	pipe, large := filepath.Join(folder, "pipe"), filepath.Join(folder, "large")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(large, bytes.Repeat([]byte("x"), maxKeyFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		pipe: "not a file", folder: "not a file", "/dev/zero": "not a file", large: "larger than", filepath.Join(folder, "none"): "no such file",
	} {
		for key, set := range map[string]func(*Options){
			"public_key":  func(o *Options) { o.PublicKey = file },
			"elixir_key":  func(o *Options) { o.ElixirKey = file },
			"signing_key": func(o *Options) { o.Index, o.SigningKey = filtered, file },
		} {
			o := defaults()
			set(o)
			if _, err := New(o); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), key) {
				t.Errorf("%s = %s: %v, want %q", key, file, err, want)
			}
		}
	}
}
