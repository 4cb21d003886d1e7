package version_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/hexpm/version"
)

func TestParse(t *testing.T) {
	long := strings.Repeat("9", 40)
	for _, c := range []struct {
		text        string
		pre, strict bool
	}{
		{"0.0.0", false, true},
		{"1.18.4", false, true},
		{"1.0.0-rc.1", true, true},
		{"1.0.0-rc.1+build.5", true, true},
		{"1.0.0+001", false, true},
		{"1.0.0--", true, true},
		{"1.4.5-6-g3318bd5", true, true},
		{"99999999999999.0.99999999999999", false, true},
		{"100000000000000.0.0", false, false},
		{long + "." + long + "." + long, false, false},
		{"1.0.0-" + long, true, false},
		{"1.0.0-x" + long, true, true},
		{"2014.01.07", false, false},
		{"1.0.0-01", true, false},
		{"1.2", false, false},
		{"1", false, false},
		{"1-dev", true, false},
	} {
		v, err := version.Parse(c.text)
		if err != nil {
			t.Errorf("Parse(%q): %v", c.text, err)
			continue
		}
		if v.String() != c.text || v.IsPre() != c.pre || v.Strict() != c.strict {
			t.Errorf("Parse(%q) = %q, pre-release %v, strict %v; want %v, %v", c.text, v, v.IsPre(), v.Strict(), c.pre, c.strict)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  `version "" is empty; write it like 1.2.3 or 1.2.3-rc.1`,
		"one":                               `version "one" has "one" where a number belongs; write it like 1.2.3 or 1.2.3-rc.1`,
		"1..2":                              `version "1..2" has "" where a number belongs; write it like 1.2.3 or 1.2.3-rc.1`,
		"1.2.3.4":                           `version "1.2.3.4" has more than three numbers; write it like 1.2.3 or 1.2.3-rc.1`,
		"1.2.3-":                            `version "1.2.3-" has "" in its pre-release; write it like 1.2.3 or 1.2.3-rc.1`,
		"1.2.3-a_b":                         `version "1.2.3-a_b" has "a_b" in its pre-release; write it like 1.2.3 or 1.2.3-rc.1`,
		"1.2.3+a+b":                         `version "1.2.3+a+b" has "a+b" in its build metadata; write it like 1.2.3 or 1.2.3-rc.1`,
		"1.2.3\n":                           `version "1.2.3\n" has "3\n" where a number belongs; write it like 1.2.3 or 1.2.3-rc.1`,
		"1.2.٣":                             `version "1.2.٣" has "٣" where a number belongs; write it like 1.2.3 or 1.2.3-rc.1`,
		"1.2.3-" + strings.Repeat("a", 256): `version "1.2.3-` + strings.Repeat("a", 58) + `"… is longer than 256 bytes; write it like 1.2.3 or 1.2.3-rc.1`,
	} {
		_, err := version.Parse(text)
		var typed *version.VersionError
		if !errors.As(err, &typed) || typed.Text != text {
			t.Errorf("Parse(%q): %v, want a VersionError", text, err)
		} else if err.Error() != want {
			t.Errorf("Parse(%q):\n got %v\nwant %s", text, err, want)
		}
	}
}

// TestPrecedence has every version precede those below it, and equal those
// beside it.
func TestPrecedence(t *testing.T) {
	order := [][]string{
		{"0.0.0-0", "0.0.0-00", "0-0"},
		{"0.0.0", "0", "0.0", "00.0.0", "0.0.0+b"},
		{"0.0.9"},
		{"0.0.10"},
		{"0.1.0-dev"},
		{"0.1.0"},
		{"1.0.0-0"},
		{"1.0.0-9", "1.0.0-09"},
		{"1.0.0-10"},
		{"1.0.0-99999999999999999999"},
		{"1.0.0--"},
		{"1.0.0-0a"}, // a word, as it is not only digits
		{"1.0.0-A"},
		{"1.0.0-a"},
		{"1.0.0-a.0"},
		{"1.0.0-a.a"},
		{"1.0.0-a.b"},
		{"1.0.0-aa"},
		{"1.0.0-rc.0"},
		{"1.0.0-rc.2"},
		{"1.0.0-rc.10"},
		{"1.0.0-rc0"},
		{"1.0.0-rc10"}, // words go by their bytes
		{"1.0.0-rc2"},
		{"1.0.0", "1.0", "1.0.0+x.y", "01.0.0"},
		{"99999999999999.0.0"},
		{"100000000000000.0.0"},
		{"18446744073709551616.0.0"},
		{"18446744073709551617.0.0"},
	}
	for i, row := range order {
		for j, other := range order {
			for _, a := range row {
				for _, b := range other {
					want := min(1, max(-1, i-j))
					if got := version.MustParse(a).Compare(version.MustParse(b)); got != want {
						t.Errorf("Compare(%q, %q) = %d, want %d", a, b, got, want)
					}
				}
			}
		}
	}
}

func TestSort(t *testing.T) {
	var vs []version.Version
	for _, s := range []string{"1.10.0", "1.9.0", "1.10.0-rc.1", "0.9.0", "1.10.0-rc.0"} {
		vs = append(vs, version.MustParse(s))
	}
	slices.SortFunc(vs, version.Compare)
	var got []string
	for _, v := range vs {
		got = append(got, v.String())
	}
	if want := "0.9.0 1.9.0 1.10.0-rc.0 1.10.0-rc.1 1.10.0"; strings.Join(got, " ") != want {
		t.Errorf("sorted: %v, want %s", got, want)
	}
}

func TestZeroVersion(t *testing.T) {
	var zero version.Version
	if zero.String() != "" || zero.IsPre() || zero.Strict() {
		t.Errorf("zero Version: %q, pre-release %v, strict %v", zero, zero.IsPre(), zero.Strict())
	}
	if zero.Compare(version.MustParse("0.0.0")) != 0 {
		t.Error("the zero Version does not compare like 0.0.0")
	}
}

func TestMustPanics(t *testing.T) {
	for name, f := range map[string]func(){
		"MustParse":            func() { version.MustParse("x") },
		"MustParseRequirement": func() { version.MustParseRequirement("x") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s did not panic", name)
				}
			}()
			f()
		}()
	}
}
