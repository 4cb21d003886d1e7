package resolve_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/resolve"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

func TestParseRoot(t *testing.T) {
	const id = "7876af07-990d-54b4-ab0e-23690620f79a"
	for entry, want := range map[string][3]string{
		"JSON":                      {"JSON", "", "*"},
		" JSON ":                    {"JSON", "", "*"},
		"JSON@0.21, 1":              {"JSON", "", "0.21, 1"},
		"JSON@ 0.21":                {"JSON", "", "0.21"},
		"JSON 0.21.3":               {"JSON", "", "0.21.3-0.21"},
		"JSON @~0.21":               {"JSON", "", "0.21"},
		"Plots >= 1.40":             {"Plots", "", "1.40.0-*"},
		"Plots 1.2 - 1.40":          {"Plots", "", "1.2-1.40"},
		"deSolve_2!":                {"deSolve_2!", "", "*"},
		"Ψ":                         {"Ψ", "", "*"},
		id:                          {"", id, "*"},
		strings.ToUpper(id):         {"", id, "*"},
		id + "@0.5":                 {"", id, "0.5"},
		"Example=" + id:             {"Example", id, "*"},
		"Example=" + id + "@0.5, 1": {"Example", id, "0.5, 1"},
	} {
		r, err := resolve.ParseRoot(entry)
		got := [3]string{r.Name, "", r.Compat.String()}
		if !r.UUID.IsZero() {
			got[1] = r.UUID.String()
		}
		if err != nil || got != want || r.String() != strings.TrimSpace(entry) {
			t.Errorf("ParseRoot(%q) = %q, %v, want %q", entry, got, err, want)
		}
	}
}

func TestParseRootRefuses(t *testing.T) {
	for entry, want := range map[string]string{
		"":                                      "has no name",
		"@1":                                    "has no name",
		"=":                                     "has no UUID",
		"JSON=1.2":                              "has no UUID behind",
		"=7876af07-990d-54b4-ab0e-23690620f79a": "has no name",
		"JSON@":                                 "has no versions",
		"JSON @ ":                               "has no versions",
		"JSON@x":                                "cannot be read",
		"JSON@0.21,":                            "cannot be read",
		"JSON.jl":                               `the package is called "JSON"`,
		"JSON>=1":                               "no UUID",
		"JSON>1":                                "neither a name",
		"JSON/x":                                "neither a name",
		"a-b":                                   "neither a name",
		"J\x00":                                 "neither a name",
		strings.Repeat("x", 300):                "neither a name",
	} {
		_, err := resolve.ParseRoot(entry)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseRoot(%q): %v, want %q", entry, err, want)
		}
	}
}

func FuzzParseRoot(f *testing.F) {
	for _, entry := range []string{"JSON", "JSON@0.21, 1", "Plots >= 1.40", "Example=7876af07-990d-54b4-ab0e-23690620f79a@0.5", "7876af07-990d-54b4-ab0e-23690620f79a"} {
		f.Add(entry)
	}
	f.Fuzz(func(t *testing.T, entry string) {
		r, err := resolve.ParseRoot(entry)
		switch {
		case err == nil && (r.Name == "" && r.UUID.IsZero() || r.Compat == nil || !strings.Contains(entry, r.Name)):
			t.Fatalf("%q became %+v", entry, r)
		case err != nil && (len(err.Error()) > 1500 || strings.ContainsFunc(err.Error(), func(c rune) bool { return !unicode.IsPrint(c) })):
			t.Fatalf("not a message for one line: %q", err)
		}
	})
}

func TestParsePolicy(t *testing.T) {
	for text, want := range map[string]string{
		"": "all", "all": "all", "latest:1": "latest:1", "latest:12": "latest:12", "latest:007": "latest:7", "compatible": "compatible", "locked": "locked",
		"latest": "", "latest:": "", "latest:0": "", "latest:-1": "", "latest:x": "", "latest:99999999": "", "All": "", "newest": "",
	} {
		p, err := resolve.ParsePolicy(text)
		if (err == nil) != (want != "") || err == nil && (p.String() != want || p.Locked() != (text == "locked")) {
			t.Errorf("ParsePolicy(%q) = %v, %v, want %q", text, p, err, want)
		}
	}
}

// TestPolicies holds which versions of a package each policy keeps, for a root and as
// a dependency.
func TestPolicies(t *testing.T) {
	r := world(t, "R", `
package Lib
versions 0.1.0 0.1.1 0.2.0 1.0.0 1.1.0 1.2.0+0 1.2.0+1 2.0.0 2.1.0-rc1
package App
versions 1.0.0
deps 1 Lib
compat 1 Lib=0.1-1
`)
	for _, c := range []struct{ policy, root, want string }{
		{"all", "Lib", "0.1.0 0.1.1 0.2.0 1.0.0 1.1.0 1.2.0+0 1.2.0+1 2.0.0 2.1.0-rc1"},
		{"all", "Lib@1.1", "1.1.0 1.2.0+0 1.2.0+1"},
		{"all", "App", "0.1.0 0.1.1 0.2.0 1.0.0 1.1.0 1.2.0+0 1.2.0+1"},
		{"latest:1", "Lib", "2.0.0 2.1.0-rc1"},
		{"latest:3", "Lib", "1.2.0+0 1.2.0+1 2.0.0 2.1.0-rc1"},
		{"latest:1", "Lib@1", "1.2.0+1"},
		{"latest:1", "App", "0.1.1 0.2.0 1.2.0+1"},
		{"latest:2", "App", "0.1.1 0.2.0 1.2.0+0 1.2.0+1"},
		{"latest:99", "Lib@0.1", "0.1.0 0.1.1"},
		{"compatible", "Lib", "0.1.1 0.2.0 1.2.0+1 2.0.0 2.1.0-rc1"},
		{"compatible", "App", "0.1.1 0.2.0 1.2.0+1"},
		{"locked", "Lib", ""},
	} {
		got := ""
		for _, line := range kept(closure(t, resolve.Selection{Roots: roots(t, c.root), Versions: policy(t, c.policy)}, r)) {
			if rest, ok := strings.CutPrefix(line, "Lib "); ok {
				got = rest
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s of %s:\n%s", c.policy, c.root, diff)
		}
	}
	if v := version.MustParse("0.1.0"); v.Class().String() != "0.1" {
		t.Error(v.Class())
	}
}
