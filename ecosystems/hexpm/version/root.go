package version

import (
	"fmt"
	"strings"
)

// Root is one package that a configuration asks for.
type Root struct {
	Package     string
	Requirement Requirement // [Any] if only the name was given
}

// ParseRoot reads an entry of a configuration: a package name, then perhaps a
// requirement, as in "jason", "plug ~> 1.15" or "phoenix == 1.7.10 or ~> 1.8".
// People write configurations, so numbers may not be left out where that could
// mean two things: "plug 1.15" is an error that shows both ways out. The error
// is one line and quotes the entry.
func ParseRoot(entry string) (Root, error) {
	s := strings.TrimSpace(entry)
	end := strings.IndexFunc(s, func(r rune) bool { return strings.ContainsRune(" \t\r\n<>=!~@:,", r) })
	if end < 0 {
		end = len(s)
	}
	name, requirement := s[:end], strings.TrimSpace(s[end:])
	if err := CheckName(name); err != nil {
		return Root{}, fmt.Errorf("%s: %w; write entries like \"jason\" or \"plug ~> 1.15\"", quote(entry), err)
	}
	if requirement == "" {
		return Root{Package: name}, nil
	}
	if strings.ContainsRune("@:,", rune(requirement[0])) {
		return Root{}, fmt.Errorf("%s: %q does not follow a package name; write \"%s ~> 1.15\" or \"%s == 1.15.3\"",
			quote(entry), requirement[:1], name, name)
	}
	r, err := ParseRequirement(requirement)
	if err != nil {
		return Root{}, fmt.Errorf("package %q: %w", name, err)
	}
	for _, group := range r.groups {
		for _, c := range group {
			if err := c.complete(); err != nil {
				return Root{}, fmt.Errorf("package %q: requirement %s: %w", name, quote(requirement), err)
			}
		}
	}
	return Root{Package: name, Requirement: r}, nil
}

// complete returns an error if the operand leaves out numbers that Elixir wants,
// showing what could be meant.
func (c comparator) complete() error {
	v := c.operand
	switch {
	case v.missing == 0, v.missing == 1 && c.op == approx:
		return nil
	case c.op == approx:
		return fmt.Errorf("%s has one number only; write \"~> %s.0\"", quote(v.text), digits(v.major))
	case c.op == equal:
		return fmt.Errorf("%s leaves out numbers; write \"~> %s.%s\" for all that are compatible, or all three numbers for exactly one version",
			quote(v.text), digits(v.major), digits(v.minor))
	}
	return fmt.Errorf("%s leaves out numbers; write all three: \"%s.%s.0\"", quote(v.text), digits(v.major), digits(v.minor))
}
