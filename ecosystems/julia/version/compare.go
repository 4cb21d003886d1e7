package version

import (
	"cmp"
	"strings"
)

// Compare orders versions as Julia does: -1 if v comes before w, +1 if behind, 0 if
// they are equal.
func (v Version) Compare(w Version) int {
	if c := v.compareNumbers(w); c != 0 {
		return c
	}
	switch {
	case v.pre == w.pre:
	case v.pre == "":
		return 1
	case w.pre == "":
		return -1
	default:
		return compareIdentifiers(v.pre[1:], w.pre[1:])
	}
	switch {
	case v.build == w.build:
		return 0
	case v.build == "" || w.build == "+":
		return -1
	case w.build == "" || v.build == "+":
		return 1
	}
	return compareIdentifiers(v.build[1:], w.build[1:])
}

func (v Version) compareNumbers(w Version) int {
	return cmp.Or(cmp.Compare(v.Major, w.Major), cmp.Compare(v.Minor, w.Minor), cmp.Compare(v.Patch, w.Patch))
}

// compareIdentifiers compares lists that differ. The shorter comes first where all
// else is equal; an empty text is the list of one empty identifier, the first of all.
func compareIdentifiers(a, b string) int {
	for {
		x, restA, moreA := strings.Cut(a, ".")
		y, restB, moreB := strings.Cut(b, ".")
		if c := compareIdentifier(x, y); c != 0 {
			return c
		}
		switch {
		case !moreA && !moreB:
			return 0
		case !moreA:
			return -1
		case !moreB:
			return 1
		}
		a, b = restA, restB
	}
}

// compareIdentifier orders numbers, which have no leading zeros, before words.
func compareIdentifier(a, b string) int {
	numberA, numberB := isDigits(a), isDigits(b)
	switch {
	case a == b:
		return 0
	case a == "":
		return -1
	case b == "":
		return 1
	case numberA && numberB:
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	case numberA:
		return -1
	case numberB:
		return 1
	}
	return strings.Compare(a, b)
}
