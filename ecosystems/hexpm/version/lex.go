package version

import "strings"

type tokenKind uint8

const (
	tokenWord tokenKind = iota // a version, or something that pretends to be one
	tokenOperator
	tokenAnd
	tokenOr
)

type token struct {
	kind tokenKind
	op   operator // of tokenOperator
	text string
}

// lex cuts the text into tokens. It takes any white space, and "&&" and "||"
// everywhere, and notes what Elixir would not take: Elixir knows only the space,
// and only " and " and " or " with a space on either side.
func (p *parser) lex() []token {
	var tokens []token
	for i := 0; i < len(p.text); {
		rest := p.text[i:]
		if isSpace(rest[0]) {
			if rest[0] != ' ' {
				p.note("it holds white space other than spaces")
			}
			i++
			continue
		}
		t := p.next(rest, i)
		tokens = append(tokens, t)
		i += len(t.text)
	}
	return tokens
}

// next returns the token at the head of rest, which begins at offset i and not
// with white space.
func (p *parser) next(rest string, i int) token {
	if op, text, found := cutOperator(rest); found {
		return token{tokenOperator, op, text}
	}
	if kind, found := cutSymbol(rest); found {
		p.note("it says %q, which Elixir spells \"and\" or \"or\"", rest[:2])
		return token{kind: kind, text: rest[:2]}
	}
	end := 1
	for end < len(rest) && !endsWord(rest[end:]) {
		end++
	}
	word := rest[:end]
	var kind tokenKind
	switch word {
	case "and":
		kind = tokenAnd
	case "or":
		kind = tokenOr
	default:
		return token{kind: tokenWord, text: word}
	}
	if i == 0 || !isSpace(p.text[i-1]) || end == len(rest) || !isSpace(rest[end]) {
		p.note("%q lacks a space beside it", word)
	}
	return token{kind: kind, text: word}
}

// cutSymbol finds "&&" and "||".
func cutSymbol(s string) (kind tokenKind, found bool) {
	switch {
	case strings.HasPrefix(s, "&&"):
		return tokenAnd, true
	case strings.HasPrefix(s, "||"):
		return tokenOr, true
	}
	return tokenWord, false
}

func endsWord(s string) bool {
	_, _, operator := cutOperator(s)
	_, symbol := cutSymbol(s)
	return operator || symbol || isSpace(s[0])
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r'
}
