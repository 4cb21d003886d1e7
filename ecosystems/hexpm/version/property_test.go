package version_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/hexpm/version"
)

func TestParseKeepsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := genVersion.Draw(t, "version")
		v := parseRapid(t, s)
		if v.String() != s || !v.Strict() || v != parseRapid(t, v.String()) {
			t.Fatalf("%q became %q, strict %v", s, v, v.Strict())
		}
	})
}

func TestCompareIsTotalOrder(t *testing.T) {
	// leading zeros and missing numbers included, which the reference leaves out
	gen := rapid.OneOf(genVersion, rapid.StringMatching(`[0-2]{1,3}(\.[0-2]{1,2}){0,2}(-(0?[0-9]|[a-c])(\.[0-9])?)?`))
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := parseRapid(t, gen.Draw(t, "a")), parseRapid(t, gen.Draw(t, "b")), parseRapid(t, gen.Draw(t, "c"))
		if a.Compare(a) != 0 {
			t.Fatalf("%s is not equal to itself", a)
		}
		if a.Compare(b) != -b.Compare(a) {
			t.Fatalf("%s and %s: %d one way, %d the other", a, b, a.Compare(b), b.Compare(a))
		}
		if a.Compare(b) <= 0 && b.Compare(c) <= 0 && a.Compare(c) > 0 {
			t.Fatalf("%s <= %s <= %s < %s", a, b, c, a)
		}
		if a.Compare(b) == 0 && a.Compare(c) != b.Compare(c) {
			t.Fatalf("%s equals %s, but not beside %s", a, b, c)
		}
	})
}

func TestCompareLikeReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := genVersion.Draw(t, "a"), genVersion.Draw(t, "b")
		if got, want := parseRapid(t, a).Compare(parseRapid(t, b)), max(-1, min(1, referenceCompare(a, b))); got != want {
			t.Fatalf("Compare(%q, %q) = %d, want %d", a, b, got, want)
		}
	})
}

func TestMatchLikeReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, v := genRequirement.Draw(t, "requirement"), genNear(t)
		r := requirementRapid(t, s)
		for _, allowPre := range []bool{false, true} {
			if got, want := r.Match(parseRapid(t, v), allowPre), referenceMatch(s, v, allowPre); got != want {
				t.Fatalf("%q matches %s, pre-releases %v: %v, want %v", s, v, allowPre, got, want)
			}
		}
		if r.Remark() != "" || r.String() != s {
			t.Fatalf("%q became %q with the remark %q", s, r, r.Remark())
		}
	})
}

func TestApproximateIsItsExpansion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		operand := genApproximate.Draw(t, "operand")
		lower, upper := referenceExpand(operand)
		short := requirementRapid(t, "~> "+operand)
		long := requirementRapid(t, ">= "+lower+" and < "+upper)
		for _, v := range []string{genNear(t), lower, upper, strings.TrimSuffix(upper, "-0")} {
			for _, allowPre := range []bool{false, true} {
				if short.Match(parseRapid(t, v), allowPre) != long.Match(parseRapid(t, v), allowPre) {
					t.Fatalf("%q and %q differ for %s, pre-releases %v", short, long, v, allowPre)
				}
			}
		}
	})
}

// TestConnectives holds what joining means: no precedence but that of "and", and
// none of the sides decides.
func TestConnectives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := genComparison.Draw(t, "a"), genComparison.Draw(t, "b"), genComparison.Draw(t, "c")
		v, allowPre := parseRapid(t, genNear(t)), rapid.Bool().Draw(t, "pre-releases")
		match := func(s string) bool { return requirementRapid(t, s).Match(v, allowPre) }
		ma, mb, mc := match(a), match(b), match(c)
		for s, want := range map[string]bool{
			a + " and " + b:               ma && mb,
			a + " or " + b:                ma || mb,
			a + " and " + b + " or " + c:  ma && mb || mc,
			a + " or " + b + " and " + c:  ma || mb && mc,
			a + " or " + b + " or " + c:   ma || mb || mc,
			a + " and " + b + " and " + c: ma && mb && mc,
			a + "||" + b + "&&" + c:       ma || mb && mc,
		} {
			if match(s) != want {
				t.Fatalf("%q matches %s, pre-releases %v: %v, want %v", s, v, allowPre, !want, want)
			}
		}
	})
}

func TestSpacingDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := genRequirement.Draw(t, "requirement")
		space := rapid.SampledFrom([]string{"  ", "   ", "\t", " \r\n "}).Draw(t, "space")
		odd := space + strings.ReplaceAll(s, " ", space) + space
		v, allowPre := parseRapid(t, genNear(t)), rapid.Bool().Draw(t, "pre-releases")
		if requirementRapid(t, s).Match(v, allowPre) != requirementRapid(t, odd).Match(v, allowPre) {
			t.Fatalf("%q and %q differ for %s", s, odd, v)
		}
	})
}

func TestSolverRangesAreMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, v := requirementRapid(t, genRequirement.Draw(t, "requirement")), parseRapid(t, genNear(t))
		ranges, err := r.SolverRanges()
		if err != nil {
			if r.OldSolverRefusal() == "" {
				t.Fatalf("%q: old solvers take it, new ones do not: %v", r, err)
			}
			return
		}
		if inAny(ranges, v) != r.Match(v, true) {
			t.Fatalf("%q: ranges hold %s: %v", r, v, inAny(ranges, v))
		}
	})
}

// genNear draws versions that are likely to be on either side of something.
func genNear(t *rapid.T) string {
	return rapid.OneOf(genVersion, rapid.StringMatching(`[0-3]\.[0-3]\.[0-3](-dev|-0|-rc\.1)?`)).Draw(t, "candidate")
}

func parseRapid(t *rapid.T, s string) version.Version {
	v, err := version.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func requirementRapid(t *rapid.T, s string) version.Requirement {
	r, err := version.ParseRequirement(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
