package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/config"
)

// port reads itself, from a number too.
type port int

func (p *port) UnmarshalTOML(v any) error {
	n, ok := v.(int64)
	if !ok {
		return errors.New("want a number")
	}
	*p = port(n)
	return nil
}

func (p *port) UnmarshalText([]byte) error { return errors.New("not asked") }

type foreign struct {
	Host   string            `toml:"host"`
	Port   port              `toml:"port"`
	Folder string            `toml:"folder"`
	Git    map[string]string `toml:"git"`
}

func load(t *testing.T, text string) (foreign, string, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "f.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f := foreign{Host: "localhost"}
	return f, file, config.LoadTable(file, &f)
}

func TestLoadTable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f.toml")
	text := "port = 80\nfolder = \"a/b\"\n[git]\n\"http.proxy\" = \"x\"\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f := foreign{Host: "localhost"}
	if err := config.LoadTable(file, &f); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(foreign{"localhost", 80, "a/b", map[string]string{"http.proxy": "x"}}, f); diff != "" {
		t.Error(diff)
	}
}

func TestLoadTableNamesMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"hots = \"x\"":            `%s:1: hots: unknown key; did you mean "host"?`,
		"host = \"x\"\nhost = 5":  `%s:2: host: Key 'host' has already been defined.`,
		"\nhost = 5":              "%s:2: host: want a text, not the number 5",
		"port = \"x\"":            "%s:1: port: want a number",
		"[git]\n\"a.b\" = true":   "%s:2: git.a.b: want a text, not true",
		"[git.user]\nname = \"\"": "%s:1: git.user: want a text, not a table",
	} {
		_, file, err := load(t, text)
		if _, ok := errors.AsType[*config.Error](err); !ok || err.Error() != fmt.Sprintf(want, file) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	var f foreign
	if err := config.LoadTable(filepath.Join(t.TempDir(), "none"), &f); err == nil {
		t.Error("no error about a file that there is not")
	}
}

func TestBlameTable(t *testing.T) {
	_, file, err := load(t, "port = 1\nhost = \"x\"\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := config.BlameTable(file, errors.New("host: is not nice")).Error(); got != file+":2: host: is not nice" {
		t.Error(got)
	}
	if got := config.BlameTable(file+"x", errors.New("host: is not nice")).Error(); got != file+"x: host: is not nice" {
		t.Error(got)
	}
}
