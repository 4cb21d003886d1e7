package layout

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestCheckPath(t *testing.T) {
	good := []string{
		"a", "names", "tarballs/plug-1.15.3.tar", "a/b/c", ".hidden", "a..b", "...a",
		"git/git.corp:8443/x.git", "bin/linux/x64/1.11/julia-1.11.0+0.tar.gz", "attachment.cgi?id=9751", "a b", "~", "-x",
		"päckage", "日本", "console", "com10", "auxiliary/x", "lpt", "nul1",
		strings.Repeat("a", maxElement), strings.Repeat("a/", 1999) + "a",
	}
	for _, p := range good {
		if err := CheckPath(p); err != nil {
			t.Errorf("refused: %v", err)
		}
	}
	bad := map[string][]string{
		"empty":       {"", "a//b", "a/"},
		"absolute":    {"/", "/etc/passwd", "//x"},
		"element .":   {".", "..", "a/./b", "a/../b", "../a", "a/.."},
		"control":     {"a\x00b", "a\nb", "\x1b[31m", "a\x7f", "a\u0085b", "a\u202eb", "\u2066a"},
		"backslash":   {`a\b`, `..\x`},
		"UTF-8":       {"a\xff", "\xc0\xaf", "\xed\xa0\x80"},
		"bytes":       {strings.Repeat("a", maxElement+1), strings.Repeat("a/", 2000) + "a"},
		"Windows":     {"a.", "a ", "a./b", "con", "CON", "x/NUL.txt", "aux.", "Com1", "lpt9.tar.gz", "com¹", "prn .txt"},
		"many things": {strings.Repeat("\x00", 1<<20)},
	}
	for reason, paths := range bad {
		for _, p := range paths {
			err := CheckPath(p)
			if err == nil {
				t.Errorf("accepted %.60q", p)
			} else if len(err.Error()) > 1000 || reason != "many things" && !strings.Contains(err.Error(), reason) {
				t.Errorf("%v: want a reason with %q", err, reason)
			}
		}
	}
}

func FuzzCheckPath(f *testing.F) {
	for _, p := range []string{"a/b", "../x", "a\x00", "con", "ß/ẞ"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p string) {
		if CheckPath(p) != nil {
			return
		}
		if !utf8.ValidString(p) || strings.ContainsAny(p, "\x00\n\\") || strings.HasPrefix(p, "/") {
			t.Errorf("accepted %q", p)
		}
		for e := range strings.SplitSeq(p, "/") {
			if e == "" || e == "." || e == ".." || len(e) > 255 {
				t.Errorf("accepted %q with element %q", p, e)
			}
		}
		if key := FoldKey(p); FoldKey(key) != key {
			t.Errorf("FoldKey(%q) folds again", p)
		}
	})
}

func TestFoldKey(t *testing.T) {
	same := [][2]string{{"abc", "ABC"}, {"k", "\u212a"}, {"straße", "STRAẞE"}, {"σ", "ς"}, {"ǅ", "ǆ"}, {"é", "É"}}
	for _, pair := range same {
		if FoldKey(pair[0]) != FoldKey(pair[1]) {
			t.Errorf("%q and %q differ", pair[0], pair[1])
		}
	}
	for _, pair := range [][2]string{{"a", "b"}, {"a", "á"}, {"a/b", "a-b"}, {"1", "2"}} {
		if FoldKey(pair[0]) == FoldKey(pair[1]) {
			t.Errorf("%q and %q are the same", pair[0], pair[1])
		}
	}
}

func TestPaths(t *testing.T) {
	for _, test := range []struct {
		taken []string
		path  string
		want  string // in the error; "" for none
	}{
		{[]string{"a/b", "a/c"}, "a/d", ""},
		{[]string{"a/b/c/d"}, "a/b/c2/d", ""},
		{[]string{"a"}, "a", "occurs twice"},
		{[]string{"a/b"}, "a/B", "ignore case"},
		{[]string{"a/b"}, "A/c", "only by case"},
		{[]string{"x/a/b"}, "x/A", "folder"},
		{[]string{"x/a/b"}, "x/a", "folder"},
		{[]string{"x/a"}, "x/a/b", "needs the file"},
		{[]string{"x/a"}, "x/A/b", "ignore case"},
		{[]string{"a-b", "a/b", "a0"}, "a.b", ""},
	} {
		var paths Paths
		for _, p := range test.taken {
			if err := paths.Add(p); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 { // a refused path takes nothing
			err := paths.Add(test.path)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%q then %q: %v, want %q", test.taken, test.path, err, test.want)
			}
			if test.want == "" {
				break
			}
		}
	}
}

// pathGenerator makes short paths that clash often.
var pathGenerator = rapid.StringMatching(`[abAB](/[abAB]){0,3}`)

// Lists and Paths refuse the same sets of paths.
func TestListAndPathsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(pathGenerator, 0, 8, rapid.ID).Draw(t, "paths")
		var paths Paths
		var clash error
		for _, p := range names {
			if err := paths.Add(p); err != nil {
				clash = err
			}
		}
		_, err := NewList(func(yield func(Entry) bool) {
			for _, p := range names {
				if !yield(Entry{Path: p}) {
					return
				}
			}
		})
		if (err == nil) != (clash == nil) {
			t.Fatalf("list says %v, Paths says %v", err, clash)
		}
	})
}
