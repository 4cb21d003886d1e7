package justmr_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/justmr"
)

const someID = "0123456789012345678901234567890123456789"

func mustBase(t testing.TB, text string) justmr.Base {
	t.Helper()
	b, err := justmr.ParseBase(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAddMirrorsKeepsTheForm(t *testing.T) {
	for in, want := range map[string]string{
		`{"repositories":{"a":{"repository":{"type":"archive","content":"ID","fetch":"https://e.org/a.tgz"}}}}`: `{"repositories":{"a":{"repository":{"type":"archive","content":"ID","fetch":"https://e.org/a.tgz","mirrors":["http://m/justmr/blob/ID/a.tgz"]}}}}`,

		`{"repositories": {"a": {"repository": {"fetch": "https://e.org/a.tgz", "type": "zip", "content": "ID", "x": 1.50}}}}`: `{"repositories": {"a": {"repository": {"fetch": "https://e.org/a.tgz", "mirrors": ["http://m/justmr/blob/ID/a.tgz"], "type": "zip", "content": "ID", "x": 1.50}}}}`,

		`{ "repositories":
  { "a":
    { "repository":
      { "type": "git"
      , "repository": "https://e.org/r"
      , "branch": "b"
      , "commit": "ID"
      }
    }
  }
}
`: `{ "repositories":
  { "a":
    { "repository":
      { "type": "git"
      , "repository": "https://e.org/r"
      , "mirrors": ["http://m/justmr/git/e.org/r.git"]
      , "branch": "b"
      , "commit": "ID"
      }
    }
  }
}
`,

		`{"repositories": {"a": {"repository": {
    "type": "foreign file", "name": "x",
    "content": "ID",
    "mirrors": [
      "https://one.org/a b",
      "https://two.org/\u0061"
    ],
    "fetch": "https://e.org/a.tgz"
}}}}`: `{"repositories": {"a": {"repository": {
    "type": "foreign file", "name": "x",
    "content": "ID",
    "mirrors": [
      "https://one.org/a b",
      "https://two.org/\u0061",
      "http://m/justmr/blob/ID/a.tgz"
    ],
    "fetch": "https://e.org/a.tgz"
}}}}`,

		`{"repositories": {"a": {"repository": {"type": "archive", "content": "ID", "fetch": "u/a.tgz", "mirrors": [
  "https://one.org/"
]}}}}`: `{"repositories": {"a": {"repository": {"type": "archive", "content": "ID", "fetch": "u/a.tgz", "mirrors": [
  "https://one.org/",
  "http://m/justmr/blob/ID/a.tgz"
]}}}}`,

		`{"repositories": {"a": {"repository": {"type": "archive", "content": "ID", "fetch": "u/a.tgz", "mirrors":
  [ "https://one.org/"
  ]}}}}`: `{"repositories": {"a": {"repository": {"type": "archive", "content": "ID", "fetch": "u/a.tgz", "mirrors":
  [ "https://one.org/"
  , "http://m/justmr/blob/ID/a.tgz"
  ]}}}}`,

		`{"repositories": {"a": {"repository": {"type": "archive", "content": "ID", "fetch": "u/a.tgz", "mirrors": []}}}}`:    `{"repositories": {"a": {"repository": {"type": "archive", "content": "ID", "fetch": "u/a.tgz", "mirrors": ["http://m/justmr/blob/ID/a.tgz"]}}}}`,
		`{"repositories": {"a": {"repository": {"type": "archive", "content": "ID", "fetch": "u/a.tgz", "mirrors": ["x"]}}}}`: `{"repositories": {"a": {"repository": {"type": "archive", "content": "ID", "fetch": "u/a.tgz", "mirrors": ["x", "http://m/justmr/blob/ID/a.tgz"]}}}}`,

		"{\r\n\t\"repositories\": {\"a\": {\"repository\": {\r\n\t\t\"type\": \"archive\",\r\n\t\t\"fetch\": \"u/a.tgz\",\r\n\t\t\"content\": \"ID\"\r\n}}}}": "{\r\n\t\"repositories\": {\"a\": {\"repository\": {\r\n\t\t\"type\": \"archive\",\r\n\t\t\"fetch\": \"u/a.tgz\",\r\n\t\t\"mirrors\": [\"http://m/justmr/blob/ID/a.tgz\"],\r\n\t\t\"content\": \"ID\"\r\n}}}}",

		// a name with a URL's query, a shared root, others, and a repository that is given twice
		`{"repositories": {"größe": {"repository": {"type": "archive", "content": "ID", "fetch": "https://e.org/get?x=1&y=/ü"}}, "s": {"repository": "größe"}, "f": {"repository": {"type": "file", "path": "."}}}}`: `{"repositories": {"größe": {"repository": {"type": "archive", "content": "ID", "fetch": "https://e.org/get?x=1&y=/ü", "mirrors": ["http://m/justmr/blob/ID/_"]}}, "s": {"repository": "größe"}, "f": {"repository": {"type": "file", "path": "."}}}}`,
		`{"repositories": {"a": {"repository": {"type": "archive", "content": "ID", "fetch": "u/1"}}, "a": {"repository": {"type": "archive", "content": "ID", "fetch": "u/2"}}}}`:                                   `{"repositories": {"a": {"repository": {"type": "archive", "content": "ID", "fetch": "u/1"}}, "a": {"repository": {"type": "archive", "content": "ID", "fetch": "u/2", "mirrors": ["http://m/justmr/blob/ID/2"]}}}}`,
	} {
		in, want = strings.ReplaceAll(in, "ID", someID), strings.ReplaceAll(want, "ID", someID)
		got, done, err := justmr.AddMirrors("f", []byte(in), mustBase(t, "http://m/justmr"), nil)
		if err != nil || done.Added != 1 || len(done.Skipped) > 0 {
			t.Errorf("%s: %+v, %v", in, done, err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s: %s", in, diff)
		}
		again, done, err := justmr.AddMirrors("f", got, mustBase(t, "http://m/justmr"), nil)
		if err != nil || done.Added != 0 || done.Present != 1 || string(again) != string(got) {
			t.Errorf("again: %+v, %v: %s", done, err, again)
		}
	}
}

func TestAddMirrorsOfWhatIsThere(t *testing.T) {
	locations := &justmr.Locations{
		Files: []justmr.FileLocation{{Path: "blob/" + someID + "/other name.tgz"}},
		Git:   []justmr.GitLocation{{Path: "git/e.org:8080/r.git", URLs: []string{"https://e.org:8080/r"}, Pins: []gitrepo.Pin{{Branch: "b", Commit: someID}}}},
	}
	in := strings.ReplaceAll(`{"repositories": {
		"a": {"repository": {"type": "archive", "content": "ID", "fetch": "https://e.org/a.tgz"}},
		"b": {"repository": {"type": "archive", "content": "1123456789012345678901234567890123456789", "fetch": "https://e.org/b.tgz"}},
		"g": {"repository": {"type": "git", "repository": "https://e.org:8080/r", "branch": "b", "commit": "ID"}},
		"h": {"repository": {"type": "git", "repository": "https://e.org:8080/r", "branch": "c", "commit": "ID"}},
		"short": {"repository": {"type": "git", "repository": "https://e.org/r", "branch": "c", "commit": "abc"}},
		"list": {"repository": {"type": "archive", "content": "ID", "fetch": "https://e.org/a.tgz", "mirrors": null}}}}`, "ID", someID)
	got, done, err := justmr.AddMirrors("f.json", []byte(in), mustBase(t, "http://m"), locations)
	if err != nil || done.Added != 2 || done.Present != 0 {
		t.Fatalf("%+v, %v", done, err)
	}
	for _, want := range []string{`["http://m/blob/` + someID + `/other%20name.tgz"]`, `["http://m/git/e.org:8080/r.git"]`} {
		if !strings.Contains(string(got), want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	text := strings.Join(done.Skipped, "\n")
	for _, want := range []string{`"b": it is not in the mirror`, `"h": it is not in the mirror`, `"short": repository.commit`, `"list": repository.mirrors`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if len(done.Skipped) != 4 {
		t.Errorf("%q", done.Skipped)
	}
	onStick, _, err := justmr.AddMirrors("f.json", []byte(in), mustBase(t, "file:///mnt/stick/justmr"), locations)
	if err != nil || !strings.Contains(string(onStick), `["file:///mnt/stick/justmr/blob/`) {
		t.Errorf("%v: %s", err, onStick)
	}
}

func TestAddMirrorsRefuses(t *testing.T) {
	for _, in := range []string{"", "[]", "{}", `{"repositories": []}`, `{"repositories": {"a": 1}`, "\ufeff{}"} {
		if got, _, err := justmr.AddMirrors("f.json", []byte(in), mustBase(t, "http://m"), nil); err == nil || got != nil || !strings.Contains(err.Error(), "f.json") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}

// Whatever the blanks, taking the additions out again gives what was there, and a second run rests.
func TestAddMirrorsChangesNothingElse(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		blank := func() string { return rapid.SampledFrom([]string{"", " ", "\n", "\n  ", "\t"}).Draw(rt, "blank") }
		var b strings.Builder
		put := func(parts ...string) {
			for _, p := range parts {
				b.WriteString(blank() + p)
			}
		}
		put("{", `"repositories"`, ":", "{")
		for i, name := range []string{"a", "b"} {
			if i > 0 {
				put(",")
			}
			put(`"`+name+`"`, ":", "{", `"repository"`, ":", "{", `"type"`, ":", `"archive"`, ",", `"content"`, ":", `"`+someID+`"`, ",", `"fetch"`, ":", `"https://e.org/x.tgz"`)
			if n := rapid.IntRange(-1, 3).Draw(rt, "mirrors"); n >= 0 {
				put(",", `"mirrors"`, ":", "[")
				for j := range n {
					if j > 0 {
						put(",")
					}
					put(`"https://other.org/"`)
				}
				put("]")
			}
			put("}", "}")
		}
		put("}", "}")
		in := b.String()
		got, done, err := justmr.AddMirrors("f", []byte(in), mustBase(t, "http://m"), nil)
		if err != nil || done.Added != 2 {
			rt.Fatalf("%+v, %v: %s", done, err, in)
		}
		if n := strings.Count(string(got), `"http://m/blob/`+someID+`/x.tgz"`); n != 2 {
			rt.Fatalf("%d additions: %s", n, got)
		}
		// What was there is there in its order.
		rest := string(got)
		for _, c := range in {
			i := strings.IndexRune(rest, c)
			if i < 0 {
				rt.Fatalf("%q is not what %q became", got, in)
			}
			rest = rest[i+1:]
		}
		again, done, err := justmr.AddMirrors("f", got, mustBase(t, "http://m"), nil)
		if err != nil || done.Present != 2 || string(again) != string(got) {
			rt.Fatalf("%+v, %v", done, err)
		}
	})
}
