package version

import (
	"fmt"
	"strings"
	"unicode"
)

// maxSpecifiers bounds how many specifiers one compat entry may list.
const maxSpecifiers = 256

// ParseCompat reads a compat entry as it stands in a Project.toml; the package
// comment has the forms. Every error is an [*Error].
func ParseCompat(s string) (Set, error) {
	fail := func(reason string) error {
		return &Error{Kind: "compat", Text: s, Reason: reason}
	}
	var set Set
	count := 0
	for spec := range strings.SplitSeq(s, ",") {
		if count++; count > maxSpecifiers {
			return nil, fail(fmt.Sprintf("has more than %d specifiers", maxSpecifiers))
		}
		if len(spec) > maxText {
			return nil, fail(fmt.Sprintf("has a specifier longer than %d bytes", maxText))
		}
		r, reason := parseSpecifier(strings.TrimSpace(spec))
		if reason != "" {
			return nil, fail(reason)
		}
		set = set.with(r)
	}
	return set, nil
}

// MustParseCompat is ParseCompat for entries that are written in a program. It
// panics where ParseCompat fails.
func MustParseCompat(s string) Set {
	set, err := ParseCompat(s)
	if err != nil {
		panic(err)
	}
	return set
}

// signs in the order in which they must be tried, and whether blanks may follow.
var signs = []struct {
	text   string
	blanks bool
	make   func(Bound) (Range, string)
}{
	{">=", true, atLeast},
	{"≥", true, atLeast},
	{"=", true, exactly},
	{"<", true, below},
	{"^", false, caret},
	{"~", false, tilde},
	{"", false, caret},
}

func parseSpecifier(s string) (r Range, reason string) {
	if s == "" {
		return r, "has nothing where a specifier belongs; write one like 1.2"
	}
	if lower, upper, ok := cutHyphen(s); ok {
		return hyphen(lower, upper)
	}
	for _, sign := range signs {
		rest, ok := strings.CutPrefix(s, sign.text)
		if !ok {
			continue
		}
		if sign.blanks {
			rest = strings.TrimPrefix(strings.TrimSpace(rest), "v")
		}
		b, reason := parseNumbers(rest)
		if reason != "" {
			return r, reason
		}
		if b == BoundOf(0, 0, 0) {
			return r, "has the version 0.0.0, which Julia does not take"
		}
		return sign.make(b)
	}
	panic("unreachable: the last sign is empty")
}

// parseNumbers reads a bound that has numbers.
func parseNumbers(s string) (Bound, string) {
	if s == "*" {
		return Bound{}, "has \"*\", which is for registries; write >=0 for every version"
	}
	return parseBound(s)
}

// cutHyphen splits at a hyphen with blanks on both sides.
func cutHyphen(s string) (lower, upper string, ok bool) {
	i := strings.IndexByte(s, '-')
	if i <= 0 || i+1 >= len(s) || !isBlank(s[i-1]) || !isBlank(s[i+1]) {
		return "", "", false
	}
	return strings.TrimSpace(s[:i]), strings.TrimSpace(s[i+1:]), true
}

func isBlank(c byte) bool { return unicode.IsSpace(rune(c)) && c < unicode.MaxASCII }

func hyphen(lower, upper string) (Range, string) {
	low, reason := parseNumbers(lower)
	if reason != "" {
		return Range{}, reason
	}
	high, reason := parseNumbers(upper)
	return RangeOf(low, high), reason
}

// full returns b with three numbers.
func full(b Bound) Bound { return Bound{b.parts, 3} }

func caret(b Bound) (Range, string) {
	n := uint8(1)
	for n < b.n && b.parts[n-1] == 0 {
		n++
	}
	return RangeOf(full(b), BoundOf(b.parts[:n]...)), ""
}

func tilde(b Bound) (Range, string) {
	return RangeOf(full(b), BoundOf(b.parts[:min(b.n, 2)]...)), ""
}

func exactly(b Bound) (Range, string) { return RangeOf(full(b), full(b)), "" }

func atLeast(b Bound) (Range, string) { return RangeOf(full(b), Bound{}), "" }

// below ends before b. The bound one number up ends there too, if all that follows
// is zero.
func below(b Bound) (Range, string) {
	for n := 3; n > 0; n-- {
		if b.parts[n-1] > 0 {
			b.parts[n-1]--
			return RangeOf(BoundOf(0, 0, 0), BoundOf(b.parts[:n]...)), ""
		}
	}
	return Range{}, "asks for versions before 0, of which there are none"
}
