package version

import (
	"fmt"
	"strconv"
	"strings"
)

// maxText is the longest text that is read as a version or as one specifier.
const maxText = 256

// Version is a VersionNumber of Julia. Two Versions are == when Julia calls them
// equal. The zero Version is 0.0.0.
type Version struct {
	Major, Minor, Patch uint32

	// With the sign in front, identifiers joined by ".", numeric ones without
	// leading zeros. A lone "-" comes before every pre-release, a lone "+" behind
	// every build.
	pre, build string
}

// Error says why a text is no version, range or compat entry.
type Error struct {
	Kind   string // "version", "range" or "compat"
	Text   string
	Reason string // a clause: "has no number where one belongs"
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s %s %s", e.Kind, quote(e.Text), e.Reason)
}

// quote makes foreign text fit for one line of a message.
func quote(s string) string {
	const most = 64
	if len(s) > most {
		return fmt.Sprintf("%q…", s[:most])
	}
	return strconv.Quote(s)
}

// Parse reads a version as Julia does. Every error is an [*Error].
func Parse(s string) (Version, error) {
	v, reason := parse(s)
	if reason != "" {
		return Version{}, &Error{Kind: "version", Text: s, Reason: reason}
	}
	return v, nil
}

// MustParse is Parse for versions that are written in a program. It panics where
// Parse fails.
func MustParse(s string) Version {
	v, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return v
}

func parse(s string) (v Version, reason string) {
	if len(s) > maxText {
		return v, fmt.Sprintf("is longer than %d bytes", maxText)
	}
	rest := s
	if rest != "" && (rest[0] == 'v' || rest[0] == 'V') {
		rest = rest[1:]
	}
	for i, field := range [...]*uint32{&v.Major, &v.Minor, &v.Patch} {
		if i > 0 {
			after, ok := strings.CutPrefix(rest, ".")
			if !ok {
				break
			}
			rest = after
		}
		digits := leadingDigits(rest)
		n, err := strconv.ParseUint(digits, 10, 32)
		switch {
		case digits == "":
			return v, "has no number where one belongs; write it like 1.2.3"
		case err != nil:
			return v, "has a number beyond 4294967295"
		}
		*field, rest = uint32(n), rest[len(digits):]
	}
	if rest == "-" {
		v.pre = rest
		return v, ""
	}
	pre, build, built := strings.Cut(rest, "+")
	if pre != "" {
		hyphen := pre[0] == '-'
		if !hyphen && !isLetter(pre[0]) {
			return v, "has " + quote(pre) + " behind its numbers"
		}
		if v.pre, reason = identifiers("-", strings.TrimPrefix(pre, "-")); reason != "" {
			return v, reason
		}
	}
	switch {
	case !built:
	case build == "":
		v.build = "+"
	default:
		v.build, reason = identifiers("+", build)
	}
	return v, reason
}

// identifiers checks what stands between dots and brings it into the form in which
// equal ones are equal as text.
func identifiers(sign, s string) (normal, reason string) {
	parts := strings.Split(s, ".")
	for i, id := range parts {
		if !isIdentifier(id) {
			return "", "has " + quote(id) + " where an identifier belongs"
		}
		if !isDigits(id) {
			continue
		}
		n, err := strconv.ParseUint(id, 10, 64)
		if err != nil {
			return "", "has a number beyond 18446744073709551615"
		}
		parts[i] = strconv.FormatUint(n, 10)
	}
	return sign + strings.Join(parts, "."), ""
}

// String returns the text that Julia prints: three numbers, pre-release, build.
func (v Version) String() string {
	b := make([]byte, 0, 16+len(v.pre)+len(v.build))
	b = strconv.AppendUint(b, uint64(v.Major), 10)
	b = append(b, '.')
	b = strconv.AppendUint(b, uint64(v.Minor), 10)
	b = append(b, '.')
	b = strconv.AppendUint(b, uint64(v.Patch), 10)
	b = append(b, v.pre...)
	return string(append(b, v.build...))
}

// IsPre reports whether v is a pre-release.
func (v Version) IsPre() bool { return v.pre != "" }

// Pre returns the pre-release without its hyphen, and "" without one.
func (v Version) Pre() string { return strings.TrimPrefix(v.pre, "-") }

// Build returns what follows the "+", and "" without one.
func (v Version) Build() string { return strings.TrimPrefix(v.build, "+") }

// Release returns v without pre-release and build.
func (v Version) Release() Version {
	return Version{Major: v.Major, Minor: v.Minor, Patch: v.Patch}
}

// MarshalText writes the form of String.
func (v Version) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText is [Parse].
func (v *Version) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err == nil {
		*v = parsed
	}
	return err
}

func leadingDigits(s string) string {
	i := 0
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return s[:i]
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

func isDigits(s string) bool { return s != "" && leadingDigits(s) == s }

func isIdentifier(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isDigit(c) && !isLetter(c) && c != '-' {
			return false
		}
	}
	return s != ""
}
