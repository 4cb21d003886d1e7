package version

import (
	"cmp"
	"strings"
)

// Compare returns -1, 0 or +1 as v precedes, equals or follows w by SemVer
// precedence. A pre-release precedes its release; build metadata, leading zeros
// and missing numbers do not count, so versions of different text may be equal.
// It is a total order on any set of versions.
func (v Version) Compare(w Version) int {
	return cmp.Or(
		compareDigits(v.major, w.major),
		compareDigits(v.minor, w.minor),
		compareDigits(v.patch, w.patch),
		comparePre(v.pre, w.pre),
	)
}

// Compare is [Version.Compare] as a function, for slices.SortFunc and the like.
func Compare(v, w Version) int { return v.Compare(w) }

// compareDigits compares decimal numbers without leading zeros: the longer one
// is greater.
func compareDigits(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

func comparePre(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "":
		return +1
	case b == "":
		return -1
	}
	for {
		x, restA, moreA := strings.Cut(a, ".")
		y, restB, moreB := strings.Cut(b, ".")
		if c := compareIdentifier(x, y); c != 0 {
			return c
		}
		if !moreA || !moreB {
			return compareBool(moreA, moreB) // with equal beginnings, the longer one follows
		}
		a, b = restA, restB
	}
}

// compareIdentifier puts numbers before words, compares numbers by value and
// words by their bytes.
func compareIdentifier(a, b string) int {
	na, nb := isDigits(a), isDigits(b)
	switch {
	case na && nb:
		return compareDigits(strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0"))
	case na != nb:
		return compareBool(nb, na)
	}
	return strings.Compare(a, b)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return +1
	}
	return -1
}

// increment adds one to a decimal number without leading zeros.
func increment(s string) string {
	digits := []byte(s)
	for i := len(digits) - 1; i >= 0; i-- {
		if digits[i] != '9' {
			digits[i]++
			return string(digits)
		}
		digits[i] = '0'
	}
	return "1" + string(digits)
}
