package lockfile

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// show writes a term in a notation that is neither Elixir's nor Erlang's.
func show(t term) string {
	var parts []string
	for _, item := range t.items {
		parts = append(parts, show(item))
	}
	inner := strings.Join(parts, " ")
	switch t.kind {
	case atom:
		return ":" + t.text
	case text:
		return "'" + t.text + "'"
	case number:
		return t.text
	case list:
		return "[" + inner + "]"
	case tuple:
		return "{" + inner + "}"
	}
	return "map(" + inner + ")"
}

func TestElixirLiterals(t *testing.T) {
	for src, want := range map[string]string{
		``:                                      `map()`,
		"# nothing\n":                           `map()`,
		`%{}`:                                   `map()`,
		`"a\tb\n\"\\\#{x} \x41\u00e9\u{1F600}"`: "'a\tb\n\"\\#{x} Aé😀'",
		`"\a\b\d\e\f\r\s\v\0\q"`:                "'\a\b\x7f\x1b\f\r \v\x00q'",
		"\"one \\\nline\"":                      "'one line'",
		`"a#b"`:                                 `'a#b'`,
		`"\x{e9}"`:                              `'é'`,
		`'charlist'`:                            `'charlist'`,
		`~c"charlist"`:                          `'charlist'`,
		`:plug`:                                 `:plug`,
		`:ok?`:                                  `:ok?`,
		`:"odd \"atom"`:                         `:odd "atom`,
		`:é`:                                    `:é`,
		`Mix.SCM.Git`:                           `:Mix.SCM.Git`,
		`nil`:                                   `:nil`,
		`[true, false, nil]`:                    `[:true :false :nil]`,
		`[]`:                                    `[]`,
		`[1, -2, +3, 1_000, 0x1F, 1.5e-7,]`:     `[1 -2 +3 1_000 0x1F 1.5e-7]`,
		`[a: 1, "b c": 2, d!: 3]`:               `[{:a 1} {:b c 2} {:d! 3}]`,
		`[1, a: 2]`:                             `[1 {:a 2}]`,
		`{1, [a: 2]}`:                           `{1 [{:a 2}]}`,
		`{1, a: 2, b: 3}`:                       `{1 [{:a 2} {:b 3}]}`,
		`%{"a" => 1, :b => %{c: 2}, d: {}}`:     `map('a' 1 :b map(:c 2) :d {})`,
		"[ # comment ]\n:a\r\n,\t:b ] # end":    `[:a :b]`,
		`{:a, "x" , "y"}`:                       `{:a 'x' 'y'}`,
		`{:"a": 1}`:                             ``,
		`[a: 1, 2]`:                             ``,
		`%{a}`:                                  ``,
		`%{"a" 1}`:                              ``,
		`[1 2]`:                                 ``,
		`[1, , 2]`:                              ``,
		`[,]`:                                   ``,
		`{1`:                                    ``,
		`"abc`:                                  ``,
		`"abc\`:                                 ``,
		`"#{System.halt()}"`:                    ``,
		`System.halt()`:                         ``,
		`foo`:                                   ``,
		`foo.bar`:                               ``,
		`:`:                                     ``,
		`-`:                                     ``,
		`"\x"`:                                  ``,
		`"\u{110000}"`:                          ``,
		`"\u{41"`:                               ``,
		`%{} %{}`:                               ``,
		`a: 1`:                                  ``,
		`fn -> 1 end`:                           ``,
		`<<98, 99, "d">>`:                       `'bcd'`,
		`<<>>`:                                  `''`,
		`<<256>>`:                               ``,
		`<<a>>`:                                 ``,
		`<<1`:                                   ``,
		strings.Repeat("[", 65):                 ``,
	} {
		got, err := parseElixir("mix.lock", src)
		compareTerm(t, src, show(got), want, err)
	}
}

func TestErlangLiterals(t *testing.T) {
	for src, want := range map[string]string{
		``:                                   `[]`,
		"%% -*- coding: utf-8 -*-\n[].":      `[[]]`,
		`é. é1@x.`:                           `[:é :é1@x]`,
		`"\1x\7".`:                           "['\x01x\a']",
		`a. 'b c'. "d".`:                     `[:a :b c 'd']`,
		`{<<"a">>,<<"é"/utf8>>,<<>>}.`:       `[{'a' 'é' ''}]`,
		`<<"é">>.`:                           "['\xe9']",
		`<<98,99,"d">>.`:                     `['bcd']`,
		"\"one \"\n  \"text\".":              `['one text']`,
		"<<\"one \"\n  \"binary\">>.":        `['one binary']`,
		`"\n\t\"\\\x41\x{e9}\101\^A\s\q".`:   "['\n\t\"\\Aé" + "A\x01 q']",
		"'a\\\nb'.":                          "[:a\nb]",
		`[1,-2,16#FF,1.5e-3,$x,$\n].`:        `[[1 -2 16#FF 1.5e-3 120 10]]`,
		`#{a => <<"b">>, "c" => #{}}.`:       `[map(:a 'b' 'c' map())]`,
		"[a % ]\n,b].\n":                     `[[:a :b]]`,
		"{\"1.2.0\",\r\n[]}.\r\n[\r\n].\r\n": `[{'1.2.0' []} []]`,
		`a`:                                  ``,
		`[a`:                                 ``,
		`[a b].`:                             ``,
		`[a|b].`:                             ``,
		`A.`:                                 ``,
		`"abc`:                               ``,
		`'abc`:                               ``,
		`<<"a"`:                              ``,
		`<<"a" "b" c>>.`:                     ``,
		`<<256>>.`:                           ``,
		`<<-1>>.`:                            ``,
		`<<1:8>>.`:                           ``,
		`#{a}.`:                              ``,
		`init:stop().`:                       ``,
		`fun() -> ok end.`:                   ``,
		strings.Repeat("{", 65):              ``,
		strings.Repeat("a.\n", 17):           ``,
	} {
		terms, err := parseErlang("rebar.lock", src)
		compareTerm(t, src, show(term{kind: list, items: terms}), want, err)
	}
}

// compareTerm expects an error if nothing is wanted.
func compareTerm(t *testing.T, src, got, want string, err error) {
	t.Helper()
	switch {
	case want == "" && err == nil:
		t.Errorf("%q was read as %s", src, got)
	case want != "" && err != nil:
		t.Errorf("%q: %v", src, err)
	case want != "" && got != want:
		t.Errorf("%q: %s", src, cmp.Diff(want, got))
	}
}

func TestLinesOfLiterals(t *testing.T) {
	root, err := parseElixir("x", "# 1\n%{ # 2\n\"a\nb\" # 4\n=>\n\n:c}")
	if err != nil {
		t.Fatal(err)
	}
	if root.line != 2 || root.items[0].line != 3 || root.items[1].line != 7 {
		t.Errorf("lines %d, %d and %d, want 2, 3 and 7", root.line, root.items[0].line, root.items[1].line)
	}
}

func TestWithoutCredentials(t *testing.T) {
	for in, want := range map[string]string{
		"https://github.com/a/b.git": "https://github.com/a/b.git",
		"https://user:secret@host/a": "https://host/a",
		"https://token@host/a?b=c":   "https://host/a?b=c",
		"https://us%er:se cret@host": "https://host",
		"https://a:b@c:d@host/x@y":   "https://host/x@y",
		"ssh://git@host/a":           "ssh://git@host/a",
		"ssh://git:secret@host/a":    "ssh://host/a",
		"git@github.com:a/b.git":     "git@github.com:a/b.git",
		"../path":                    "../path",
		"":                           "",
	} {
		if got := withoutCredentials(in); got != want {
			t.Errorf("withoutCredentials(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestLiteralsOfRealClients reads what the real Elixir and Erlang printed.
func TestLiteralsOfRealClients(t *testing.T) {
	data, err := os.ReadFile("testdata/literals/literals-elixir-1.20.4.txt")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		count++
		var fields [3]string // what it is, in Elixir, in Erlang
		for i, quoted := range strings.Split(strings.TrimSuffix(line, "\n"), "\t") {
			if fields[i], err = strconv.Unquote(quoted); err != nil {
				t.Fatal(quoted, err)
			}
		}
		elixir, err := parseElixir("mix.lock", fields[1])
		compareTerm(t, fields[1], show(anonymous(elixir)), fields[0], err)
		erlang, err := parseErlang("rebar.lock", fields[2])
		if err == nil && len(erlang) != 1 {
			t.Errorf("%q: %d terms", fields[2], len(erlang))
			continue
		}
		compareTerm(t, fields[2], show(anonymous(term{kind: list, items: erlang}.at(0))), fields[0], err)
	}
	if count < 100 {
		t.Errorf("%d lines are too few", count)
	}
}

// anonymous replaces numbers, which the languages write in different ways, and
// the prefix that Erlang sees in the modules of Elixir.
func anonymous(t term) term {
	switch t.kind {
	case number:
		t.text = "NUMBER"
	case atom:
		t.text = strings.TrimPrefix(t.text, "Elixir.")
	}
	items := t.items
	t.items = nil
	for _, item := range items {
		t.items = append(t.items, anonymous(item))
	}
	return t
}
