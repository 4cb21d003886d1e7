package layout

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/fetch/store"
)

func mustSnapshot(t testing.TB, entries ...Entry) *Snapshot {
	t.Helper()
	l, err := NewList(slices.Values(entries))
	if err != nil {
		t.Fatal(err)
	}
	return &Snapshot{List: l, Header: Header{
		Format: format, Ecosystem: "toy", ID: identify("toy", l), Files: int64(l.Len()), Bytes: l.Total(),
		Time: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC),
	}}
}

func encode(t testing.TB, s *Snapshot) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// compress makes a file of a header line and text.
func compress(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(z, text)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func decompress(t testing.TB, data []byte) string {
	t.Helper()
	z, err := zstd.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestEncodedForm(t *testing.T) {
	s := mustSnapshot(t, Entry{Path: "b/c", Object: object("two"), Size: 3}, Entry{Path: "a", Object: object("one"), Size: 0})
	s.Missing = []Missing{{Path: "x", Name: "x 1.0", Reason: "gone", Absent: true}}
	s.Config = json.RawMessage("{\n  \"packages\": [\"x\"]\n}")
	head, entries, _ := strings.Cut(decompress(t, encode(t, s)), "\n")
	want := object("one").String() + " 0 a\n" + object("two").String() + " 3 b/c\n"
	if entries != want {
		t.Errorf("entries\n%swant\n%s", entries, want)
	}
	const wantHead = `{"format":1,"id":"fa035b02f106b1c97b81b71010ad9831","ecosystem":"toy","time":"2026-01-02T03:04:05.000000006Z",` +
		`"files":2,"bytes":3,"config":{"packages":["x"]},"missing":[{"path":"x","name":"x 1.0","reason":"gone","absent":true}]}`
	if diff := cmp.Diff(wantHead, head); diff != "" {
		t.Errorf("the form changed; old snapshots must stay readable and ids the same: %s", diff)
	}
}

func TestEncodedLinks(t *testing.T) {
	s := mustSnapshot(t, Entry{Path: "b/c d", Link: "../a"}, Entry{Path: "a", Object: object("one"), Size: 4})
	head, entries, _ := strings.Cut(decompress(t, encode(t, s)), "\n")
	want := object("one").String() + " 4 a\nlink b/c d\t../a\n"
	if entries != want {
		t.Errorf("entries\n%swant\n%s", entries, want)
	}
	if !strings.Contains(head, `"files":2,"bytes":4`) {
		t.Errorf("header %s", head)
	}
	for _, e := range []Entry{{Path: "b/c d", Link: "../b"}, {Path: "b/c", Link: "../a"}, {Path: "b/c d", Object: object("")}} {
		if mustSnapshot(t, e, s.At(0)).ID == s.ID {
			t.Errorf("%v has the id of %v", e, s.At(1))
		}
	}
}

func TestIDDependsOnContentAlone(t *testing.T) {
	a := mustSnapshot(t, Entry{Path: "a", Object: object("1"), Size: 1})
	later := mustSnapshot(t, Entry{Path: "a", Object: object("1"), Size: 1})
	if a.ID != later.ID {
		t.Error("equal content, different ids")
	}
	for _, e := range []Entry{{Path: "a", Object: object("2"), Size: 1}, {Path: "b", Object: object("1"), Size: 1}, {Path: "a", Object: object("1"), Size: 2}} {
		if mustSnapshot(t, e).ID == a.ID {
			t.Errorf("%v has the id of %v", e, a.At(0))
		}
	}
	if identify("hex", a.List) == a.ID {
		t.Error("another ecosystem, same id")
	}
}

var entryGenerator = rapid.Custom(func(t *rapid.T) Entry {
	path := rapid.StringMatching(`[a-d]{1,2}(/[a-z0-9+:é-]{1,5}){0,4}x`).Draw(t, "path")
	if rapid.IntRange(0, 3).Draw(t, "link") == 0 {
		up := strings.Repeat("../", rapid.IntRange(0, strings.Count(path, "/")).Draw(t, "up"))
		return Entry{Path: path, Link: up + rapid.StringMatching(`[a-zé ]{1,3}x(/[a-d]{1,3}){0,3}`).Draw(t, "target")}
	}
	return Entry{
		Path:   path,
		Object: store.ID(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "object")),
		Size:   rapid.Int64Range(0, math.MaxInt64/1000).Draw(t, "size"),
	}
})

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.SliceOfNDistinct(entryGenerator, 0, 50, func(e Entry) string { return e.Path }).Draw(t, "entries")
		l, err := NewList(slices.Values(entries))
		if err != nil {
			return // they clash
		}
		s := &Snapshot{List: l, Header: Header{
			Format: format, Ecosystem: "toy", ID: identify("toy", l), Files: int64(l.Len()), Bytes: l.Total(), Time: time.Unix(1, 2).UTC(),
		}}
		var b bytes.Buffer
		if err := s.Encode(&b); err != nil {
			t.Fatal(err)
		}
		got, err := Decode(&b, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s.Header, got.Header); diff != "" {
			t.Fatal(diff)
		}
		slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
		if diff := cmp.Diff(entries, slices.AppendSeq([]Entry{}, got.All(""))); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestDecodeRefuses(t *testing.T) {
	good := decompress(t, encode(t, mustSnapshot(t, Entry{Path: "a", Object: object("1"), Size: 1}, Entry{Path: "b", Object: object("2"), Size: 2})))
	head, _, _ := strings.Cut(good, "\n")
	line := func(path string) string { return object("1").String() + " 1 " + path + "\n" }
	// signed makes a file whose id is right for lines that no honest writer makes.
	signed := func(files int, lines ...string) string {
		sum := newIdentity("toy")
		io.WriteString(sum, strings.Join(lines, ""))
		bytes := files - strings.Count(strings.Join(lines, ""), linkWord)
		return fmt.Sprintf(`{"format":1,"id":"%s","ecosystem":"toy","files":%d,"bytes":%d}`, identity(sum), files, bytes) + "\n" + strings.Join(lines, "")
	}
	for name, test := range map[string]struct{ text, want string }{
		"empty":             {"", "unexpected EOF"},
		"no newline":        {"{}", "unexpected EOF"},
		"not JSON":          {"hello\n", "header"},
		"other format":      {strings.Replace(good, `"format":1`, `"format":2`, 1), "newer"},
		"no format":         {strings.Replace(good, `"format":1`, `"format":0`, 1), "unknown format"},
		"ecosystem":         {strings.Replace(good, `"toy"`, `"../x"`, 1), "ecosystem"},
		"other ecosystem":   {strings.Replace(good, `"toy"`, `"hex"`, 1), "has the id"},
		"id":                {strings.Replace(good, `"id":"`, `"id":"../`, 1), "bad id"},
		"negative count":    {strings.Replace(good, `"files":2`, `"files":-1`, 1), "impossible"},
		"huge count":        {strings.Replace(good, `"files":2`, `"files":9223372036854775807`, 1), "counts"},
		"wrong bytes":       {strings.Replace(good, `"bytes":3`, `"bytes":4`, 1), "counts"},
		"cut entry":         {good[:len(good)-1], "unexpected EOF"},
		"lost entry":        {good[:len(head)+1+len(line("a"))], "has the id"},
		"changed entry":     {strings.Replace(good, " 2 b", " 3 b", 1), "has the id"},
		"traversal":         {signed(1, line("../../etc/cron.d/x")), "element .."},
		"absolute":          {signed(1, line("/etc/passwd")), "absolute"},
		"control":           {signed(1, line("a\x1bb")), "control"},
		"not sorted":        {signed(2, line("b"), line("a")), "not sorted"},
		"twice":             {signed(2, line("a"), line("a")), "not sorted"},
		"case clash":        {signed(2, line("A"), line("a")), "ignore case"},
		"file and folder":   {signed(2, line("a"), line("a/b")), "folder"},
		"upper-case object": {signed(1, strings.ToUpper(object("1").String())+" 1 a\n"), "lower-case"},
		"short object":      {signed(1, "ab 1 a\n"), "hexadecimal"},
		"no path":           {signed(1, object("1").String()+" 1\n"), "want SHA256"},
		"negative size":     {signed(1, object("1").String()+" -1 a\n"), "bad size"},
		"size with plus":    {signed(1, object("1").String()+" +1 a\n"), "bad size"},
		"size with zeros":   {signed(1, object("1").String()+" 01 a\n"), "bad size"},
		"sizes overflow":    {signed(2, object("1").String()+" 9223372036854775807 a\n", line("b")), "impossible size"},
		"link out":          {signed(1, "link a/b\t../../etc/passwd\n"), "leads out"},
		"absolute link":     {signed(1, "link a\t/etc/passwd\n"), "absolute"},
		"link with NUL":     {signed(1, "link a\tb\x00\n"), "control"},
		"link with a tab":   {signed(1, "link a\tb\tc\n"), "control"},
		"link back down":    {signed(1, "link a/b\tc/../../../d\n"), "element .."},
		"empty link":        {signed(1, "link a\t\n"), "empty"},
		"no target":         {signed(1, "link a\n"), "want link"},
		"link without path": {signed(1, "link \tb\n"), "is empty"},
		"hostile link path": {signed(1, "link ../a\tb\n"), "element .."},
		"long link":         {signed(1, "link a\t"+strings.Repeat("a/", 2048)+"a\n"), "bytes long"},
		"file below a link": {signed(2, "link a\tb\n", line("a/b")), "folder"},
		"changed link":      {strings.Replace(decompress(t, encode(t, mustSnapshot(t, Entry{Path: "a", Link: "b"}))), "\tb", "\tc", 1), "has the id"},
		"endless line":      {head + "\n" + strings.Repeat("x", 1<<20), "line too long"},
		"long line":         {signed(1, line(strings.Repeat("a/", 3000)+"a")), "want SHA256"},
		"header of commas":  {strings.Repeat(",", maxCommas+1) + "\n", "too many"},
		"endless header":    {strings.Repeat(" ", maxHeader+1<<17), "longer than"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Decode(bytes.NewReader(compress(t, test.text)), nil)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("Decode = %v, want %q", err, test.want)
			}
			oneLine(t, err)
		})
	}
	if _, err := Decode(strings.NewReader("not zstd"), nil); err == nil {
		t.Error("no zstd, no error")
	}
	whole := encode(t, mustSnapshot(t, Entry{Path: "a", Object: object("1"), Size: 1}))
	for n := range len(whole) {
		if _, err := Decode(bytes.NewReader(whole[:n]), nil); err == nil {
			t.Errorf("accepted the first %d of %d bytes", n, len(whole))
		}
	}
	broken := &brokenReader{whole[:20]}
	if _, err := Decode(broken, nil); !errors.Is(err, errBroken) {
		t.Errorf("Decode of a broken file = %v", err)
	}
}

