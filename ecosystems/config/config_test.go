package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/offmirror/offmirror/fetch"
)

func parse(t *testing.T, text string) *Config {
	t.Helper()
	c, err := Parse("/etc/site/offmirror.toml", []byte(text), known())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestParseFillsEveryKind(t *testing.T) {
	t.Setenv("HOME", "/home/ada")
	c := parse(t, `
root = "../mirror"
[fruit]
apples = ["boskoop", "elstar"]
cherries = ["a.lock", "/abs/b.lock", "~/c.lock", "https://h/d.lock"]
ripe = false
count = 3
weight = 1.5
wait = "30s"
colour = "green"
signing_key = "keys/site.pem"
orchards = { north = ["a"], "south west" = [] }
[fruit.hosts."private.corp"]
ca = "corp.pem"
[fruit.single]
ca = "one.pem"
[[fruit.repositories]]
name = "acme"
ca = "sub/acme.pem"
[[fruit.repositories]]
name = "other"
`)
	if c.Root != "/etc/mirror" {
		t.Errorf("root = %q", c.Root)
	}
	want := &fruit{
		Upstream: "https://orchard.example",
		Apples:   []string{"boskoop", "elstar"},
		Cherries: []string{"/etc/site/a.lock", "/abs/b.lock", "/home/ada/c.lock", "https://h/d.lock"},
		Count:    3, Weight: 1.5, Wait: 30 * time.Second, Colour: "green",
		SigningKey:   "/etc/site/keys/site.pem",
		Orchards:     map[string][]string{"north": {"a"}, "south west": {}},
		Hosts:        map[string]host{"private.corp": {CA: "/etc/site/corp.pem"}},
		Single:       host{Name: "orchard", CA: "/etc/site/one.pem"},
		Repositories: []host{{Name: "acme", CA: "/etc/site/sub/acme.pem"}, {Name: "other"}},
	}
	s, ok := c.Section("obst")
	if !ok || !s.Present {
		t.Fatalf("Section(obst) = %+v, %v", s, ok)
	}
	if diff := cmp.Diff(want, s.Options, cmpopts.IgnoreUnexported(fruit{})); diff != "" {
		t.Error(diff)
	}
	if s, ok := c.Section("nuts"); !ok || s.Present {
		t.Errorf("nuts: %+v, %v; want defaults and not present", s, ok)
	}
	if _, ok := c.Section("vegetables"); ok {
		t.Error("an unknown ecosystem has a section")
	}
}

func TestParseAcceptsAliasAndEmptyFile(t *testing.T) {
	c := parse(t, "[obst]\ncount = 2\n")
	s, _ := c.Section("fruit")
	if !s.Present || s.Options.(*fruit).Count != 2 {
		t.Errorf("section under its alias: %+v", s)
	}
	if c := parse(t, ""); c.Root != "" || len(c.Sections) != 2 || c.Sections[0].Present {
		t.Errorf("empty file: %+v", c)
	}
}

func TestParseRefuses(t *testing.T) {
	const file = "/etc/site/offmirror.toml"
	for name, tc := range map[string]struct{ text, want string }{
		"unknown key":             {"[fruit]\ncount = 1\naples = []\n", file + `:3: fruit.aples: unknown key; did you mean "apples"?`},
		"hyphen for underscore":   {"[fruit]\nsigning-key = 'x'\n", file + `:2: fruit.signing-key: unknown key; did you mean "signing_key"?`},
		"upper case":              {"[fruit]\nCount = 1\n", file + `:2: fruit.Count: unknown key; did you mean "count"?`},
		"unknown, nothing near":   {"[nuts]\nzzzzzzzz = 1\n", file + `:2: nuts.zzzzzzzz: unknown key; known are upstream`},
		"unknown section":         {"\n[friut]\n", file + `:2: friut: unknown section; did you mean "fruit"?`},
		"unknown top-level key":   {"rot = 'x'\n", file + `:1: rot: unknown key; did you mean "root"?`},
		"unknown in nested":       {"[fruit.hosts.h]\nnmae = 'x'\n", file + `:2: fruit.hosts.h.nmae: unknown key; did you mean "name"?`},
		"unknown in array":        {"[[fruit.repositories]]\nname='a'\n[[fruit.repositories]]\nnaem='b'\n", file + `:4: fruit.repositories.naem: unknown key; did you mean "name"?`},
		"unknown in inline table": {"[fruit]\n\nsingle = { x = 1 }\n", file + `:3: fruit.single.x: unknown key`},
		"text for a list":         {"[fruit]\napples = 'a'\n", file + `:2: fruit.apples: want a list of text, not text`},
		"list of numbers":         {"[fruit]\napples = [1]\n", file + `:2: fruit.apples: want a text, not the number 1`},
		"number for text":         {"[fruit]\nupstream = 7\n", file + `:2: fruit.upstream: want a text, not the number 7`},
		"text for a switch":       {"[fruit]\nripe = 'yes'\n", file + `:2: fruit.ripe: want a switch, not text`},
		"date for a number":       {"[fruit]\ncount = 2020-01-01\n", file + `:2: fruit.count: want a number, not a date`},
		"table for text":          {"[fruit]\nupstream = {}\n", file + `:2: fruit.upstream: want a text, not a table`},
		"text for a table":        {"[fruit]\nsingle = 's'\n", file + `:2: fruit.single: want a table, not text`},
		"text in a map of tables": {"[fruit.hosts]\nh = 's'\n", file + `:2: fruit.hosts.h: want a table, not text`},
		"bad map entry":           {"[fruit.orchards]\nn = 's'\n", file + `:2: fruit.orchards.n: want a list of text, not text`},
		"refused by its own type": {"[fruit]\ncolour = 'blue'\n", file + `:2: fruit.colour: want red or green, not "blue"`},
		"bad duration":            {"[fruit]\nwait = 'soon'\n", file + `:2: fruit.wait: `},
		"fraction for a count":    {"[fruit]\ncount = 1.5\n", file + `:2: fruit.count: want a number, not the number 1.5`},
		"section is no table":     {"fruit = 1\n", file + `:1: fruit: is a section: write [fruit]`},
		"section twice by alias":  {"[fruit]\n[obst]\n", file + `:2: obst: second section for fruit`},
		"no TOML":                 {"[fruit\n", file + `:2: `},
		"duplicate key":           {"[fruit]\ncount=1\ncount=2\n", file + `:3: `},
		"root of another kind":    {"root = 1\n", file + `:1: root: want a text, not the number 1`},
		"bad fetch":               {"[fetch]\n\nbandwidth = 'fast'\n", file + `:3: fetch.bandwidth: `},
		"bad number in fetch":     {"[fetch]\nconcurrency = 0\n", file + `:2: fetch.concurrency = 0: want a number`},
		"NUL":                     {"root = '\x00'\n", file + `:1: `},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(file, []byte(tc.text), known())
			if err == nil {
				t.Fatal("accepted")
			}
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Errorf("a %T, want *Error", err)
			}
			if msg := err.Error(); !strings.HasPrefix(msg, tc.want) || strings.Contains(msg, "\n") {
				t.Errorf("error\n%s\nwant\n%s…", msg, tc.want)
			}
		})
	}
}

