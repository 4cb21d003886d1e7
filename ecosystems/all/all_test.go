package all

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/config"
)

// TestReferenceIsUpToDate compares docs/config.md with the option structs;
// "make docs" writes it.
func TestReferenceIsUpToDate(t *testing.T) {
	const file = "../../docs/config.md"
	want := config.Reference(Ecosystems())
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the option structs say: run make docs", file)
	}
}

func TestEveryEcosystemIsWellFormed(t *testing.T) {
	words := map[string]string{}
	for _, eco := range Ecosystems() {
		for _, word := range eco.Words() {
			if other, taken := words[word]; taken {
				t.Errorf("%q means %s and %s", word, other, eco.Name)
			}
			words[word] = eco.Name
		}
		if eco.Summary == "" || strings.HasSuffix(eco.Summary, ".") {
			t.Errorf("%s: summary %q, want one line without a full stop", eco.Name, eco.Summary)
		}
		flags := map[string]bool{}
		for _, f := range config.Fields(eco.Options()) {
			if f.Doc == "" {
				t.Errorf("%s: %s has no doc tag", eco.Name, f.Key)
			}
			if f.Flag != "" && flags[f.Flag] {
				t.Errorf("%s: two keys with the flag --%s", eco.Name, f.Flag)
			}
			flags[f.Flag] = true
		}
		if _, err := eco.New(eco.Options()); err != nil {
			t.Errorf("%s: its own defaults are refused: %v", eco.Name, err)
		}
	}
}

func TestExamplesAreValid(t *testing.T) {
	files, err := filepath.Glob("../../examples/config/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range files {
		c, err := config.Load(file, Ecosystems())
		if err != nil {
			t.Error(err)
			continue
		}
		for _, s := range c.Sections {
			if _, err := s.Driver(); s.Present && err != nil {
				t.Error(err)
			}
		}
	}
}
