package ecosystems_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems"
)

func TestQueriesAreBounded(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "  \t\n": "", "Plug  1.15": "plug 1.15", "a b c d e f g h i j": "a b c d e f g h", strings.Repeat("x", 5000): strings.Repeat("x", 200),
		"\xff\xfeplug": "plug", strings.Repeat("é", 150): strings.Repeat("é", 100),
	} {
		q := ecosystems.ParseQuery(text)
		if got := strings.Join(q.Words(), " "); got != want || q.Empty() != (want == "") {
			t.Errorf("%.40q: %q", text, got)
		}
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		query, name string
		rank        ecosystems.Rank
		rest        string
		ok          bool
	}{
		{"plug", "plug", ecosystems.Exact, "", true}, {"PLUG", "Plug", ecosystems.Exact, "", true}, {"plug", "plug_cowboy", ecosystems.Begins, "", true},
		{"plug", "explug", ecosystems.Contains, "", true}, {"plug 1.15", "plug", ecosystems.Exact, "1.15", true}, {"cow plug", "plug_cowboy", ecosystems.Begins, "", true},
		{"1.15", "plug", ecosystems.Contains, "1.15", false}, {"", "plug", ecosystems.Contains, "", false},
	} {
		rank, rest, ok := ecosystems.ParseQuery(c.query).Name(c.name)
		if rank != c.rank || strings.Join(rest, " ") != c.rest || ok != c.ok {
			t.Errorf("%q in %q: %v %q %v", c.query, c.name, rank, rest, ok)
		}
	}
}

func TestWordsInTexts(t *testing.T) {
	for query, want := range map[string]bool{"zlib": true, "ZLIB tar": true, "zlib nobody": false, "": false} {
		if got := ecosystems.ParseQuery(query).In("Zlib-1.3", "archive tar"); got != want {
			t.Errorf("%q: %v", query, got)
		}
	}
}

func TestWantedVersions(t *testing.T) {
	for _, c := range []struct {
		rank    ecosystems.Rank
		rest    string
		version string
		want    bool
	}{
		{ecosystems.Exact, "", "1.0.0", true}, {ecosystems.Begins, "", "1.0.0", false}, {ecosystems.Begins, "1.0", "1.0.0", true}, {ecosystems.Exact, "1.0", "2.1.0", true},
		{ecosystems.Exact, "v1.0", "2.1.0", false}, {ecosystems.Exact, "v2.1", "2.1.0", true}, {ecosystems.Exact, "rc", "2.1.0-RC.1", true}, {ecosystems.Exact, "2 dev", "2.1.0", false},
	} {
		if got := (ecosystems.Candidate[int]{Rank: c.rank, Rest: strings.Fields(c.rest)}).Wanted(c.version); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestCandidates(t *testing.T) {
	names := []string{"explug", "plug_cowboy", "nobody", "plug", "plug_static", "plug"}
	each := func(yield func(string, int) bool) {
		for i, name := range names {
			if !yield(name, i) {
				return
			}
		}
	}
	var got []string
	for _, c := range ecosystems.Candidates(ecosystems.ParseQuery("plug"), 10, each) {
		got = append(got, fmt.Sprint(c.Name, c.Value))
	}
	if want := "plug3 plug5 plug_cowboy1 plug_static4 explug0"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %v", got, want)
	}
}

// However many suit, the best are found, and no more are kept than are needed.
func TestCandidatesAreTheBest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(rapid.StringMatching(`[ab]{1,4}`), 0, 600).Draw(t, "names")
		q := ecosystems.ParseQuery(rapid.SampledFrom([]string{"a", "ab", "b aa"}).Draw(t, "query"))
		limit := rapid.IntRange(1, 20).Draw(t, "limit")
		pick := func(limit int) (picked []string) {
			for _, c := range ecosystems.Candidates(q, limit, func(yield func(string, int) bool) {
				for i, name := range names {
					if !yield(name, i) {
						return
					}
				}
			}) {
				picked = append(picked, c.Name)
			}
			return picked
		}
		all := pick(len(names) + 1)
		if got, want := fmt.Sprint(pick(limit)), fmt.Sprint(all[:min(limit, len(all))]); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	})
}

func FuzzQuery(f *testing.F) {
	f.Add("plug 1.15", "Plug")
	f.Add("\xff", "\x00")
	f.Fuzz(func(t *testing.T, text, name string) {
		q := ecosystems.ParseQuery(text)
		if words := strings.Join(q.Words(), " "); len(words) > 1000 || !utf8.ValidString(words) {
			t.Fatalf("%q", words)
		}
		_, rest, ok := q.Name(name)
		if ok != (len(rest) < len(q.Words())) {
			t.Fatalf("%q in %q: %q", text, name, rest)
		}
	})
}
