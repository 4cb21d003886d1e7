package config

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// golden compares got with a file in testdata; UPDATE=1 writes it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (UPDATE=1 go test writes it):\n%s", file, diff)
	}
}

// The section [fetch] is left out of the golden files: its keys are the engine's business.

func TestTemplateGolden(t *testing.T) {
	text := Template(known(), "fruit")
	from, to := strings.Index(text, "\n# "+fetchSummary), strings.Index(text, "\n# Fruit")
	golden(t, "testdata/template.golden", text[:from]+text[to:])
}

func TestReferenceGolden(t *testing.T) {
	text := Reference(known())
	from, to := strings.Index(text, "## `[fetch]`"), strings.Index(text, "## `[fruit]`")
	golden(t, "testdata/reference.golden", text[:from]+text[to:])
}

func TestTemplateMeansTheDefaults(t *testing.T) {
	c := parse(t, Template(known(), "fruit", "nuts"))
	for _, s := range c.Sections {
		if !s.Present {
			t.Errorf("%s is not switched on", s.Ecosystem.Name)
		}
		if diff := cmp.Diff(s.Ecosystem.Options(), s.Options, cmpopts.IgnoreUnexported(fruit{})); diff != "" {
			t.Error(diff)
		}
	}
	if c := parse(t, Template(known())); c.Sections[0].Present {
		t.Error("a section is on that nobody asked for")
	}
}

// Taking away the "# " of every key must give a valid configuration too.
func TestTemplateIsValidWithEveryKeyTaken(t *testing.T) {
	key := regexp.MustCompile(`(?m)^#(\[|[a-z0-9_]+ = )`)
	text := key.ReplaceAllString(Template(known(), "fruit", "nuts"), "$1")
	if regexp.MustCompile(`(?m)^#\S`).MatchString(text) {
		t.Fatalf("not every key was taken:\n%s", text)
	}
	if _, err := Parse("f.toml", []byte(text), known()); err != nil {
		t.Errorf("%v in\n%s", err, text)
	}
}
