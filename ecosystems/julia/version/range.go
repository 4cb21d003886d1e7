package version

import (
	"cmp"
	"fmt"
	"math"
	"strings"
)

// Range is all versions from those that begin with one bound to those that begin
// with another. The zero Range holds every version. Two Ranges may hold the same
// versions without being ==.
type Range struct{ lower, upper Bound }

// RangeOf returns the versions from lower to upper, both included. Equal numbers
// make the range speak of as many numbers as the upper bound has.
func RangeOf(lower, upper Bound) Range {
	if lower.parts == upper.parts {
		lower = upper
	}
	return Range{lower, upper}
}

// ParseRange reads a range as registries write it; blanks around bounds do not
// matter. Every error is an [*Error].
func ParseRange(s string) (Range, error) {
	fail := func(reason string) (Range, error) {
		return Range{}, &Error{Kind: "range", Text: s, Reason: reason}
	}
	if len(s) > maxText {
		return fail(fmt.Sprintf("is longer than %d bytes", maxText))
	}
	first, second, two := strings.Cut(s, "-")
	lower, reason := parseBound(strings.TrimSpace(first))
	if reason != "" {
		return fail(reason)
	}
	if !two {
		return Range{lower, lower}, nil
	}
	upper, reason := parseBound(strings.TrimSpace(second))
	if reason != "" {
		return fail(reason)
	}
	return RangeOf(lower, upper), nil
}

// MustParseRange is ParseRange for ranges that are written in a program. It panics
// where ParseRange fails.
func MustParseRange(s string) Range {
	r, err := ParseRange(s)
	if err != nil {
		panic(err)
	}
	return r
}

// String returns the form that [ParseRange] reads.
func (r Range) String() string { return string(r.append(nil)) }

func (r Range) append(b []byte) []byte {
	if r.lower != r.upper {
		b = append(r.lower.append(b), '-')
	}
	return r.upper.append(b)
}

// Contains reports whether v is in the range. Its pre-release and build do not
// count.
func (r Range) Contains(v Version) bool {
	return r.lower.compare(v) >= 0 && r.upper.compare(v) <= 0
}

// Empty reports whether no version can be in the range.
func (r Range) Empty() bool {
	low, end := r.interval()
	return compareTriples(low, end) >= 0
}

// Intersects reports whether some version can be in both ranges.
func (r Range) Intersects(other Range) bool {
	low, end := r.interval()
	otherLow, otherEnd := other.interval()
	if compareTriples(otherLow, low) > 0 {
		low = otherLow
	}
	if compareTriples(otherEnd, end) < 0 {
		end = otherEnd
	}
	return compareTriples(low, end) < 0
}

// interval returns the first release in the range and the first one behind it.
func (r Range) interval() (low, end [3]uint64) {
	for i := range low {
		low[i], end[i] = uint64(r.lower.parts[i]), uint64(r.upper.parts[i])
	}
	if r.upper.n == 0 {
		return low, [3]uint64{math.MaxUint64}
	}
	end[r.upper.n-1]++
	return low, end
}

func compareTriples(a, b [3]uint64) int {
	return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]), cmp.Compare(a[2], b[2]))
}
