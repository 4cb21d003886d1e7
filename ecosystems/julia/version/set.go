package version

import (
	"fmt"
	"slices"
)

// Set is the union of ranges. The nil Set holds nothing. Sets are not changed
// after they were made and may be shared.
type Set []Range

// Any returns the set of all versions.
func Any() Set { return Set{Range{}} }

// ParseSet reads the ranges of a registry's compat entry, of which one must hold; at most
// 256 of them. Every error is an [*Error].
func ParseSet(ranges ...string) (Set, error) {
	if len(ranges) > maxSpecifiers {
		return nil, &Error{Kind: "range", Text: ranges[0], Reason: fmt.Sprintf("is one of more than %d", maxSpecifiers)}
	}
	set := make(Set, 0, len(ranges))
	for _, text := range ranges {
		r, err := ParseRange(text)
		if err != nil {
			return nil, err
		}
		set = set.with(r)
	}
	return set, nil
}

// with adds a range to a set that nobody else knows yet.
func (s Set) with(r Range) Set {
	if slices.Contains(s, r) {
		return s
	}
	return append(s, r)
}

// Union returns what is in s or in other.
func (s Set) Union(other Set) Set {
	union := slices.Clip(slices.Clone(s))
	for _, r := range other {
		union = union.with(r)
	}
	return union
}

// Contains reports whether v is in the set.
func (s Set) Contains(v Version) bool {
	return slices.ContainsFunc(s, func(r Range) bool { return r.Contains(v) })
}

// Intersects reports whether some version can be in s and in r.
func (s Set) Intersects(r Range) bool {
	return slices.ContainsFunc(s, r.Intersects)
}

// IsAny reports whether s holds all versions because it says so.
func (s Set) IsAny() bool { return slices.Contains(s, Range{}) }

// String lists the ranges with ", " between them: "0.7, 1". The set without ranges
// is "∅".
func (s Set) String() string { return string(s.Append(nil)) }

// Append writes what String returns behind b.
func (s Set) Append(b []byte) []byte {
	if len(s) == 0 {
		return append(b, "∅"...)
	}
	for i, r := range s {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = r.append(b)
	}
	return b
}
