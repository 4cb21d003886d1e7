package audit

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files")

func entries() []Entry {
	return []Entry{
		{Type: "git", Path: "git/git.example.org/r.git", FirstSeen: "2026-01-02", Repositories: []string{"r", "r/lib", "r"}, Files: []string{"/etc/repos.json"},
			URLs: []URL{{"https://git.example.org/r", true, "ok", "2026-03-04"}, {"https://mirror.example.org/r.git", false, "absent", "2026-03-05"}},
			Pins: []Pin{{"main", strings.Repeat("1", 40)}, {"v1", strings.Repeat("2", 40)}, {"main2", strings.Repeat("1", 40)}}},
		{Type: "git tree", Content: strings.Repeat("4", 40), Repositories: []string{"made"}, Files: []string{"/etc/repos.json"}},
		{Type: "archive", Content: strings.Repeat("c", 40), SHA256: strings.Repeat("5", 64), SHA512: strings.Repeat("6", 128), Size: 12345, Path: "blob/" + strings.Repeat("c", 40) + "/zlib.tgz",
			URLs:  []URL{{"https://example.org/zlib.tgz?a=1&b=<2>", true, "absent", "2026-03-04"}, {"https://mirror.example.org/zlib.tgz", false, "ok", "2026-03-01"}},
			Names: []string{"zlib.tgz", "again.tgz"}, Repositories: []string{"zlib", "größe"}, Files: []string{"b.json", "a.json"}, Licence: "zlib/LICENSE, zlib/NOTICE", FirstSeen: "2025-12-31"},
		{Type: "foreign file", Content: strings.Repeat("a", 40), URLs: []URL{{URL: "not a url %zz", Primary: true}}, Names: []string{"=cmd|' /C calc'!A0"}, Repositories: []string{"+1"}, Files: []string{"@x"}},
	}
}

func TestGolden(t *testing.T) {
	list := entries()
	Prepare(list)
	for name, got := range map[string][]byte{"audit.json": JSON(list), "audit.csv": CSV(list), "audit.cdx.json": CycloneDX(list)} {
		if *update {
			if err := os.WriteFile("testdata/"+name, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// The order in which things are found makes no difference.
func TestDeterministic(t *testing.T) {
	first := entries()
	Prepare(first)
	for seed := range uint64(20) {
		list := entries()
		rng := rand.New(rand.NewPCG(seed, 1))
		rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		for _, e := range list {
			rng.Shuffle(len(e.Names), func(i, j int) { e.Names[i], e.Names[j] = e.Names[j], e.Names[i] })
		}
		Prepare(list)
		if diff := cmp.Diff(first, list); diff != "" {
			t.Fatal(diff)
		}
		if !bytes.Equal(CycloneDX(first), CycloneDX(list)) {
			t.Fatal("another bill of materials")
		}
	}
}

func TestUpstream(t *testing.T) {
	ok, absent, never := "ok", "absent", ""
	for _, c := range []struct {
		primary, mirror, want, seen string
	}{
		{ok, ok, Live, "2"}, {ok, absent, Live, "1"}, {absent, ok, Moved, "2"}, {absent, absent, Gone, ""}, {never, never, Unknown, ""}, {never, ok, Moved, "2"}, {ok, never, Live, "1"}, {absent, never, Gone, ""},
	} {
		list := []Entry{{URLs: []URL{{"p", true, c.primary, "1"}, {"m", false, c.mirror, "2"}}}}
		Prepare(list)
		if list[0].Upstream != c.want || list[0].LastSeen != c.seen {
			t.Errorf("%+v: %s, seen %q", c, list[0].Upstream, list[0].LastSeen)
		}
	}
}

func TestEveryFieldIsThere(t *testing.T) {
	list := []Entry{{}}
	Prepare(list)
	var objects []map[string]any
	if err := json.Unmarshal(JSON(list), &objects); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"content", "sha256", "sha512", "size", "type", "urls", "names", "repositories", "files", "licence", "first_seen", "last_seen", "upstream"} {
		if v, ok := objects[0][key]; !ok || v == nil {
			t.Errorf("%s: %v", key, v)
		}
	}
	if got := string(JSON(nil)); got != "[]\n" {
		t.Errorf("no entries: %s", got)
	}
	head, _, _ := strings.Cut(string(CSV(nil)), "\n")
	if want := "content,sha256,sha512,size,type,urls,names,repositories,files,licence,first_seen,last_seen,upstream,path,pins"; head != want {
		t.Error(head)
	}
}

// No cell is a formula, and each can be read back.
func TestCellsAreNoFormulas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nasty := rapid.StringMatching(`[ \t\r\n\x{a0}]{0,2}[=+@|%,"'a-]{0,3}[\n,"a]{0,2}`).Draw(t, "text")
		list := []Entry{{Content: nasty, Names: []string{nasty}, Repositories: []string{nasty}, Licence: nasty, Path: nasty, URLs: []URL{{URL: nasty}}}}
		rows, err := csv.NewReader(bytes.NewReader(CSV(list))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) != 2 {
			t.Fatalf("%d rows", len(rows))
		}
		for _, cell := range rows[1] {
			if regexp.MustCompile(`^[\s\x{a0}]*[=+@|%-]`).MatchString(cell) {
				t.Fatalf("%q is a formula", cell)
			}
		}
		// The reader of Go makes line feeds of CR LF.
		if want := strings.ReplaceAll(nasty, "\r\n", "\n"); strings.TrimPrefix(rows[1][0], "'") != strings.TrimPrefix(want, "'") {
			t.Fatalf("%q became %q", nasty, rows[1][0])
		}
	})
}

func TestSerialNumber(t *testing.T) {
	serial := func(list []Entry) string {
		Prepare(list)
		var b bom
		if err := json.Unmarshal(CycloneDX(list), &b); err != nil {
			t.Fatal(err)
		}
		if b.Format != "CycloneDX" || b.Spec != "1.6" || b.Version != 1 {
			t.Errorf("%+v", b)
		}
		return b.SerialNumber
	}
	one := serial(entries())
	if !regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(one) {
		t.Error(one)
	}
	other := entries()
	other[2].SHA256 = strings.Repeat("7", 64)
	if serial(other) == one {
		t.Error("other content has the same serial number")
	}
	if refs := regexp.MustCompile(`"bom-ref": "([^"]*)"`).FindAllString(string(CycloneDX(entries())), -1); len(refs) != 5 || len(slices.Compact(slices.Sorted(slices.Values(refs)))) != 5 {
		t.Errorf("references are not distinct: %q", refs)
	}
}
