package registry

import "fmt"

// maxPart caps names and versions: together with an extension they must fit in
// a file name.
const maxPart = 120

// CheckName returns an error unless name may name a package, policy or
// repository. The rule is wider than hex.pm's present one, because old and
// private repositories hold odd names, but everything it accepts is safe as a
// part of a file name and of a URL path as it stands: 1 to 120 ASCII letters,
// digits and "_", "-", ".", "+", not beginning with "." or "-".
func CheckName(name string) error { return checkPart("name", name) }

// checkOptionalName accepts the empty string, which some writers put in place of
// leaving the field out.
func checkOptionalName(name string) error {
	if name == "" {
		return nil
	}
	return CheckName(name)
}

// CheckVersion returns an error unless version may be one. Beside CheckName's
// rule it has to begin with a digit. It need not be a valid semantic version.
func CheckVersion(version string) error {
	if err := checkPart("version", version); err != nil {
		return err
	}
	if version[0] < '0' || version[0] > '9' {
		return fmt.Errorf("version %.80q does not begin with a digit", version)
	}
	return nil
}

func checkPart(kind, s string) error {
	switch {
	case s == "":
		return fmt.Errorf("empty %s", kind)
	case len(s) > maxPart:
		return fmt.Errorf("%s %.40q… has %d bytes, more than %d", kind, s, len(s), maxPart)
	case s[0] == '.' || s[0] == '-':
		return fmt.Errorf("%s %q begins with %q", kind, s, s[:1])
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9',
			c == '_', c == '-', c == '.', c == '+':
		default:
			return fmt.Errorf("%s %q contains %q", kind, s, c)
		}
	}
	return nil
}

// unique returns the first string of the list that occurs twice, if any does.
func unique[T any](list []T, key func(*T) string) (twice string, ok bool) {
	sorted := true
	for i := 1; i < len(list) && sorted; i++ {
		sorted = key(&list[i-1]) < key(&list[i])
	}
	if sorted {
		return "", true
	}
	seen := make(map[string]struct{}, len(list))
	for i := range list {
		k := key(&list[i])
		if _, found := seen[k]; found {
			return k, false
		}
		seen[k] = struct{}{}
	}
	return "", true
}
