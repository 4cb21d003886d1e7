package tarball

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

// TestTarballOfHex reads what `mix hex.build` wrote.
func TestTarballOfHex(t *testing.T) {
	data, err := os.ReadFile("testdata/toy-0.3.0-rc.1.tar")
	if err != nil {
		t.Fatal(err)
	}
	inner, err := registry.ParseChecksum("549ed8302929a362815af2d62cd82c94b6e519622924acd3e487a73c2907ff2e")
	if err != nil {
		t.Fatal(err)
	}
	r := bytes.NewReader(data)
	if err := Prove(r, r.Size(), inner); err != nil {
		t.Fatal(err)
	}
	tb, err := Open(r, r.Size())
	if err != nil {
		t.Fatal(err)
	}
	text, err := tb.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseMetadata(text)
	if err != nil {
		t.Fatal(err)
	}
	want := Metadata{
		Name: "toy", Version: "0.3.0-rc.1", App: "toy_app",
		BuildTools: []string{"mix", "rebar3"}, Licenses: []string{"Apache-2.0", "MIT"},
		Requirements: []registry.Dependency{
			{Package: "mime", Requirement: "~> 1.0 or ~> 2.0", App: "mime", Repository: "hexpm"},
			{Package: "opt_pkg", Requirement: ">= 1.0.0", Optional: true, App: "opt", Repository: "acme"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
}

func TestParseMetadataForms(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want Metadata
	}{
		"by hand": {
			"% a comment\n{name, \"jason\"}.\n{ <<\"version\">> , <<\"1.0.0\">> } .% end\n{'build_tools',[mix]}.{x,-1.5e3}.{y,#{a=>1,<<\"b\">> => []}}.{z,16#ff}.",
			Metadata{Name: "jason", Version: "1.0.0", BuildTools: []string{"mix"}},
		},
		"split, escaped": {
			`{<<"name">>,<<"ja" "son">>}. {<<"version">>,<<49,46,"0.0">>}. {<<"app">>,<<"a\x{e4}\n\101\"\\\e\x41\s\q"/utf8>>}. {<<"elixir">>,"~> " "1.0"}.`,
			Metadata{Name: "jason", Version: "1.0.0", App: "aä\nA\"\\\x1bA q", Elixir: "~> 1.0"},
		},
		"requirements as pairs": {
			`{<<"name">>,<<"a">>}. {<<"version">>,<<"1">>}. {<<"requirements">>,[{<<"b">>,[{<<"requirement">>,<<"~> 1.0">>},{<<"optional">>,<<"true">>}]},{<<"c">>,[{<<"requirement">>,nil},{<<"later">>,[1]}]}]}.`,
			Metadata{Name: "a", Version: "1", Requirements: []registry.Dependency{{Package: "b", Requirement: "~> 1.0", Optional: true}, {Package: "c"}}},
		},
		"requirements as a map": {
			`{<<"name">>,<<"a">>}. {<<"version">>,<<"1">>}. {<<"requirements">>,#{<<"b">> => #{<<"app">> => <<"b_app">>, <<"requirement">> => <<"~> 1.0">>}}}.`,
			Metadata{Name: "a", Version: "1", Requirements: []registry.Dependency{{Package: "b", App: "b_app", Requirement: "~> 1.0"}}},
		},
		"the last counts": {
			`{<<"name">>,<<"a">>}. {<<"version">>,<<"1">>}. {<<"version">>,<<"2">>}. {<<"licenses">>,[]}. {<<"build_tools">>,[]}.`,
			Metadata{Name: "a", Version: "2"},
		},
		"Latin-1": {
			"{<<\"name\">>,<<\"a\">>}. {<<\"version\">>,<<\"1\">>}. {<<\"app\">>,<<\"\xfc\">>}.",
			Metadata{Name: "a", Version: "1", App: "ü"},
		},
		"UTF-8 text in bytes": {
			`{<<"name">>,<<"a">>}. {<<"version">>,<<"1">>}. {<<"app">>,<<195,188>>}. {<<"elixir">>,<<>>}.`,
			Metadata{Name: "a", Version: "1", App: "ü"},
		},
	} {
		got, err := ParseMetadata([]byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestParseMetadataRefuses(t *testing.T) {
	const good = `{<<"name">>,<<"a">>}. {<<"version">>,<<"1">>}. `
	for name, text := range map[string]string{
		"empty":                  "",
		"no version":             `{<<"name">>,<<"a">>}.`,
		"no full stop":           good + `{<<"app">>,<<"a">>}`,
		"not a pair":             good + `[].`,
		"a triple":               good + `{a,b,c}.`,
		"name is a list":         `{<<"name">>,[]}. {<<"version">>,<<"1">>}.`,
		"tools are no list":      good + `{<<"build_tools">>,mix}.`,
		"tools are numbers":      good + `{<<"build_tools">>,[1]}.`,
		"requirements: text":     good + `{<<"requirements">>,mix}.`,
		"requirements: numbers":  good + `{<<"requirements">>,[1]}.`,
		"requirements: nameless": good + `{<<"requirements">>,[[{<<"app">>,<<"a">>}]]}.`,
		"requirements: flat":     good + `{<<"requirements">>,[[a]]}.`,
		"unclosed string":        good + `{a,"`,
		"unclosed atom":          good + `{a,'`,
		"unclosed binary":        good + `{a,<<"a"`,
		"unclosed list":          good + `{a,[1,`,
		"unclosed map":           good + `{a,#{b`,
		"unclosed escape":        good + `{a,"\`,
		"unclosed long escape":   good + `{a,"\x{1`,
		"huge escape":            good + `{a,"\x{ffffffff}"}.`,
		"bad escape":             good + `{a,"\xzz"}.`,
		"bytes beyond 255":       good + `{a,<<256>>}.`,
		"an expression":          good + `{a,fun() -> ok end}.`,
		"a variable":             good + `{a,X}.`,
		"deep":                   good + strings.Repeat("[", 10_000),
		"many":                   good + "{a,[" + strings.Repeat("1,", maxTerms) + "1]}.",
		"long":                   strings.Repeat(" ", MaxMetadata+1),
	} {
		if m, err := ParseMetadata([]byte(text)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %+v, error %v; want ErrMalformed", name, m, err)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: the error has several lines: %q", name, err)
		}
	}
}

func FuzzParseMetadata(f *testing.F) {
	f.Add([]byte("{<<\"name\">>,<<\"a\"/utf8>>}. {version,\"1\\x{e4}\"}. {'x',#{a => [1.5,-2]}}. % c\n"))
	f.Add([]byte(`{<<"requirements">>,[[{<<"name">>,<<"b">>},{<<"optional">>,false}]]}.`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if m, err := ParseMetadata(text); err == nil && (m.Name == "" || m.Version == "") {
			t.Fatalf("accepted without name or version: %+v", m)
		}
	})
}
