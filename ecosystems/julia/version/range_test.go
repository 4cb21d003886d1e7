package version_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// TestRanges holds, for each range, versions inside and outside, the nearest ones
// first.
func TestRanges(t *testing.T) {
	for _, c := range []struct{ text, inside, outside string }{
		{"0.7-0.8", "0.7.0 0.7.9 0.8.0 0.8.99", "0.6.99 0.9.0 1.0.0"},
		{"0.7-0", "0.7.0 0.8.0 0.99.99", "0.6.9 1.0.0"},
		{"0.8.6-0", "0.8.6 0.8.7 0.9.0", "0.8.5 1.0.0"},
		{"0.7-*", "0.7.0 1.0.0 4294967295.0.0", "0.6.9"},
		{"*-0.7", "0.0.0 0.7.9", "0.8.0"},
		{"*", "0.0.0 99.99.99", ""},
		{"1", "1.0.0 1.99.99", "0.99.99 2.0.0"},
		{"0", "0.0.0 0.99.0", "1.0.0"},
		{"0-0.3", "0.0.0 0.3.9", "0.4.0"},
		{"1.2", "1.2.0 1.2.99", "1.1.99 1.3.0"},
		{"1.2.3", "1.2.3 1.2.3+7 1.2.3-rc1", "1.2.2 1.2.4"},
		{"1.2.3-1", "1.2.3 1.99.0", "1.2.2 2.0.0"},
		{"1.2-1.2.0", "1.2.0", "1.2.1 1.1.9"},
		{"1.2.0-1.2", "1.2.0 1.2.1 1.2.99", "1.1.9 1.3.0"},
		{"1-1.0.0", "1.0.0", "1.0.1"},
		{"1.0.0-1", "1.0.0 1.5.0", "0.9.9 2.0.0"},
		{"0.0.0-1", "0.0.0 1.9.9", "2.0.0"},
		{"2.2.0 - 2", "2.2.0 2.9.0", "2.1.9 3.0.0"},
		{" v1 -\tv2 ", "1.0.0 2.9.9", "0.9.9 3.0.0"},
		{"2-1", "", "1.0.0 2.0.0 1.5.0"},
		{"1.3-1.2", "", "1.2.0 1.3.0"},
		{"1.5-1", "1.5.0 1.9.0", "1.4.9 2.0.0"},
		{"0.5-0.5.1", "0.5.0 0.5.1", "0.4.9 0.5.2"},
		{"4294967295", "4294967295.0.0", "4294967294.9.9"},
	} {
		r, err := version.ParseRange(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		for v := range strings.FieldsSeq(c.inside) {
			if !r.Contains(version.MustParse(v)) {
				t.Errorf("%q does not hold %s", c.text, v)
			}
		}
		for v := range strings.FieldsSeq(c.outside) {
			if r.Contains(version.MustParse(v)) {
				t.Errorf("%q holds %s", c.text, v)
			}
		}
		if r.Empty() != (c.inside == "") {
			t.Errorf("%q is empty: %v", c.text, r.Empty())
		}
	}
}

func TestParseRangeRefuses(t *testing.T) {
	for in, why := range map[string]string{
		"":                       "number",
		"-":                      "number",
		"1-":                     "number",
		"-1":                     "number",
		"1-2-3":                  "number",
		"1.2.3.4":                "more than three",
		"1.2.3-1.2.3.4":          "more than three",
		"1.":                     "number",
		"x":                      "number",
		"vv1":                    "number",
		"v*":                     "number",
		"1.*":                    "number",
		"1 2":                    "number",
		"^1":                     "number",
		"4294967296":             "beyond",
		"1-4294967296":           "beyond",
		strings.Repeat("1", 300): "longer",
	} {
		_, err := version.ParseRange(in)
		var e *version.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), why) {
			t.Errorf("ParseRange(%.30q): %v, want an error with %q", in, err, why)
		}
		if _, err := version.ParseSet("1", in); err == nil {
			t.Errorf("ParseSet(1, %.30q): no error", in)
		}
	}
}

func TestIntersects(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"1", "1.10", true},
		{"1.6.0-1", "1.10", true},
		{"1.10.3-1", "1.10", true},
		{"1.11-1", "1.10", false},
		{"0.7-1", "1", true},
		{"1.9", "1.10", false},
		{"*", "1.10", true},
		{"1.10", "*", true},
		{"1-2", "2-3", true},
		{"1-1.9", "1.10-2", false},
		{"1.2.3", "1.2.4", false},
		{"2-1", "*", false},
		{"4294967295", "*", true},
	} {
		a, b := version.MustParseRange(c.a), version.MustParseRange(c.b)
		if a.Intersects(b) != c.want || b.Intersects(a) != c.want {
			t.Errorf("%s and %s: %v, want %v", c.a, c.b, a.Intersects(b), c.want)
		}
		if (version.Set{a}).Intersects(b) != c.want || version.Set(nil).Intersects(b) {
			t.Errorf("sets of %s and %s", c.a, c.b)
		}
	}
}

func TestSet(t *testing.T) {
	set, err := version.ParseSet("0.7", "1", "0.7")
	if err != nil || set.String() != "0.7, 1" || set.IsAny() {
		t.Fatalf("%v, %v", set, err)
	}
	for v, want := range map[string]bool{"0.6.9": false, "0.7.5": true, "0.8.0": false, "1.9.0": true, "2.0.0": false} {
		if set.Contains(version.MustParse(v)) != want {
			t.Errorf("%v holds %s: %v", set, v, !want)
		}
	}
	union := set.Union(version.MustParseCompat("2, 1"))
	if union.String() != "0.7, 1, 2" {
		t.Errorf("union is %v", union)
	}
	if set.String() != "0.7, 1" {
		t.Errorf("Union changed its operand: %v", set)
	}
	if any := version.Any(); !any.IsAny() || any.String() != "*" || !any.Contains(version.MustParse("0.0.0-")) {
		t.Errorf("Any is %v", any)
	}
	if none := version.Set(nil); none.String() != "∅" || none.Contains(version.Version{}) || none.IsAny() {
		t.Errorf("nil is %v", none)
	}
}
