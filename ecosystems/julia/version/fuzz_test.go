package version_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{"1.2.3", "v1.2", "1.0-", "1.0+", "1.0rc1", "1.2.11+18", "1.0.0-rc.1+b.2", "1.0.0--.+", "4294967296"} {
		f.Add(s, "1.2.3+4")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		v, err := version.Parse(a)
		if err != nil {
			checkMessage(t, err)
			return
		}
		if back, err := version.Parse(v.String()); err != nil || back != v {
			t.Fatalf("%q became %s, which became %s: %v", a, v, back, err)
		}
		if w, err := version.Parse(b); err == nil && (v.Compare(w) != -w.Compare(v) || (v.Compare(w) == 0) != (v == w)) {
			t.Fatalf("%s and %s: %d one way, %d the other", v, w, v.Compare(w), w.Compare(v))
		}
	})
}

func FuzzParseRange(f *testing.F) {
	for _, s := range []string{"0.1-0.3", "1", "1.2.3-1", "2.2.0 - 2", "*", "0.7-*", "1.2-1.2.0", "2-1"} {
		f.Add(s, "1.2.3+4")
	}
	f.Fuzz(func(t *testing.T, text, candidate string) {
		r, err := version.ParseRange(text)
		if err != nil {
			checkMessage(t, err)
			return
		}
		back, err := version.ParseRange(r.String())
		if err != nil || back != r {
			t.Fatalf("%q became %s, which became %s: %v", text, r, back, err)
		}
		v, err := version.Parse(candidate)
		if err != nil {
			return
		}
		if r.Contains(v) != r.Contains(v.Release()) || r.Contains(v) && r.Empty() {
			t.Fatalf("%s and %s: %v, empty %v", r, v, r.Contains(v), r.Empty())
		}
	})
}

func FuzzParseCompat(f *testing.F) {
	for _, s := range []string{"1.2.3", "^0.2", "~0.0.3", "=1.2", ">= 1.2", "≥1", "< 0.0.1, 1", "1.2 - 3", "0.0.0"} {
		f.Add(s, "1.2.3")
	}
	f.Fuzz(func(t *testing.T, text, candidate string) {
		set, err := version.ParseCompat(text)
		if err != nil {
			checkMessage(t, err)
			return
		}
		// The ranges are such as registries have.
		back, err := version.ParseSet(strings.Split(set.String(), ", ")...)
		if err != nil {
			t.Fatalf("%q became %s: %v", text, set, err)
		}
		if v, err := version.Parse(candidate); err == nil && set.Contains(v) != back.Contains(v) {
			t.Fatalf("%q became %s and %s, which differ for %s", text, set, back, v)
		}
	})
}

func checkMessage(t *testing.T, err error) {
	t.Helper()
	s := err.Error()
	if len(s) > 1000 || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Fatalf("not a message for one line: %q", s)
	}
}