func TestFetchSection(t *testing.T) {
	if diff := cmp.Diff(fetch.DefaultConfig(), parse(t, "").Fetch); diff != "" {
		t.Errorf("without a section: %s", diff)
	}
	c := parse(t, `
[fetch]
concurrency = 7
just_local = "local.json"
[fetch.local_mirrors]
"https://repo.hex.pm/" = ["http://10.0.0.5/hex/"]
[fetch.hosts."private.corp"]
ca = "corp.pem"
`)
	want := fetch.DefaultConfig()
	want.Concurrency = 7
	want.JustLocal = "/etc/site/local.json"
	want.LocalMirrors = map[string][]string{"https://repo.hex.pm/": {"http://10.0.0.5/hex/"}}
	want.Hosts = map[string]fetch.Host{"private.corp": {CA: "/etc/site/corp.pem"}}
	if diff := cmp.Diff(want, c.Fetch); diff != "" {
		t.Error(diff)
	}
	_, err := Parse("f.toml", []byte("[fetch]\nper-host = 1\n"), known())
	if err == nil || err.Error() != `f.toml:2: fetch.per-host: unknown key; did you mean "per_host"?` {
		t.Errorf("error %v", err)
	}
}

func TestDriverErrorNamesFileSectionAndKey(t *testing.T) {
	c := parse(t, "[obst]\ncount = -1\n")
	_, err := c.Sections[0].Driver()
	if want := "/etc/site/offmirror.toml: fruit: count: want 0 or more"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if err := c.Sections[0].Override(map[string][]string{"count": {"-2"}}, "/"); err != nil {
		t.Fatal(err)
	}
	if _, err = c.Sections[0].Driver(); err == nil || err.Error() != "--count: want 0 or more" {
		t.Errorf("a flag's value: %v", err)
	}
	c = Default(known())
	if err := Override(c.Sections[0].Options, map[string][]string{"count": {"-1"}}, "/"); err != nil {
		t.Fatal(err)
	}
	if _, err = c.Sections[0].Driver(); err == nil || err.Error() != "fruit: count: want 0 or more" {
		t.Errorf("without a file: %v", err)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, FileName)
	if _, err := Load(file, known()); err == nil || err.Error() != file+": no such file or directory" {
		t.Errorf("missing file: %v", err)
	}
	if err := os.WriteFile(file, []byte("root = 'm'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(file, known())
	if err != nil || c.Root != filepath.Join(dir, "m") || c.File != file {
		t.Errorf("Load = %+v, %v", c, err)
	}
	if err := os.Truncate(file, maxSize+1); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(file, known()); err == nil || !strings.Contains(err.Error(), "more than a configuration can have") {
		t.Errorf("huge file: %v", err)
	}
}

func TestRelativePathsFollowTheFileNotTheFolder(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	c, err := Parse("sub/offmirror.toml", []byte("root = 'm'"), known())
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "sub", "m"); c.Root != want {
		t.Errorf("root %s, want %s", c.Root, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("[fruit]\napples = ['a']\n[fruit.hosts.'a.b']\nca = \"\"\"x\ny\"\"\"\n")
	f.Add("a.b.\"c d\" = { x = [1, { y = 2 }] } # c\n[[t]]\n")
	f.Add("[fruit]\nhosts = 1\norchards = []\nrepositories = [{}]\n")
	f.Fuzz(func(t *testing.T, text string) {
		_, err := Parse("f.toml", []byte(text), known())
		if err == nil {
			return
		}
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Line < 0 || e.Line > 1+strings.Count(text, "\n") || e.Problem == "" {
			t.Errorf("%T %v", err, err)
		}
	})
}
