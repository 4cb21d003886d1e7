package version

import (
	"fmt"
	"strings"
)

// maxVersion is the longest version text that is read, in bytes. The rules of
// hex.pm allow 109 (three numbers of 14 digits and a pre-release of 64); build
// metadata has no limit there, but is of no use either.
const maxVersion = 256

// strictDigits is how many digits Elixir reads in one number since 1.20.1.
const strictDigits = 14

// Version is a parsed version. It keeps the text that it was made from, and two
// Versions are == when their texts are the same; use [Version.Compare] for
// precedence. The zero Version has no text and compares like 0.0.0.
type Version struct {
	text string
	// Substrings of text. Numbers are without leading zeros, so that zero is "";
	// they stay decimal digits because nothing bounds them.
	major, minor, patch string
	pre                 string // without the "-"; identifiers joined by "."
	missing             uint8  // how many of the three numbers the text leaves out
	odd                 bool   // holds something that Elixir's parser refuses
}

// VersionError says why a text is not a version.
type VersionError struct {
	Text   string
	Reason string // a clause without subject: "has four numbers"
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("version %s %s; write it like 1.2.3 or 1.2.3-rc.1", quote(e.Text), e.Reason)
}

// Parse reads a version. Unlike Elixir it also takes what a repository may hold
// from other times: numbers with leading zeros or more than 14 digits, and
// missing minor or patch numbers, which count as zero. Every error is a
// [*VersionError].
func Parse(s string) (Version, error) {
	if reason := refuse(s); reason != "" {
		return Version{}, &VersionError{Text: s, Reason: reason}
	}
	v := Version{text: s}
	rest, build, hasBuild := strings.Cut(s, "+")
	numbers, pre, hasPre := strings.Cut(rest, "-")
	fields := [3]*string{&v.major, &v.minor, &v.patch}
	n := 0
	for more := true; more; n++ {
		var number string
		if number, numbers, more = strings.Cut(numbers, "."); n == len(fields) {
			return Version{}, &VersionError{Text: s, Reason: "has more than three numbers"}
		}
		if !isDigits(number) {
			return Version{}, &VersionError{Text: s, Reason: "has " + quote(number) + " where a number belongs"}
		}
		*fields[n] = strings.TrimLeft(number, "0")
		v.odd = v.odd || oddNumber(number)
	}
	v.missing = uint8(len(fields) - n)
	if hasPre {
		v.pre = pre
		for id := range strings.SplitSeq(pre, ".") {
			if !isIdentifier(id) {
				return Version{}, &VersionError{Text: s, Reason: "has " + quote(id) + " in its pre-release"}
			}
			v.odd = v.odd || isDigits(id) && oddNumber(id)
		}
	}
	if hasBuild {
		for id := range strings.SplitSeq(build, ".") {
			if !isIdentifier(id) {
				return Version{}, &VersionError{Text: s, Reason: "has " + quote(id) + " in its build metadata"}
			}
		}
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

func refuse(s string) string {
	switch {
	case s == "":
		return "is empty"
	case len(s) > maxVersion:
		return fmt.Sprintf("is longer than %d bytes", maxVersion)
	}
	return ""
}

// String returns the text that v was parsed from, unchanged.
func (v Version) String() string { return v.text }

// IsPre reports whether v is a pre-release.
func (v Version) IsPre() bool { return v.pre != "" }

// Strict reports whether Elixir itself reads the text of v as a version.
func (v Version) Strict() bool { return v.text != "" && v.missing == 0 && !v.odd }

// oddNumber reports whether Elixir refuses a number that consists of digits.
func oddNumber(s string) bool {
	return len(s) > strictDigits || len(s) > 1 && s[0] == '0'
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func isIdentifier(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' {
			return false
		}
	}
	return s != ""
}

// quote makes foreign text fit for one line of a message.
func quote(s string) string {
	const most = 64
	if len(s) > most {
		return fmt.Sprintf("%q…", s[:most])
	}
	return fmt.Sprintf("%q", s)
}
