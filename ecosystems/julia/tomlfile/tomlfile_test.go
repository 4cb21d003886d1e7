package tomlfile_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/tomlfile"
)

func TestErrorIsOneLine(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{tomlfile.Fail("a/Versions.toml", 12, "%d apples", 3), "a/Versions.toml:12: 3 apples"},
		{tomlfile.Fail("Manifest.toml", 0, "empty"), "Manifest.toml: empty"},
		{tomlfile.Fail("Example 1.0: ./Größe.toml", 1, "x"), "Example 1.0: ./Größe.toml:1: x"},
		{tomlfile.Fail("a\nb", 1, "x"), `"a\nb":1: x`},
		{tomlfile.Fail("a\xffb", 1, "x"), `"a\xffb":1: x`},
		{tomlfile.Fail(strings.Repeat("d/", 500)+"f", 1, "x"), strings.Repeat("d/", 500) + "f:1: x"},
		{tomlfile.Fail(strings.Repeat("d", 5000), 1, "x"), `"` + strings.Repeat("d", 80) + `"…:1: x`},
		{tomlfile.TooLarge("f", 12, 10, io.ErrShortBuffer), "f: it has 12 bytes, and 10 are allowed"},
	} {
		if test.err.Error() != test.want {
			t.Errorf("%s\nwant %s", test.err, test.want)
		}
	}
	if err := fmt.Errorf("read: %w", tomlfile.TooLarge("f", 12, 10, io.ErrShortBuffer)); !errors.Is(err, io.ErrShortBuffer) {
		t.Error("the error does not unwrap")
	}
}

func TestDecode(t *testing.T) {
	top, meta, err := tomlfile.Decode("f", "b = 1\n[a]\nc = \"x\"\n")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"b": int64(1), "a": map[string]any{"c": "x"}}, top); diff != "" {
		t.Error(diff)
	}
	var keys []string
	for _, key := range meta.Keys() {
		keys = append(keys, key.String())
	}
	if diff := cmp.Diff([]string{"b", "a", "a.c"}, keys); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeSaysWhere(t *testing.T) {
	for content, line := range map[string]int{
		"a = 1\nb = \n":                      2,
		"a = 1\na = 2\n":                     2,
		"[x]\n[y]\n[x]\n":                    3,
		"a = 1\n\x01\n":                      2,
		"a = \"" + strings.Repeat("\x7f", 9): 1,
	} {
		_, _, err := tomlfile.Decode("F.toml", content)
		e := new(tomlfile.Error)
		if !errors.As(err, &e) || e.Line != line || !strings.HasPrefix(e.Reason, "not TOML: ") || !errors.As(err, new(toml.ParseError)) {
			t.Errorf("%q: %v", content, err)
			continue
		}
		if strings.ContainsFunc(err.Error(), unicode.IsControl) || len(err.Error()) > 300 {
			t.Errorf("%q: %v", content, err)
		}
	}
}

func TestTables(t *testing.T) {
	top, _, err := tomlfile.Decode("f", `inline = [{ a = 1 }, { a = 2 }]
mixed = [{ a = 1 }, 2]
numbers = [1]
none = []
one = { a = 1 }
[[long]]
a = 1
[[long]]
a = 2
`)
	if err != nil {
		t.Fatal(err)
	}
	two := []map[string]any{{"a": int64(1)}, {"a": int64(2)}}
	for key, want := range map[string][]map[string]any{"inline": two, "long": two, "none": {}, "mixed": nil, "numbers": nil, "one": nil, "absent": nil} {
		got, ok := tomlfile.Tables(top[key])
		if ok != (want != nil) {
			t.Errorf("%s: %v", key, ok)
		}
		if diff := cmp.Diff(want, got); ok && diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
}

func TestForeignText(t *testing.T) {
	long := strings.Repeat("é", 300)
	for _, test := range []struct{ in, oneLine, short string }{
		{"plain", "plain", `"plain"`},
		{"two\nlines", `"two\nlines"`, `"two\nlines"`},
		{"", "", `""`},
		{long, `"` + long[:80] + `"…`, `"` + long[:80] + `"…`},
	} {
		if got := tomlfile.OneLine(test.in); got != test.oneLine {
			t.Errorf("%q in one line is %s", test.in, got)
		}
		if got := tomlfile.Short(test.in); got != test.short {
			t.Errorf("%q in short is %s", test.in, got)
		}
	}
}
