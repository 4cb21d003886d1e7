package hexpm

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/hexpm/version"
)

func TestParseVersionPolicy(t *testing.T) {
	for text, want := range map[string]string{"": "all", "all": "all", "locked": "locked", "latest:1": "latest:1", "latest:30": "latest:30"} {
		p, err := parseVersionPolicy(text)
		if err != nil || p.String() != want {
			t.Errorf("%q: %v, %v", text, p, err)
		}
	}
	for _, bad := range []string{"newest", "latest", "latest:", "latest:0", "latest:-1", "latest:x", "latest:99999999999999999999", "ALL"} {
		if p, err := parseVersionPolicy(bad); err == nil || !strings.Contains(err.Error(), "latest:N") {
			t.Errorf("%q: %v, error %v", bad, p, err)
		}
	}
}

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		policy, available, requirement string
		prereleases                    bool
		want                           string
	}{
		{"all", "2.0.0 1.1.0 1.0.0", "", true, "2.0.0 1.1.0 1.0.0"},
		{"all", "2.0.0 1.1.0 1.0.0", "~> 1.0", true, "1.1.0 1.0.0"},
		{"all", "2.0.0-rc.1 1.0.0", "", true, "2.0.0-rc.1 1.0.0"},
		{"all", "2.0.0-rc.1 1.0.0", "", false, "1.0.0"},
		{"all", "2.0.0-rc.1 1.0.0", ">= 2.0.0-rc.0", false, "2.0.0-rc.1"},
		{"locked", "2.0.0 1.0.0", "", true, ""},
		{"latest:1", "2.0.0 1.1.0 1.0.0", "", true, "2.0.0"},
		{"latest:2", "2.0.0 1.1.0 1.0.0", "", true, "2.0.0 1.1.0"},
		{"latest:9", "2.0.0 1.1.0 1.0.0", "", true, "2.0.0 1.1.0 1.0.0"},
		{"latest:1", "3.0.0-rc.2 3.0.0-rc.1 2.0.0 2.0.0-rc.1 1.0.0", "", true, "3.0.0-rc.2 3.0.0-rc.1 2.0.0"},
		{"latest:1", "3.0.0-rc.2 2.0.0 1.0.0", "", false, "2.0.0"},
		{"latest:2", "3.0.0-rc.1 2.0.0 2.0.0-rc.1 1.0.0", "", true, "3.0.0-rc.1 2.0.0 1.0.0"},
		{"latest:1", "0.1.0-rc.3 0.1.0-rc.2 0.1.0-rc.1", "", true, "0.1.0-rc.3"},
		{"latest:2", "0.1.0-rc.3 0.1.0-rc.2 0.1.0-rc.1", "", true, "0.1.0-rc.3 0.1.0-rc.2"},
		{"latest:1", "", "", true, ""},
	} {
		policy, err := parseVersionPolicy(c.policy)
		if err != nil {
			t.Fatal(err)
		}
		var available []version.Version
		for text := range strings.FieldsSeq(c.available) {
			available = append(available, version.MustParse(text))
		}
		requirement := version.Any()
		if c.requirement != "" {
			if requirement, err = version.ParseRequirement(c.requirement); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		for _, v := range policy.choose(available, requirement, c.prereleases) {
			got = append(got, v.String())
		}
		if !slices.Equal(got, strings.Fields(c.want)) {
			t.Errorf("%s of %s for %q: %v, want %s", c.policy, c.available, c.requirement, got, c.want)
		}
	}
}

// Whatever is available, latest:N keeps N stable versions or all there are,
// newest first, and nothing that is older than the oldest of them.
func TestChooseLatestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(t, "n")
		texts := rapid.SliceOfDistinct(rapid.StringMatching(`[0-3]\.[0-3]\.[0-3](-rc\.[0-3])?`), func(s string) string { return s }).Draw(t, "versions")
		var available []version.Version
		stable := 0
		for _, text := range texts {
			v := version.MustParse(text)
			available = append(available, v)
			if !v.IsPre() {
				stable++
			}
		}
		slices.SortFunc(available, func(a, b version.Version) int { return b.Compare(a) })
		chosen := versionPolicy{latest: n}.choose(available, version.Any(), true)
		kept := 0
		for i, v := range chosen {
			if !v.IsPre() {
				kept++
			}
			if i > 0 && chosen[i-1].Compare(v) < 0 {
				t.Fatalf("%v is not newest first", chosen)
			}
		}
		if kept != min(n, stable) {
			t.Fatalf("%d stable ones of %v, want %d", kept, chosen, min(n, stable))
		}
		if stable == 0 && len(chosen) != min(n, len(available)) {
			t.Fatalf("%v of pre-releases only", chosen)
		}
		if len(available) > 0 && chosen[0] != available[0] {
			t.Fatalf("the newest of all, %v, is not chosen", available[0])
		}
	})
}
