package juliatest

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

func versions(text string) []version.Version {
	var list []version.Version
	for s := range strings.FieldsSeq(text) {
		list = append(list, version.MustParse(s))
	}
	slices.SortFunc(list, version.Version.Compare)
	return list
}

// TestCompressAsGeneralDoes has the versions and ranges of packages of General.
func TestCompressAsGeneralDoes(t *testing.T) {
	const (
		example = "0.0.1 0.0.2 0.1.0 0.2.0 0.3.0 0.3.1 0.3.2 0.3.3 0.4.0 0.4.1 0.5.0 0.5.1 0.5.3 0.5.4 0.5.5"
		json    = "0.18.0 0.19.0 0.20.0 0.20.1 0.21.0 0.21.1 0.21.2 0.21.3 0.21.4"
		zlib    = "1.2.11+18 1.2.12+0 1.2.12+1 1.2.12+3 1.2.13+0 1.2.13+1 1.3.1+0 1.3.1+2"
	)
	for _, c := range []struct{ pool, subset, want string }{
		{example, "0.0.1 0.0.2 0.1.0 0.2.0 0.3.0 0.3.1 0.3.2 0.3.3", "0-0.3"},
		{example, "0.4.0 0.4.1", "0.4"},
		{example, "0.5.0 0.5.1", "0.5-0.5.1"},
		{example, "0.5.3 0.5.4 0.5.5", "0.5.3-0"},
		{example, "0.5.1 0.5.3 0.5.4 0.5.5", "0.5.1-0"},
		{json, "0.18.0 0.19.0 0.20.0 0.20.1", "0-0.20"},
		{json, json, "0"},
		{json, "0.21.1", "0.21.1"},
		{json, "0.21.2 0.21.3 0.21.4", "0.21.2-0"},
		{zlib, "1.2.11+18 1.2.12+0 1.2.12+1 1.2.12+3", "1-1.2.12"},
		{zlib, "1.2.12+0 1.2.12+1 1.2.12+3", "1.2.12"},
		{zlib, "1.3.1+2", "1.3-1"},
		{"1.0.0 1.1.0 2.0.0 3.0.0", "1.0.0 2.0.0", "1.0 2"},
		{"1.0.0 1.1.0 2.0.0 3.0.0", "1.0.0 1.1.0 2.0.0 3.0.0", "1 2 3"},
		{"0.9.0 1.0.0-rc1 1.0.0", "1.0.0-rc1 1.0.0", "1"},
	} {
		var got []string
		for _, r := range compress(versions(c.pool), versions(c.subset)) {
			got = append(got, r.String())
		}
		if diff := cmp.Diff(strings.Fields(c.want), got); diff != "" {
			t.Errorf("%s of %s:\n%s", c.subset, c.pool, diff)
		}
	}
}

func TestCompressHoldsTheSubsetAndNothingElse(t *testing.T) {
	number := rapid.Uint32Range(0, 3)
	rapid.Check(t, func(t *rapid.T) {
		pool := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) version.Version {
			return version.Version{Major: number.Draw(t, "major"), Minor: number.Draw(t, "minor"), Patch: number.Draw(t, "patch")}
		}), 1, 30, rapid.ID).Draw(t, "pool")
		slices.SortFunc(pool, version.Version.Compare)
		subset := slices.DeleteFunc(slices.Clone(pool), func(version.Version) bool { return rapid.Bool().Draw(t, "left out") })
		set := version.Set(compress(pool, subset))
		for _, v := range pool {
			if set.Contains(v) != slices.Contains(subset, v) {
				t.Errorf("%v of %v is %v: %s", subset, pool, set, v)
			}
		}
	})
}

func TestText(t *testing.T) {
	got := table{
		"1": {"B": `"x"`, "A.b": `"y"`}, "0.5-0": {"julia": ranges(version.MustParseCompat("0.7, 1"), false)},
		"2": {"C": ranges(version.MustParseCompat("1.2.3"), true)},
	}.text()
	want := `["0.5-0"]
julia = ["0.7", "1"]

[1]
"A.b" = "y"
B = "x"

[2]
C = "1.2.3 - 1"
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := quote("a\"\\\n\t\x01é"); got != `"a\"\\\n\t\u0001é"` {
		t.Error(got)
	}
}
