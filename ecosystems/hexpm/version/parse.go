package version

import (
	"fmt"
	"strings"
)

// Caps on what a registry may make us read.
const (
	maxRequirement = 4096 // bytes
	maxComparators = 256
)

// RequirementError says why a text is not a requirement.
type RequirementError struct {
	Text   string
	Reason string // a clause that tells what is wrong and what to write
}

func (e *RequirementError) Error() string {
	return fmt.Sprintf("requirement %s: %s", quote(e.Text), e.Reason)
}

// ParseRequirement reads a requirement; the package comment has the grammar.
// Every error is a [*RequirementError].
func ParseRequirement(s string) (Requirement, error) {
	p := parser{text: s}
	groups, err := p.parse()
	if err != nil {
		return Requirement{}, err
	}
	return Requirement{text: s, groups: groups, remark: p.remark}, nil
}

// MustParseRequirement is ParseRequirement for requirements that are written in
// a program. It panics where ParseRequirement fails.
func MustParseRequirement(s string) Requirement {
	r, err := ParseRequirement(s)
	if err != nil {
		panic(err)
	}
	return r
}

type parser struct {
	text   string
	remark string // the first thing that Elixir would refuse
}

func (p *parser) fail(format string, args ...any) error {
	return &RequirementError{Text: p.text, Reason: fmt.Sprintf(format, args...)}
}

func (p *parser) note(format string, args ...any) {
	if p.remark == "" {
		p.remark = fmt.Sprintf(format, args...)
	}
}

func (p *parser) parse() ([][]comparator, error) {
	if len(p.text) > maxRequirement {
		return nil, p.fail("it is longer than %d bytes", maxRequirement)
	}
	tokens := p.lex()
	var groups [][]comparator
	var group []comparator
	for count := 1; ; count++ {
		if count > maxComparators {
			return nil, p.fail("it has more than %d comparisons", maxComparators)
		}
		c, rest, err := p.comparator(tokens)
		if err != nil {
			return nil, err
		}
		group = append(group, c)
		if len(rest) == 0 {
			return append(groups, group), nil
		}
		switch rest[0].kind {
		case tokenAnd:
		case tokenOr:
			groups, group = append(groups, group), nil
		default:
			return nil, p.fail("%s follows a version; join comparisons with \"and\" or \"or\"", quote(rest[0].text))
		}
		tokens = rest[1:]
	}
}

// comparator reads one comparison from the head of tokens.
func (p *parser) comparator(tokens []token) (comparator, []token, error) {
	c := comparator{op: equal}
	if len(tokens) > 0 && tokens[0].kind == tokenOperator {
		c.op, tokens = tokens[0].op, tokens[1:]
	}
	if len(tokens) == 0 {
		return c, nil, p.fail("it ends where a version belongs; write one like 1.2.3")
	}
	if tokens[0].kind != tokenWord {
		return c, nil, p.fail("%s stands where a version belongs", quote(tokens[0].text))
	}
	v, err := Parse(tokens[0].text)
	if err != nil {
		return c, nil, p.fail("%v", err)
	}
	c.operand = v
	switch {
	case v.missing == 1 && c.op == approx:
	case v.missing > 0:
		p.note("%s leaves out numbers, which count as zero", quote(v.text))
	}
	if v.odd {
		p.note("%s has a number that Elixir refuses", quote(v.text))
	}
	if c.op == approx {
		c.upper = approxUpper(v)
	}
	return c, tokens[1:], nil
}

// operators in the order in which they must be tried.
var operators = []struct {
	text string
	op   operator
}{
	{">=", greaterEqual}, {"<=", lessEqual}, {"~>", approx}, {"==", equal}, {"!=", unequal},
	{">", greater}, {"<", less}, {"!", unequal},
}

func cutOperator(s string) (op operator, text string, found bool) {
	for _, o := range operators {
		if strings.HasPrefix(s, o.text) {
			return o.op, o.text, true
		}
	}
	return 0, "", false
}
