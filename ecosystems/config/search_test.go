package config

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFindTakesTheFirst(t *testing.T) {
	dir := t.TempDir()
	place := func(name string) string {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	s := Search{
		Explicit:    place("explicit.toml"),
		Environment: place("environment.toml"),
		Folder:      filepath.Dir(place("folder/offmirror.toml")),
		Root:        filepath.Dir(place("root/offmirror.toml")),
		System:      filepath.Dir(place("system/offmirror.toml")),
	}
	expect := func(want string) {
		t.Helper()
		got, err := s.Find()
		if err != nil || got != want {
			t.Errorf("Find = %q, %v; want %q", got, err, want)
		}
	}
	expect(s.Explicit)
	s.Explicit = ""
	expect(s.Environment)
	s.Environment = ""
	expect(filepath.Join(s.Folder, FileName))
	s.Folder = dir // has none
	expect(filepath.Join(s.Root, FileName))
	s.Root = filepath.Join(dir, "does not exist")
	expect(filepath.Join(s.System, FileName))
	s.System = ""
	expect("")
}

func TestFindErrors(t *testing.T) {
	dir := t.TempDir()
	missing := filepath.Join(dir, "no.toml")
	for want, s := range map[string]Search{
		"--config " + missing + ": no such file or directory":          {Explicit: missing, Folder: dir},
		"$OFFMIRROR_CONFIG " + missing + ": no such file or directory": {Environment: missing},
		"--config " + dir + ": is not a file":                          {Explicit: dir},
	} {
		if _, err := s.Find(); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, FileName), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := (Search{Folder: dir}).Find(); err == nil {
		t.Error("a folder called offmirror.toml was passed over in silence")
	}
}
