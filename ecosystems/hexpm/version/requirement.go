package version

// Requirement says which versions of a package are acceptable. The zero value
// is [Any].
type Requirement struct {
	text   string
	groups [][]comparator // joined by "or"; the comparators of one by "and"
	remark string
}

// comparator is one "operator version".
type comparator struct {
	op      operator
	operand Version
	upper   Version // for approx: the first version that is too new
}

type operator uint8

const (
	equal operator = iota
	unequal
	greater
	greaterEqual
	less
	lessEqual
	approx // ~>
)

// Any returns the requirement that every version satisfies, pre-releases only
// where they are allowed.
func Any() Requirement { return Requirement{} }

// IsAny reports whether r is [Any]. A parsed requirement never is, even if every
// version satisfies it.
func (r Requirement) IsAny() bool { return r.groups == nil }

// String returns the text that r was parsed from, unchanged. Any reads
// ">= 0.0.0", as in a registry.
func (r Requirement) String() string {
	if r.IsAny() {
		return ">= 0.0.0"
	}
	return r.text
}

// Remark says in one line what Elixir would refuse in the text of r, and how it
// was understood; it is empty when Elixir reads the text just as well.
func (r Requirement) Remark() string { return r.remark }

// Match reports whether v satisfies r. When allowPre is false a pre-release
// satisfies "~>", ">" and ">=" only if their operand is a pre-release too.
func (r Requirement) Match(v Version, allowPre bool) bool {
	if r.IsAny() {
		return allowPre || !v.IsPre()
	}
	for _, group := range r.groups {
		if matchAll(group, v, allowPre) {
			return true
		}
	}
	return false
}

func matchAll(group []comparator, v Version, allowPre bool) bool {
	for _, c := range group {
		if !c.match(v, allowPre) {
			return false
		}
	}
	return true
}

func (c comparator) match(v Version, allowPre bool) bool {
	order := v.Compare(c.operand)
	pre := allowPre || !v.IsPre() || c.operand.IsPre()
	switch c.op {
	case equal:
		return order == 0
	case unequal:
		return order != 0
	case greater:
		return order > 0 && pre
	case greaterEqual:
		return order >= 0 && pre
	case less:
		return order < 0
	case lessEqual:
		return order <= 0
	case approx:
		return order >= 0 && v.Compare(c.upper) < 0 && pre
	}
	return false
}

// approxUpper returns the first version that "~> v" does not admit any more.
func approxUpper(v Version) Version {
	if v.missing > 0 {
		return bare(increment(v.major), "")
	}
	return bare(v.major, increment(v.minor))
}

// bare returns MAJOR.MINOR.0-0, the least version with these numbers.
func bare(major, minor string) Version {
	text := digits(major) + "." + digits(minor) + ".0-0"
	return Version{text: text, major: major, minor: minor, pre: "0"}
}

func digits(s string) string {
	if s == "" {
		return "0"
	}
	return s
}
