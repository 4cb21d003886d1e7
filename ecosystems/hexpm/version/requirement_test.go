package version_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/hexpm/version"
)

// TestMatch holds what Elixir's documentation and tests promise, in cases of our
// own. Where the two modes differ, the third answer is that of allow_pre: false.
func TestMatch(t *testing.T) {
	const (
		yes    = "yes"
		no     = "no"
		ifOpen = "only with pre-releases"
	)
	for _, c := range []struct{ requirement, version, want string }{
		// a missing operator, and ==
		{"1.4.2", "1.4.2", yes},
		{"1.4.2", "1.4.3", no},
		{"== 1.4.2", "1.4.2+linux", yes},
		{"== 1.4.2+linux", "1.4.2", yes},
		{"== 1.4.2", "1.4.2-rc.1", no},
		{"1.4.2-rc.1", "1.4.2-rc.1", yes},
		// !=
		{"!= 1.4.2", "1.4.3", yes},
		{"!1.4.2", "1.4.2", no},
		{"! 1.4.2", "1.4.3-dev", yes},
		// bounds
		{"> 1.4.2", "1.4.3", yes},
		{"> 1.4.2", "1.4.2", no},
		{"> 1.4.2", "1.4.2-dev", no},
		{"> 1.4.2-dev", "1.4.2", yes},
		{"> 1.4.2-dev", "1.4.2-dev.1", yes},
		{">= 1.4.2", "1.4.2", yes},
		{">= 1.4.2", "1.5.0-dev", ifOpen},
		{">= 1.4.2-dev", "1.5.0-dev", yes},
		{"> 1.5.0-rc.0", "1.5.0-rc0", yes},
		{"> 1.5.0-rc0", "1.5.0-rc.0", no},
		{"< 1.4.2", "1.4.1", yes},
		{"< 1.4.2", "1.4.2", no},
		{"< 1.4.2", "1.4.2-dev", yes},
		{"< 1.4.2", "1.0.0-dev", yes},
		{"<= 1.4.2", "1.4.2", yes},
		{"<= 1.4.2", "1.4.2-dev", yes},
		{"<= 1.4.2-dev", "1.4.2", no},
		{"> 9.9.9", "10.0.0", yes},
		// ~>
		{"~> 2.1", "2.1.0", yes},
		{"~> 2.1", "2.9.9", yes},
		{"~> 2.1", "2.0.9", no},
		{"~> 2.1", "3.0.0", no},
		{"~> 2.1", "3.0.0-dev", no},
		{"~> 2.1", "2.2.0-dev", ifOpen},
		{"~> 2.1-dev", "2.2.0-dev", yes},
		{"~> 2.1-dev", "2.1.0-dev", yes},
		{"~> 2.1-dev", "2.1.0-alpha", no},
		{"~> 2.1.3", "2.1.3", yes},
		{"~> 2.1.3", "2.1.10", yes},
		{"~> 2.1.3", "2.1.2", no},
		{"~> 2.1.3", "2.2.0", no},
		{"~> 2.1.3", "2.2.0-0", no},
		{"~> 2.1.3", "2.1.6-dev", ifOpen},
		{"~> 2.1.3", "2.1.3-dev", no},
		{"~> 2.1.3-dev", "2.1.6-dev", yes},
		{"~> 2.1.3-dev", "2.2.0-dev", no},
		{"~> 0.9.9", "0.10.0", no},
		{"~> 9.9", "10.0.0-0", no},
		{"~> 0.0", "0.99.0", yes},
		{"~> 99999999999999.0", "99999999999999.5.0", yes},
		{"~> 99999999999999.0", "100000000000000.0.0", no},
		// and, or
		{">= 1.0.0 and < 2.0.0", "1.5.0", yes},
		{">= 1.0.0 and < 2.0.0", "2.0.0", no},
		{">= 1.0.0 and < 2.0.0", "2.0.0-dev", ifOpen},
		{"~> 1.0 or ~> 2.0", "2.3.0", yes},
		{"~> 1.0 or ~> 2.0", "3.0.0", no},
		{"1.0.0 or 1.2.0 or 1.4.0", "1.4.0", yes},
		{">= 3.0.0 or >= 1.0.0 and < 2.0.0", "3.5.0", yes},
		{">= 3.0.0 or >= 1.0.0 and < 2.0.0", "1.5.0", yes},
		{">= 3.0.0 or >= 1.0.0 and < 2.0.0", "2.5.0", no},
		{"< 0.2.0 and >= 0.1.0 or < 0.8.0 and >= 0.7.0", "0.7.5", yes},
		{"< 0.2.0 and >= 0.1.0 or < 0.8.0 and >= 0.7.0", "0.3.0", no},
		{"~> 1.0 and != 1.3.0", "1.3.0", no},
		{">= 0.1.0 and < 2.0.0 and != 1.0.0", "1.0.1", yes},
		// patience with old releases
		{"> 0", "0.0.1", yes},
		{"> 0", "0.0.0", no},
		{"> 0", "1.0.0-dev", ifOpen},
		{">= 1.0", "1.0.0", yes},
		{">= 1", "0.9.0", no},
		{"1.0", "1.0.0", yes},
		{"1.0", "1.0.1", no},
		{"~> 1", "1.9.0", yes},
		{"~> 1", "2.0.0", no},
		{"~> 1-dev", "1.0.0-dev", yes},
		{">= 1.0.0 && < 2.0.0", "1.5.0", yes},
		{"~> 1.0||~> 2.0", "2.5.0", yes},
		{"\t>=\t1.0.0\nand  <   2.0.0\r\n", "2.5.0", no},
		{">= 01.02.00", "1.2.0", yes},
	} {
		r, err := version.ParseRequirement(c.requirement)
		if err != nil {
			t.Error(err)
			continue
		}
		got, v := no, version.MustParse(c.version)
		switch open, strict := r.Match(v, true), r.Match(v, false); {
		case open && strict:
			got = yes
		case open:
			got = ifOpen
		case strict:
			got = "only without pre-releases"
		}
		if got != c.want {
			t.Errorf("%q matches %s: %s, want %s", c.requirement, c.version, got, c.want)
		}
		if r.String() != c.requirement {
			t.Errorf("%q became %q", c.requirement, r)
		}
	}
}

