package justmr

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var someLocations = &Locations{
	Format: locationsFormat, Names: "just",
	Files: []FileLocation{{Path: "blob/c0/zlib.tgz", URLs: []string{"https://e.org/zlib.tgz?a=b&c"}}},
	Git:   []GitLocation{{Path: "git/e.org:8080/r.git", URLs: []string{"https://e.org:8080/r", "https://e.org:8080/r.git"}}},
}

func mustBase(t testing.TB, text string) Base {
	t.Helper()
	b, err := ParseBase(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestMergeKeepsWhatIsTheUsers(t *testing.T) {
	const zlib, git1, git2 = `["http://m/justmr/blob/c0/zlib.tgz"`, `"https://e.org:8080/r": ["http://m/justmr/git/e.org:8080/r.git"]`, `"https://e.org:8080/r.git": ["http://m/justmr/git/e.org:8080/r.git"]`
	for name, c := range map[string]struct{ old, want string }{
		"nothing": {"", string(someLocations.Local(mustBase(t, "http://m/justmr")))},
		"an empty object": {"{}\n", `{
  "local mirrors": {
    "https://e.org/zlib.tgz?a=b&c": ` + zlib + `],
    ` + git1 + `,
    ` + git2 + `
  }
}
`},
		"keys of the user, and an order of theirs": {`{ "extra inherit env": ["HOME"]
, "checkouts": {"git": {"u": "/w"}}
, "local mirrors":
  { "z": ["own"]
  , "https://e.org/zlib.tgz?a=b&c": ["file:///theirs", "http://m/justmr/blob/old/zlib.tgz"]
  , "a": 5
  }
, "preferred hostnames": []
}`, `{ "extra inherit env": ["HOME"]
, "checkouts": {"git": {"u": "/w"}}
, "local mirrors":
  { "z": ["own"]
  , "https://e.org/zlib.tgz?a=b&c": ` + zlib + `, "file:///theirs"]
  , "a": 5
  , ` + git1 + `
  , ` + git2 + `
  }
, "preferred hostnames": []
}`},
		"what is here no more": {
			`{"local mirrors":{"gone":["http://m/justmr/blob/x/y"],"both":["http://m/justmr/git/x.git","own"],"other":["http://other/justmr/blob/x/y"]},"x":1}`,
			`{"local mirrors":{"both":["own"],"other":["http://other/justmr/blob/x/y"],"https://e.org/zlib.tgz?a=b&c": ` + zlib + `],` + git1 + `,` + git2 + `},"x":1}`,
		},
		"only what is here no more": {
			`{"local mirrors":{"gone":["http://m/justmr/blob/x/y"]}}`,
			`{"local mirrors":{"https://e.org/zlib.tgz?a=b&c": ` + zlib + `],` + git1 + `,` + git2 + `}}`,
		},
	} {
		got, err := someLocations.MergeLocal([]byte(c.old), mustBase(t, "http://m/justmr"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(c.want, string(got)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
		if again, err := someLocations.MergeLocal(got, mustBase(t, "http://m/justmr")); err != nil || string(again) != string(got) {
			t.Errorf("%s: a second merge, %v, makes\n%s", name, err, again)
		}
	}
}

func TestFilesThatCannotBeMerged(t *testing.T) {
	for _, old := range []string{
		"[]", "5", "{", `{"a": 1} x`, `{"local mirrors": []}`, `{"local mirrors": {}, "local mirrors": {}}`, "// no JSON\n{}",
		`{"local mirrors": {"https://e.org:8080/r": "no list"}}`, `{"local mirrors": {"https://e.org:8080/r": [1]}}`,
	} {
		if got, err := someLocations.MergeLocal([]byte(old), mustBase(t, "http://m")); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, %s", old, err, got)
		}
	}
}

// Whatever JSON the user has, it is the same afterwards but for the local mirrors of our URLs,
// in which the user's own come last.
func TestAnyFileIsMerged(t *testing.T) {
	b := mustBase(t, "/mnt/stick")
	rapid.Check(t, func(rt *rapid.T) {
		urls := rapid.SampledFrom([]string{"https://e.org:8080/r", "https://e.org/zlib.tgz?a=b&c", "x", "é\"\\", "file:///mnt/stick/blob/c/n", "/mnt/stick/git/e/r.git"})
		own := rapid.MapOf(urls, rapid.SliceOf(urls)).Draw(rt, "mirrors")
		user := map[string]any{"b": 1, "local mirrors": own, "a": map[string]any{"local mirrors": 5}}
		var old []byte
		switch rapid.IntRange(0, 2).Draw(rt, "style") {
		case 0:
			old, _ = json.Marshal(user)
		case 1:
			old, _ = json.MarshalIndent(user, "", "\t")
		case 2:
			old, _ = json.MarshalIndent(user, " ", "  ")
		}
		merged, err := someLocations.MergeLocal(old, b)
		if err != nil {
			rt.Fatalf("%s: %v", old, err)
		}
		var got struct {
			A, B    any
			Mirrors map[string][]string `json:"local mirrors"`
		}
		if err := json.Unmarshal(merged, &got); err != nil || got.B != float64(1) {
			rt.Fatalf("%s: %v", merged, err)
		}
		want := someLocations.mirrors(b)
		for u, list := range own {
			for _, entry := range list {
				if !b.has(entry) {
					want[u] = append(want[u], entry)
				}
			}
			if len(want[u]) == 0 && len(list) == 0 {
				want[u] = list
			}
		}
		for u, list := range got.Mirrors {
			if len(list) > 0 || len(want[u]) > 0 {
				if diff := cmp.Diff(want[u], list); diff != "" {
					rt.Fatalf("%s: %s: -want +got:\n%s", merged, u, diff)
				}
			}
		}
	})
}

func TestBases(t *testing.T) {
	for text, want := range map[string][2]string{
		"http://m:8000/justmr/": {"http://m:8000/justmr/blob/c/n%25", "http://m:8000/justmr/git/h:80/p.git"},
		"https://m":             {"https://m/blob/c/n%25", "https://m/git/h:80/p.git"},
		"file:///a%20b/justmr":  {"file:///a%20b/justmr/blob/c/n%25", "/a b/justmr/git/h+80/p.git"},
		"/a b/justmr/":          {"file:///a%20b/justmr/blob/c/n%25", "/a b/justmr/git/h+80/p.git"},
	} {
		b := mustBase(t, text)
		if got := [2]string{b.file("blob/c/n%"), b.repository("git/h:80/p.git")}; got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
		if !b.has(want[0]) || !b.has(want[1]) || b.has("http://other/justmr/blob/c/n") || b.has("/elsewhere/git/h") {
			t.Errorf("%s: what is ours is not told apart", text)
		}
	}
	for _, text := range []string{"", "mirror", "ftp://m/", "http://", "http://m/?x", "http://m/#x", "file://host/x", "http:m", "./x", "http://m/\n"} {
		if _, err := ParseBase(text); err == nil {
			t.Errorf("%q is a base", text)
		}
	}
}
