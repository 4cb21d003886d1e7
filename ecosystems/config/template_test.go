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

func TestTemplateGolden(t *testing.T) {
	golden(t, "testdata/template.golden", Template(known(), "fruit"))
}

func TestReferenceGolden(t *testing.T) {
	golden(t, "testdata/reference.golden", Reference(known()))
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
	key := regexp.MustCompile(`(?m)^# (\[|[a-z_]+ +=)`)
	text := key.ReplaceAllString(Template(known(), "fruit", "nuts"), "$1")
	if strings.Count(text, "\n# ") >= strings.Count(Template(known()), "\n# ") {
		t.Fatal("nothing was taken")
	}
	if _, err := Parse("f.toml", []byte(text), known()); err != nil && !strings.Contains(err.Error(), "colour") {
		t.Errorf("%v in\n%s", err, text)
	}
}
