package version_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]string{
		"1.2.3":                      "1.2.3",
		"v1.2.3":                     "1.2.3",
		"V1.2.3":                     "1.2.3",
		"1.2":                        "1.2.0",
		"1":                          "1.0.0",
		"0.0.0":                      "0.0.0",
		"007.08.09":                  "7.8.9",
		"4294967295.0.1":             "4294967295.0.1",
		"1.2.11+18":                  "1.2.11+18",
		"1.2.3+007":                  "1.2.3+7",
		"1.2.3+build.5":              "1.2.3+build.5",
		"1.0.0-rc1":                  "1.0.0-rc1",
		"1.0.0-rc.1+2":               "1.0.0-rc.1+2",
		"1.0rc1":                     "1.0.0-rc1",
		"1.0.0DEV":                   "1.0.0-DEV",
		"1.0-":                       "1.0.0-",
		"1.0+":                       "1.0.0+",
		"1.0-alpha+":                 "1.0.0-alpha+",
		"1.0--":                      "1.0.0--",
		"1.0.0-0-0.x-":               "1.0.0-0-0.x-",
		"1.0.0+18446744073709551615": "1.0.0+18446744073709551615",
	} {
		v, err := version.Parse(in)
		if err != nil || v.String() != want {
			t.Errorf("Parse(%q) = %v, %v, want %s", in, v, err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for in, why := range map[string]string{
		"":                           "no number",
		"v":                          "no number",
		"x":                          "no number",
		"-1":                         "no number",
		"1.":                         "no number",
		"1..2":                       "no number",
		"1.2.3.4":                    "behind its numbers",
		" 1.2.3":                     "no number",
		"1.2.3 ":                     "behind its numbers",
		"1.2.3\n":                    "behind its numbers",
		"1_2":                        "behind its numbers",
		"4294967296":                 "beyond",
		"1.0.0-+1":                   "identifier",
		"1.0.0-a..b":                 "identifier",
		"1.0.0-a_b":                  "identifier",
		"1.0.0-é":                    "identifier",
		"1.0.0+a+b":                  "identifier",
		"1.0.0+.":                    "identifier",
		"1.0.0+18446744073709551616": "beyond",
		strings.Repeat("1", 300):     "longer",
	} {
		v, err := version.Parse(in)
		var e *version.Error
		if !errors.As(err, &e) || e.Text != in || !strings.Contains(err.Error(), why) || v != (version.Version{}) {
			t.Errorf("Parse(%.30q) = %v, %v, want an error with %q", in, v, err, why)
		}
	}
}

// TestOrder holds versions in ascending order; all pairs are compared.
func TestOrder(t *testing.T) {
	ascending := []string{
		"0.0.0-", "0.0.0", "0.0.1", "0.1.0", "0.9.99", "0.10.0",
		"1.0.0-", "1.0.0-0", "1.0.0-2", "1.0.0-10", "1.0.0-10.a", "1.0.0-DEV", "1.0.0-alpha", "1.0.0-alpha.1",
		"1.0.0-alpha.beta", "1.0.0-rc1", "1.0.0-rc1+1", "1.0.0-rc1+",
		"1.0.0", "1.0.0+0", "1.0.0+1", "1.0.0+2", "1.0.0+10", "1.0.0+10.0", "1.0.0+a", "1.0.0+a.b", "1.0.0+",
		"1.0.1-rc1", "1.0.1", "1.1.0", "2.0.0", "10.0.0",
	}
	for i, a := range ascending {
		for j, b := range ascending {
			want := max(-1, min(1, i-j))
			if got := version.MustParse(a).Compare(version.MustParse(b)); got != want {
				t.Errorf("Compare(%s, %s) = %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestParts(t *testing.T) {
	for in, want := range map[string]struct {
		pre            bool
		build, release string
		class          string
	}{
		"1.2.3":       {false, "", "1.2.3", "1"},
		"0.2.3-rc1":   {true, "", "0.2.3", "0.2"},
		"0.0.3+4":     {false, "4", "0.0.3", "0.0.3"},
		"0.0.0":       {false, "", "0.0.0", "0.0.0"},
		"12.0.0-+":    {},
		"12.0.0-a+b":  {true, "b", "12.0.0", "12"},
		"0.10.0+":     {false, "", "0.10.0", "0.10"},
		"1.0.0-":      {true, "", "1.0.0", "1"},
		"1.0.0+1.2.3": {false, "1.2.3", "1.0.0", "1"},
	} {
		v, err := version.Parse(in)
		if want.class == "" {
			if err == nil {
				t.Errorf("%s is a version", in)
			}
			continue
		}
		if v.IsPre() && !strings.HasPrefix(v.String(), v.Release().String()+"-"+v.Pre()) || !v.IsPre() && v.Pre() != "" {
			t.Errorf("%s has the pre-release %q", in, v.Pre())
		}
		if v.IsPre() != want.pre || v.Build() != want.build || v.Release().String() != want.release || v.Class().String() != want.class {
			t.Errorf("%s: pre-release %v, build %q, release %s, class %s", in, v.IsPre(), v.Build(), v.Release(), v.Class())
		}
	}
}

func TestVersionsAsText(t *testing.T) {
	var m map[version.Version]version.Version
	if err := json.Unmarshal([]byte(`{"v1.2": "1.0+02"}`), &m); err != nil {
		t.Fatal(err)
	}
	if text, err := json.Marshal(m); err != nil || string(text) != `{"1.2.0":"1.0.0+2"}` {
		t.Errorf("%s, %v", text, err)
	}
	if err := json.Unmarshal([]byte(`{"x": "1"}`), &m); err == nil {
		t.Error("x is a version")
	}
}

func TestMustPanics(t *testing.T) {
	for name, f := range map[string]func(){
		"MustParse":       func() { version.MustParse("x") },
		"MustParseRange":  func() { version.MustParseRange("x") },
		"MustParseCompat": func() { version.MustParseCompat("x") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}
