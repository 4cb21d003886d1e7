package version

import (
	"strconv"
	"strings"
)

// Bound is the beginning of a version: up to three numbers. It stands for all
// versions that begin so; the zero Bound, "*", for all there are.
type Bound struct {
	parts [3]uint32 // those behind the first n are zero
	n     uint8
}

// BoundOf returns the bound of at most three numbers.
func BoundOf(numbers ...uint32) Bound {
	var b Bound
	b.n = uint8(copy(b.parts[:], numbers))
	return b
}

// String returns the form in which registries write bounds.
func (b Bound) String() string { return string(b.append(nil)) }

func (b Bound) append(text []byte) []byte {
	if b.n == 0 {
		return append(text, '*')
	}
	for i, p := range b.parts[:b.n] {
		if i > 0 {
			text = append(text, '.')
		}
		text = strconv.AppendUint(text, uint64(p), 10)
	}
	return text
}

// compare says on which side of the versions that begin with b the version v is;
// 0 if it is one of them.
func (b Bound) compare(v Version) int {
	numbers := [...]uint32{v.Major, v.Minor, v.Patch}
	for i, p := range numbers[:b.n] {
		switch {
		case p < b.parts[i]:
			return -1
		case p > b.parts[i]:
			return 1
		}
	}
	return 0
}

// Class is what Julia takes for compatible: versions whose first number other than
// zero is the same, and all before it. The class of 1.2.3 is 1, that of 0.2.3 is 0.2, that of
// 0.0.3 is 0.0.3.
func (v Version) Class() Bound {
	switch {
	case v.Major > 0:
		return BoundOf(v.Major)
	case v.Minor > 0:
		return BoundOf(0, v.Minor)
	}
	return BoundOf(0, 0, v.Patch)
}

// parseBound reads a bound without blanks.
func parseBound(s string) (b Bound, reason string) {
	if s == "*" {
		return b, ""
	}
	s = strings.TrimPrefix(s, "v")
	for more := true; more; {
		var number string
		if number, s, more = strings.Cut(s, "."); int(b.n) == len(b.parts) {
			return Bound{}, "has more than three numbers"
		}
		if !isDigits(number) {
			return Bound{}, "has " + quote(number) + " where a number belongs"
		}
		n, err := strconv.ParseUint(number, 10, 32)
		if err != nil {
			return Bound{}, "has a number beyond 4294967295"
		}
		b.parts[b.n] = uint32(n)
		b.n++
	}
	return b, ""
}