var errBroken = errors.New("broken medium")

type brokenReader struct{ data []byte }

func (r *brokenReader) Read(p []byte) (int, error) {
	if len(r.data) == 0 {
		return 0, errBroken
	}
	n := copy(p, r.data)
	r.data = r.data[n:]
	return n, nil
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(f, mustSnapshot(f)), false)
	f.Add(encode(f, mustSnapshot(f, Entry{Path: "a", Object: object("1"), Size: 1}, Entry{Path: "b/c", Object: object("2"), Size: 1 << 40})), false)
	f.Add(encode(f, mustSnapshot(f, Entry{Path: "a", Object: object("1"), Size: 1}, Entry{Path: "b/c", Link: "../a"})), false)
	f.Add([]byte(decompress(f, encode(f, mustSnapshot(f, Entry{Path: "a", Link: "b"})))), true)
	f.Add([]byte(decompress(f, encode(f, mustSnapshot(f, Entry{Path: "a", Object: object("1"), Size: 1})))), true)
	f.Fuzz(func(t *testing.T, data []byte, plain bool) {
		if plain { // lets the fuzzer reach what is inside
			data = compress(t, string(data))
		}
		s, err := Decode(bytes.NewReader(data), nil)
		scanned, scanErr := scanAll(data)
		if err != nil {
			return
		}
		if diff := cmp.Diff(slices.AppendSeq([]Entry{}, s.All("")), scanned); scanErr != nil || diff != "" {
			t.Errorf("scanned: %v, %s", scanErr, diff)
		}
		if identify(s.Ecosystem, s.List) != s.ID {
			t.Error("accepted a wrong id")
		}
		for e := range s.All("") {
			if err := CheckPath(e.Path); err != nil {
				t.Error(err)
			}
			if err := CheckLink(e.Path, e.Link); e.IsLink() && err != nil {
				t.Error(err)
			}
			if got, ok := s.Lookup(e.Path); !ok || got != e {
				t.Errorf("Lookup(%q) = %v, %v", e.Path, got, ok)
			}
		}
		again, err := Decode(bytes.NewReader(encode(t, s)), nil)
		if err != nil || again.ID != s.ID {
			t.Errorf("not readable again: %v", err)
		}
	})
}
