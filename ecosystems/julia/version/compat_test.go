package version_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// TestCompat says of each compat entry to which ranges of a registry it comes.
func TestCompat(t *testing.T) {
	for in, want := range map[string]string{
		// caret, the default
		"1.2.3":  "1.2.3-1",
		"^1.2.3": "1.2.3-1",
		"1.2":    "1.2.0-1",
		"1":      "1",
		"0.2.3":  "0.2.3-0.2",
		"0.2":    "0.2",
		"0.0.3":  "0.0.3",
		"0.0":    "0.0",
		"0":      "0",
		"v1.2":   "1.2.0-1",
		"^v0.3":  "0.3",
		// tilde
		"~1.2.3": "1.2.3-1.2",
		"~1.2":   "1.2",
		"~1":     "1",
		"~0.0.3": "0.0.3-0.0",
		"~0.2":   "0.2",
		// equality
		"=1.2.3":  "1.2.3",
		"= 1.2":   "1.2.0",
		"=1":      "1.0.0",
		"=vv1.2":  "1.2.0",
		"=0.0":    "0.0.0",
		"= 0.0.1": "0.0.1",
		// inequalities
		">=1.2.3": "1.2.3-*",
		">= 1.2":  "1.2.0-*",
		"≥ 1.2":   "1.2.0-*",
		"≥1":      "1.0.0-*",
		">=0":     "*",
		"<1.2.3":  "0.0.0-1.2.2",
		"< 1.2":   "0.0.0-1.1",
		"<1":      "0",
		"<1.0.0":  "0",
		"< 2":     "0.0.0-1",
		"< 0.0.1": "0.0.0",
		"<0.0.2":  "0.0.0-0.0.1",
		"< 0.1.0": "0.0",
		// hyphens
		"1.2 - 3":          "1.2-3",
		"1.2.3 - 4.5.6":    "1.2.3-4.5.6",
		"0.7 - 1.3":        "0.7-1.3",
		" 0.2.3   -  0.4 ": "0.2.3-0.4",
		"v1 - v2":          "1-2",
		"1.2 - 1.2.0":      "1.2.0",
		"0.0.0 - 1":        "0.0.0-1",
		"2 - 1":            "2-1",
		// lists
		"1.2, 2":               "1.2.0-1, 2",
		"< 0.0.1, 1":           "0.0.0, 1",
		"0.8,0.9 , 1":          "0.8, 0.9, 1",
		"~1.10.8, 1.11 - 1.12": "1.10.8-1.10, 1.11-1.12",
		"1,1":                  "1",
	} {
		set, err := version.ParseCompat(in)
		if err != nil || set.String() != want {
			t.Errorf("ParseCompat(%q) = %v, %v, want %s", in, set, err, want)
		}
	}
}

func TestCompatRefuses(t *testing.T) {
	for in, why := range map[string]string{
		"":                              "nothing",
		",":                             "nothing",
		"1,":                            "nothing",
		"1,,2":                          "nothing",
		"*":                             ">=0",
		"1.2.*":                         "number",
		"1-2":                           "number",
		"1 -2":                          "number",
		"1- 2":                          "number",
		"1 - 2 - 3":                     "number",
		"1 - *":                         ">=0",
		"* - 1":                         ">=0",
		"- 1":                           "number",
		" - ":                           "number",
		"1 -":                           "number",
		"> 1":                           "number",
		"<= 1":                          "number",
		"== 1":                          "number",
		"!= 1":                          "number",
		"^ 1":                           "number",
		"~ 1":                           "number",
		"^":                             "number",
		">=":                            "number",
		"0.0.0":                         "0.0.0",
		"^0.0.0":                        "0.0.0",
		">=0.0.0":                       "0.0.0",
		"<0":                            "before 0",
		"< 0.0":                         "before 0",
		"1.2.3.4":                       "more than three",
		"1.2.3-rc1":                     "number",
		"1.2.3+1":                       "number",
		"one":                           "number",
		"4294967296":                    "beyond",
		strings.Repeat("1,", 256) + "1": "specifiers",
		strings.Repeat("1", 300):        "longer",
	} {
		set, err := version.ParseCompat(in)
		var e *version.Error
		if !errors.As(err, &e) || e.Text != in || !strings.Contains(err.Error(), why) || set != nil {
			t.Errorf("ParseCompat(%.30q) = %v, %v, want an error with %q", in, set, err, why)
		}
	}
}