func TestAny(t *testing.T) {
	for _, r := range []version.Requirement{{}, version.Any()} {
		stable, pre := version.MustParse("0.0.0"), version.MustParse("9.0.0-dev")
		if !r.IsAny() || !r.Match(stable, false) || !r.Match(stable, true) || !r.Match(pre, true) || r.Match(pre, false) {
			t.Error("Any is not any")
		}
		if r.String() != ">= 0.0.0" || r.Remark() != "" || r.OldSolverRefusal() != "" {
			t.Errorf("Any: %q, remark %q, refusal %q", r, r.Remark(), r.OldSolverRefusal())
		}
		if ranges, err := r.SolverRanges(); err != nil || len(ranges) != 1 || !ranges[0].Contains(pre) {
			t.Errorf("Any: ranges %v, %v", ranges, err)
		}
	}
	if version.MustParseRequirement(">= 0.0.0").IsAny() {
		t.Error("a parsed requirement is Any")
	}
}

func TestRequirementErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                   `requirement "": it ends where a version belongs; write one like 1.2.3`,
		"  ":                 `requirement "  ": it ends where a version belongs; write one like 1.2.3`,
		">=":                 `requirement ">=": it ends where a version belongs; write one like 1.2.3`,
		"1.0.0 or":           `requirement "1.0.0 or": it ends where a version belongs; write one like 1.2.3`,
		"or 1.0.0":           `requirement "or 1.0.0": "or" stands where a version belongs`,
		"== >= 1.0.0":        `requirement "== >= 1.0.0": ">=" stands where a version belongs`,
		"1.0.0 and or 2.0.0": `requirement "1.0.0 and or 2.0.0": "or" stands where a version belongs`,
		">= 1.0.0 < 2.0.0":   `requirement ">= 1.0.0 < 2.0.0": "<" follows a version; join comparisons with "and" or "or"`,
		"latest":             `requirement "latest": version "latest" has "latest" where a number belongs; write it like 1.2.3 or 1.2.3-rc.1`,
		"(~> 1.0)":           `requirement "(~> 1.0)": version "(" has "(" where a number belongs; write it like 1.2.3 or 1.2.3-rc.1`,
		">=1.0.0and<2.0.0":   `requirement ">=1.0.0and<2.0.0": version "1.0.0and" has "0and" where a number belongs; write it like 1.2.3 or 1.2.3-rc.1`,
	} {
		_, err := version.ParseRequirement(text)
		var typed *version.RequirementError
		if !errors.As(err, &typed) || typed.Text != text {
			t.Errorf("ParseRequirement(%q): %v, want a RequirementError", text, err)
		} else if err.Error() != want {
			t.Errorf("ParseRequirement(%q):\n got %v\nwant %s", text, err, want)
		}
	}
}

func TestRequirementCaps(t *testing.T) {
	for what, text := range map[string]string{
		"bytes":       strings.Repeat(" ", 5000) + "1.0.0",
		"comparisons": strings.Repeat("1||", 300) + "1",
	} {
		if _, err := version.ParseRequirement(text); err == nil || !strings.Contains(err.Error(), what) || len(err.Error()) > 300 {
			t.Errorf("too many %s: %v", what, err)
		}
	}
}

func TestRemarks(t *testing.T) {
	for text, want := range map[string]string{
		"~> 1.0":                 "",
		" >=1.0.0  and  <2.0.0 ": "",
		"!= 1.0.0":               "",
		"> 0":                    `"0" leaves out numbers, which count as zero`,
		"~> 1":                   `"1" leaves out numbers, which count as zero`,
		"01.0.0":                 `"01.0.0" has a number that Elixir refuses`,
		"1.0.0 || 2.0.0":         `it says "||", which Elixir spells "and" or "or"`,
		"1.0.0\tor 2.0.0":        "it holds white space other than spaces",
		">= 1.0.0 and< 2.0.0":    `"and" lacks a space beside it`,
	} {
		r, err := version.ParseRequirement(text)
		if err != nil {
			t.Error(err)
		} else if r.Remark() != want {
			t.Errorf("%q: remark %q, want %q", text, r.Remark(), want)
		}
	}
}
