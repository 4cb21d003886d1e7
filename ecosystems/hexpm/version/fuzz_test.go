package version_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/offmirror/offmirror/ecosystems/hexpm/version"
)

func FuzzParse(f *testing.F) {
	for _, gv := range readGolden(f, goldenFiles[1].name).versions[:60] {
		f.Add(gv.text, "1.0.0")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		v, err := version.Parse(a)
		if err != nil {
			checkMessage(t, err)
			return
		}
		if v.String() != a || v.Compare(v) != 0 {
			t.Fatalf("%q became %q", a, v)
		}
		if v.Strict() && (strings.Count(a, ".") < 2 || version.CheckPathComponent(a) != nil && len(a) <= 140) {
			t.Fatalf("%q is strict", a)
		}
		if w, err := version.Parse(b); err == nil && v.Compare(w) != -w.Compare(v) {
			t.Fatalf("%q and %q: %d one way, %d the other", a, b, v.Compare(w), w.Compare(v))
		}
	})
}

func FuzzParseRequirement(f *testing.F) {
	for _, gr := range readGolden(f, goldenFiles[1].name).requirements {
		f.Add(gr.text, "1.1.0-rc.1")
	}
	f.Fuzz(func(t *testing.T, text, candidate string) {
		r, err := version.ParseRequirement(text)
		if err != nil {
			checkMessage(t, err)
			return
		}
		if r.String() != text || r.IsAny() {
			t.Fatalf("%q became %q", text, r)
		}
		v, err := version.Parse(candidate)
		if err != nil {
			return
		}
		allowing, denying := r.Match(v, true), r.Match(v, false)
		if denying && !allowing || !v.IsPre() && allowing != denying {
			t.Fatalf("%q matches %s: %v with pre-releases, %v without", text, v, allowing, denying)
		}
		if ranges, err := r.SolverRanges(); err != nil {
			checkMessage(t, err)
		} else if inAny(ranges, v) != allowing {
			t.Fatalf("%q: ranges and matcher differ for %s", text, v)
		}
	})
}

func FuzzParseRoot(f *testing.F) {
	for _, entry := range []string{"jason", "plug ~> 1.15", "phoenix == 1.7.10 or ~> 1.8", "plug@1", "Plug", "plug 1", "plug: \"x\"", "a\n", "a!"} {
		f.Add(entry)
	}
	f.Fuzz(func(t *testing.T, entry string) {
		root, err := version.ParseRoot(entry)
		if err != nil {
			checkMessage(t, err)
			return
		}
		if err := version.CheckName(root.Package); err != nil || !strings.Contains(entry, root.Package) {
			t.Fatalf("%q names the package %q: %v", entry, root.Package, err)
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
