package trust

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestSaveKeyIsLoaded(t *testing.T) {
	dir := t.TempDir()
	s, chain, err := Succeed(keyOf(t, 1), []string{rotate(t, keyOf(t, 2), keyOf(t, 1))})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "a.key")
	written, err := SaveKey(file, s, chain, "")
	if err != nil || !slices.Equal(written, []string{file, file + ".pub", file + ".rotations", file + ".pub.minisig"}) {
		t.Fatalf("%q, %v", written, err)
	}
	got, gotChain, err := LoadKey(file, nil)
	if err != nil || got.Public() != s.Public() || !slices.Equal(gotChain, chain) {
		t.Errorf("%v, %q, %v", got, gotChain, err)
	}
	public, err := os.ReadFile(file + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	sig, err := os.ReadFile(file + ".pub.minisig")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(public, sig, keyOf(t, 1).Public()); err != nil {
		t.Errorf("the old key's signature of the new one: %v", err)
	}
	for _, name := range written {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if Exposed(info) != (name != file) {
			t.Errorf("%s has the mode %v", name, info.Mode())
		}
	}
}

func TestSaveKeyOverwritesNothingAndLeavesNothing(t *testing.T) {
	for _, suffix := range []string{"", ".pub", ".rotations", ".pub.minisig"} {
		dir := t.TempDir()
		file := filepath.Join(dir, "a.key")
		if err := os.WriteFile(file+suffix, []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
		written, err := SaveKey(file, keyOf(t, 2), []string{rotate(t, keyOf(t, 1), keyOf(t, 2))}, "")
		if !errors.Is(err, fs.ErrExist) || !strings.HasPrefix(err.Error(), file+suffix+" exists") || len(written) != 0 {
			t.Errorf("%q, %v", written, err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != 1 {
			t.Errorf("beside %s: %v, %v", suffix, entries, err)
		}
		if data, err := os.ReadFile(file + suffix); err != nil || string(data) != "precious" {
			t.Errorf("%q, %v", data, err)
		}
	}
	if _, err := SaveKey(filepath.Join(t.TempDir(), "nowhere", "a.key"), keyOf(t, 2), nil, ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func TestLoadKeyWithADamagedChain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.key")
	if _, err := SaveKey(file, keyOf(t, 1), nil, ""); err != nil {
		t.Fatal(err)
	}
	if _, chain, err := LoadKey(file, nil); err != nil || chain != nil {
		t.Errorf("without one: %q, %v", chain, err)
	}
	if err := os.WriteFile(file+".rotations", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := LoadKey(file, nil); err == nil || !strings.HasPrefix(err.Error(), file+".rotations: ") {
		t.Errorf("%v", err)
	}
}

func TestLoadPublicNamesTheFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.key")
	if _, err := SaveKey(file, keyOf(t, 1), nil, ""); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{file: "this is a secret key", file + ".nowhere": "no such file"} {
		if _, err := LoadPublic(name); err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if err := os.WriteFile(file+".pub", []byte(strings.Repeat("x", MaxFile+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadPublic(file + ".pub"); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("%v", err)
	}
}
