package version

import (
	"fmt"
	"strings"
)

// Limits that keep NAME-VERSION.tar.gz within the 255 bytes of a file name.
const (
	maxName          = 100
	maxPathComponent = 140
)

// CheckName returns an error unless s can be the name of a Hex package: a
// lower-case letter, then letters, digits and underscores, at most 100 bytes.
// hex.pm takes lower-case names of two letters and more today; it was once more
// generous, and other repositories are. Since a name holds no "-", the first "-"
// of NAME-VERSION.tar ends it.
func CheckName(s string) error {
	switch {
	case s == "":
		return fmt.Errorf("package name is empty; write one like %q", "phoenix_html")
	case len(s) > maxName:
		return fmt.Errorf("package name %s is longer than %d bytes", quote(s), maxName)
	case s[0] < 'a' || s[0] > 'z':
		return fmt.Errorf("package name %s does not begin with a lower-case letter", quote(s))
	}
	for i := range len(s) {
		if c := s[i]; c != '_' && !isIdentifier(s[i:i+1]) || c == '-' {
			return fmt.Errorf("package name %s holds %q; use letters, digits and underscores only", quote(s), s[i:i+1])
		}
	}
	return nil
}

// CheckPathComponent returns an error unless the text of a version can stand in
// a file name such as NAME-VERSION.tar, whether it parses or not: letters,
// digits, ".", "-", "+" and "_", a letter or digit first, no "." last, no "..", at
// most 140 bytes. It says nothing about clashes of upper and lower case.
func CheckPathComponent(s string) error {
	switch {
	case s == "":
		return fmt.Errorf("version is empty")
	case len(s) > maxPathComponent:
		return fmt.Errorf("version %s is longer than %d bytes, too long for a file name", quote(s), maxPathComponent)
	case strings.Contains(s, ".."):
		return fmt.Errorf("version %s holds \"..\", which is unsafe in a file name", quote(s))
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '.' && i > 0 && i < len(s)-1:
		case (c == '-' || c == '+' || c == '_') && i > 0:
		case c != '-' && isIdentifier(s[i:i+1]):
		default:
			return fmt.Errorf("version %s holds %q, which is unsafe in a file name there", quote(s), s[i:i+1])
		}
	}
	return nil
}
