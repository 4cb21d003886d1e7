package lockfile_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/offmirror/offmirror/ecosystems/hexpm/lockfile"
)

const (
	againMix   = "; lock the project again with mix deps.get"
	againRebar = "; lock the project again with rebar3 lock"
	againGleam = "; write it again with gleam deps download"
)

func TestErrors(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		// any
		{"notes.txt", "hello", `notes.txt: is neither a mix.lock nor a rebar.lock nor a manifest.toml; name one of those`},
		{"empty.lock", "\n# only a comment\n", `empty.lock: is neither a mix.lock nor a rebar.lock nor a manifest.toml; name one of those`},
		{"a\nb", "", `"a\nb": is neither a mix.lock nor a rebar.lock nor a manifest.toml; name one of those`},
		{"", "", `"": is neither a mix.lock nor a rebar.lock nor a manifest.toml; name one of those`},
		{"mix.lock", "\xff\xfe%\x00{\x00}\x00", `mix.lock: is UTF-16 text; save it as UTF-8`},
		{"mix.lock", strings.Repeat(" ", 2<<20+1), `mix.lock: is larger than 2 MiB; is it a lock file?`},
		{"mix.lock", "%{\n<<<<<<< HEAD\n=======\n>>>>>>> topic\n}", `mix.lock:2: has an unresolved merge conflict; resolve it and lock again`},
		{"rebar.lock", "[\r\n=======\r\n].", `rebar.lock:2: has an unresolved merge conflict; resolve it and lock again`},
		{"manifest.toml", "packages = [\n]\n>>>>>>> topic\n", `manifest.toml:3: has an unresolved merge conflict; resolve it and lock again`},

		{strings.Repeat("x", 300), "", `"` + strings.Repeat("x", 64) + `"…: is neither a mix.lock nor a rebar.lock nor a manifest.toml; name one of those`},

		// mix.lock
		{"mix.lock", "%{\n  \"a\": {:hex, :a, \"1.0.0\"\n", `mix.lock:3: the file ends where "," or "}" belongs, in brackets opened on line 2; lock the project again`},
		{"mix.lock", "%{} oops", `mix.lock:1: has "oops" behind the end of the lock; lock the project again`},
		{"mix.lock", "42", `mix.lock:1: has a number where the map %{…} of dependencies belongs` + againMix},
		{"mix.lock", "[:a]", `mix.lock:1: has an atom where a dependency belongs` + againMix},
		{"mix.lock", "[a: 1]", `mix.lock:1: locks "a" to a number, not to a tuple like {:hex, …}` + againMix},
		{"mix.lock", `%{1 => {:hex}}`, `mix.lock:1: has a number where the name of an application belongs` + againMix},
		{"mix.lock", `%{"a": "1.0.0"}`, `mix.lock:1: locks "a" to a string, not to a tuple like {:hex, …}` + againMix},
		{"mix.lock", `%{"a": {"hex"}}`, `mix.lock:1: locks "a" to a tuple, not to a tuple like {:hex, …}` + againMix},
		{"mix.lock", `%{"a": {:hex, [], "1.0.0"}}`, `mix.lock:1: locks "a" with a list for its package` + againMix},
		{"mix.lock", `%{"a": {:hex, :a, 1.0}}`, `mix.lock:1: locks "a" with a number for its version` + againMix},
		{"mix.lock", `%{"a": {:hex, :a}}`, `mix.lock:1: package "a": version is empty; lock the project again`},
		{"mix.lock", `%{"a": {:hex, :"../a", "1.0.0"}}`, `mix.lock:1: package name "../a" does not begin with a lower-case letter; lock the project again`},
		{"mix.lock", `%{"a": {:hex, :a, "../1"}}`, `mix.lock:1: package "a": version "../1" holds "..", which is unsafe in a file name; lock the project again`},
		{"mix.lock", `%{"a": {:hex, :a, "1.0.0", "abc"}}`, `mix.lock:1: package "a": the inner checksum "abc" is not the 64 hexadecimal digits of a SHA-256; lock the project again`},
		{"mix.lock", `%{"a": {:hex, :a, "1.0.0", nil, [], [], "hexpm", "` + strings.Repeat("g", 64) + `"}}`, `mix.lock:1: package "a": the outer checksum "` + strings.Repeat("g", 64) + `" is not the 64 hexadecimal digits of a SHA-256; lock the project again`},
		{"mix.lock", `%{"a": {:hex, :a, "1.0.0", nil, [], [], "hexpm:../x"}}`, `mix.lock:1: repository "hexpm:../x" has no usable name; use letters, digits, "_", "-" and "."`},
		{"mix.lock", `%{"a": {:hex, :a, "1.0.0", nil, [], [], "hexpm:"}}`, `mix.lock:1: repository "hexpm:" names no organisation`},
		{"mix.lock", `%{"a": {:hex, :a, "1.0.0", nil, [], [:b]}}`, `mix.lock:1: has an atom where a dependency of "a" belongs` + againMix},
		{"mix.lock", `%{"a": {:hex, :a, "1.0.0", nil, [], [{:b, "1.0.0", [hex: :B]}]}}`, `mix.lock:1: a dependency: package name "B" does not begin with a lower-case letter; lock the project again`},
		{"mix.lock", `%{"a": {:hex, :a, System.cmd("rm", ["-rf"])}}`, `mix.lock:1: has "(\"rm\"" where "," or "}" belongs, in brackets opened on line 1; lock the project again`},
		{"mix.lock", `%{"a": {:hex, :a, "#{1}"}}`, `mix.lock:1: has interpolation in a string, which would have to be evaluated; write the value itself`},

		{"mix.lock", `%{"a": {:git, "u", "r", [` + strings.Repeat("1,", 500_000) + `]}}`, `mix.lock:1: has more than 500000 elements; is it a lock file?`},

		// rebar.lock
		{"rebar.lock", "[]", `rebar.lock:1: the file ends where "." belongs, at the end of a term; lock the project again`},
		{"rebar.lock", "a.", `rebar.lock:1: has an atom where the list of locks belongs` + againRebar},
		{"rebar.lock", "[a].", `rebar.lock:1: has an atom where a lock like {Name, Source, Level} belongs` + againRebar},
		{"rebar.lock", "[\n{<<\"a\">>,b,0}].", `rebar.lock:2: locks "a" to an atom, not to a tuple like {pkg, …}` + againRebar},
		{"rebar.lock", "{\"1.1.0\",\n[]}.\n[{pkg_hash,[a]}].", `rebar.lock:3: has something else than {Name, Hash} in pkg_hash` + againRebar},
		{"rebar.lock", "{\"1.2.0\",\n[{<<\"a\">>,{pkg,<<\"a\">>,<<\"1.0.0\">>},0}]}.\n[{pkg_hash_ext,[{<<\"a\">>,<<\"X\">>}]}].",
			`rebar.lock:2: package "a": the outer checksum "X" is not the 64 hexadecimal digits of a SHA-256; lock the project again`},
		{"rebar.lock", "[{<<\"a\">>,{pkg,<<\"a\">>,<<\"1/0\">>},0}].", `rebar.lock:1: package "a": version "1/0" holds "/", which is unsafe in a file name there; lock the project again`},

		{"rebar.lock", "{\"1.1.0\",\n[]}.\n[{pkg_hash_ext,[{a,b,c},d]}].", `rebar.lock:3: has something else than {Name, Hash} in pkg_hash_ext` + againRebar},

		// manifest.toml
		{"manifest.toml", "packages = [\n{ name = \"a\" version = \"1\" }\n]", `manifest.toml:2: `},
		{"manifest.toml", "name = \"app\"\n[dependencies]\n", `manifest.toml: has no "packages"; the lock file of Gleam is manifest.toml, beside gleam.toml`},
		{"manifest.toml", "packages = [\n{ name = \"a\", version = \"1.0.0\" },\n]", `manifest.toml:2: package "a" has no "source"` + againGleam},
		{"manifest.toml", "packages = [\n{ name = \"a\", version = 1, source = \"hex\" },\n]", `manifest.toml:2: a package has no string for its "version"` + againGleam},
		{"manifest.toml", "packages = [\n{ name = \"A\", version = \"1.0.0\", source = \"hex\" },\n]", `manifest.toml:2: package name "A" does not begin with a lower-case letter; lock the project again`},
		{"manifest.toml", "packages = []\n[requirements]\n\"a/b\" = \"1.0.0\"\n", `manifest.toml: a dependency: package name "a/b" holds "/"; use letters, digits and underscores only; lock the project again`},
		{"manifest.toml", "Packages = []", `manifest.toml: has no "packages"; the lock file of Gleam is manifest.toml, beside gleam.toml`},
		{"manifest.toml", "packages = 1", `manifest.toml: has "packages" that are not a list of tables` + againGleam},
		{"manifest.toml", "packages = [1]", `manifest.toml: has "packages" that are not a list of tables` + againGleam},
		{"manifest.toml", "packages = [{name='a',version='1.0.0',source='hex',requirements=1}]", `manifest.toml:1: package "a" has no list for its "requirements"` + againGleam},
		{"manifest.toml", "packages = [{name='a',version='1.0.0',source='hex',requirements=[1]}]", `manifest.toml:1: a dependency: package name is empty; write one like "phoenix_html"; lock the project again`},
		{"manifest.toml", "packages = " + strings.Repeat("{a=", 100_000), `manifest.toml:1: nests deeper than a lock file does, or has a string without end` + againGleam},
		{"manifest.toml", strings.Repeat("a.", 100_000) + "a = 1", `manifest.toml:1: nests deeper than a lock file does, or has a string without end` + againGleam},
	} {
		_, err := lockfile.Parse(c.name, []byte(c.data))
		var typed *lockfile.Error
		switch {
		case !errors.As(err, &typed):
			t.Errorf("%s: %.80q: %v, want %s", c.name, c.data, err, c.want)
		case err.Error() != c.want && !(strings.HasSuffix(c.want, ": ") && strings.HasPrefix(err.Error(), c.want)):
			t.Errorf("%s: %.80q:\n got %v\nwant %s", c.name, c.data, err, c.want)
		}
		if err != nil {
			checkMessage(t, err)
		}
	}
}

func TestTooManyEntries(t *testing.T) {
	for name, entry := range map[string]string{
		"mix.lock":      "%%{\n%s}|\"a%d\": {:git, \"u\", \"r\", []},\n",
		"rebar.lock":    "[\n%s{z,{git,u},0}].|{<<\"a%d\">>,{git,\"u\",{ref,\"r\"}},0},\n",
		"manifest.toml": "packages = [\n%s]|{name=\"a%d\",source=\"git\"},\n",
	} {
		frame, line, _ := strings.Cut(entry, "|")
		var b strings.Builder
		for i := range 10_001 {
			fmt.Fprintf(&b, line, i)
		}
		_, err := lockfile.Parse(name, fmt.Appendf(nil, frame, b.String()))
		if want := name + ":10002: has more than 10000 entries; is it a lock file?"; err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

func checkMessage(t testing.TB, err error) {
	t.Helper()
	s := err.Error()
	if len(s) > 1000 || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Errorf("not a message for one line: %q", s)
	}
}
