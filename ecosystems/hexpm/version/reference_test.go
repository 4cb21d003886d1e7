package version_test

import (
	"math/big"
	"strings"

	"pgregory.net/rapid"
)

// The reference evaluates requirements in the plainest way, by splitting text
// and comparing big integers, for texts that Elixir reads. It shares no code
// with the package.

func referenceMatch(requirement, v string, allowPre bool) bool {
	for group := range strings.SplitSeq(requirement, " or ") {
		all := true
		for comparison := range strings.SplitSeq(group, " and ") {
			all = all && referenceComparison(strings.TrimSpace(comparison), v, allowPre)
		}
		if all {
			return true
		}
	}
	return false
}

func referenceComparison(comparison, v string, allowPre bool) bool {
	op := strings.TrimRight(comparison, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-+ ")
	operand := strings.TrimSpace(comparison[len(op):])
	pre := allowPre || !strings.Contains(referenceNoBuild(v), "-") || strings.Contains(referenceNoBuild(operand), "-")
	switch op {
	case "", "==":
		return referenceCompare(v, operand) == 0
	case "!=", "!":
		return referenceCompare(v, operand) != 0
	case ">":
		return pre && referenceCompare(v, operand) > 0
	case ">=":
		return pre && referenceCompare(v, operand) >= 0
	case "<":
		return referenceCompare(v, operand) < 0
	case "<=":
		return referenceCompare(v, operand) <= 0
	case "~>":
		lower, upper := referenceExpand(operand)
		return pre && referenceCompare(v, lower) >= 0 && referenceCompare(v, upper) < 0
	}
	panic("operator " + op)
}

// referenceExpand returns the bounds that "~> operand" stands for.
func referenceExpand(operand string) (lower, upper string) {
	numbers, pre, hasPre := strings.Cut(referenceNoBuild(operand), "-")
	if hasPre {
		pre = "-" + pre
	}
	parts := strings.Split(numbers, ".")
	last := len(parts) - 2
	n, _ := new(big.Int).SetString(parts[last], 10)
	bumped := n.Add(n, big.NewInt(1)).String()
	if len(parts) == 2 {
		return numbers + ".0" + pre, bumped + ".0.0-0"
	}
	return numbers + pre, parts[0] + "." + bumped + ".0-0"
}

func referenceNoBuild(v string) string {
	v, _, _ = strings.Cut(v, "+")
	return v
}

func referenceCompare(a, b string) int {
	aNumbers, aPre, _ := strings.Cut(referenceNoBuild(a), "-")
	bNumbers, bPre, _ := strings.Cut(referenceNoBuild(b), "-")
	x, y := strings.Split(aNumbers, "."), strings.Split(bNumbers, ".")
	for i := range 3 {
		if c := referenceNumbers(x[i], y[i]); c != 0 {
			return c
		}
	}
	switch {
	case aPre == bPre:
		return 0
	case aPre == "":
		return +1
	case bPre == "":
		return -1
	}
	x, y = strings.Split(aPre, "."), strings.Split(bPre, ".")
	for i := range min(len(x), len(y)) {
		xIsNumber := strings.Trim(x[i], "0123456789") == ""
		yIsNumber := strings.Trim(y[i], "0123456789") == ""
		c := strings.Compare(x[i], y[i])
		switch {
		case xIsNumber && yIsNumber:
			c = referenceNumbers(x[i], y[i])
		case xIsNumber:
			c = -1
		case yIsNumber:
			c = +1
		}
		if c != 0 {
			return c
		}
	}
	return len(x) - len(y)
}

func referenceNumbers(a, b string) int {
	x, _ := new(big.Int).SetString(a, 10)
	y, _ := new(big.Int).SetString(b, 10)
	return x.Cmp(y)
}

// Generators. Few values make many hits.

var (
	genNumber = rapid.OneOf(
		rapid.SampledFrom([]string{"0", "1", "2", "3", "9", "10", "99"}),
		rapid.StringMatching(`[1-9][0-9]{0,13}`),
	)
	genPre = rapid.OneOf(
		rapid.Just(""), rapid.Just(""),
		rapid.SampledFrom([]string{"-0", "-dev", "-rc.0", "-rc.1", "-rc.10", "-rc0", "-1", "-10", "--", "-A"}),
		rapid.StringMatching(`-(0|[1-9][0-9]{0,5}|[a-zA-Z-]{1,3})(\.(0|[1-9][0-9]{0,5}|[a-zA-Z-]{1,3})){0,2}`),
	)
	genBuild   = rapid.SampledFrom([]string{"", "", "", "+b", "+001.x-y"})
	genVersion = rapid.Custom(func(t *rapid.T) string {
		return genNumber.Draw(t, "major") + "." + genNumber.Draw(t, "minor") + "." + genNumber.Draw(t, "patch") +
			genPre.Draw(t, "pre") + genBuild.Draw(t, "build")
	})
	genApproximate = rapid.Custom(func(t *rapid.T) string {
		if rapid.Bool().Draw(t, "complete") {
			return genVersion.Draw(t, "version")
		}
		return genNumber.Draw(t, "major") + "." + genNumber.Draw(t, "minor") + genPre.Draw(t, "pre")
	})
	genComparison = rapid.Custom(func(t *rapid.T) string {
		op := rapid.SampledFrom([]string{"", "==", "!=", "!", ">", ">=", "<", "<=", "~>", "~>"}).Draw(t, "operator")
		if op == "~>" {
			return op + " " + genApproximate.Draw(t, "operand")
		}
		return op + " " + genVersion.Draw(t, "operand")
	})
	genRequirement = rapid.Custom(func(t *rapid.T) string {
		s := genComparison.Draw(t, "comparison")
		for range rapid.IntRange(0, 4).Draw(t, "more") {
			s += rapid.SampledFrom([]string{" and ", " or "}).Draw(t, "connective") + genComparison.Draw(t, "comparison")
		}
		return s
	})
)
