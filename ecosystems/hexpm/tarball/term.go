package tarball

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Caps on Erlang terms, beside the size of the text.
const (
	maxDepth = 32
	maxTerms = 1 << 17
)

// Erlang terms as package metadata has them. A string and a binary are both a Go
// string; a number is kept as its text.
type (
	atom  string
	digit string
	tuple []any
	list  []any
)

// terms reads Erlang terms, each ended by a full stop. It knows what
// io_lib:print writes and what people write by hand, and no expressions.
type terms struct {
	in    string
	pos   int
	count int
}

var errEnd = errors.New("unexpected end")

// space skips white space and comments.
func (t *terms) space() {
	for t.pos < len(t.in) {
		switch t.in[t.pos] {
		case ' ', '\t', '\n', '\r':
			t.pos++
		case '%':
			if end := strings.IndexByte(t.in[t.pos:], '\n'); end >= 0 {
				t.pos += end
			} else {
				t.pos = len(t.in)
			}
		default:
			return
		}
	}
}

// more reports whether anything follows.
func (t *terms) more() bool {
	t.space()
	return t.pos < len(t.in)
}

// take skips token if it is next.
func (t *terms) take(token string) bool {
	t.space()
	if strings.HasPrefix(t.in[t.pos:], token) {
		t.pos += len(token)
		return true
	}
	return false
}

func (t *terms) want(token string) error {
	switch {
	case t.take(token):
		return nil
	case !t.more():
		return errEnd
	}
	return fmt.Errorf("found %.10q where %q belongs", t.in[t.pos:], token)
}

// term reads one term.
func (t *terms) term(depth int) (any, error) {
	if t.count++; t.count > maxTerms || depth > maxDepth {
		return nil, errors.New("too many or too deeply nested terms")
	}
	switch {
	case !t.more():
		return nil, errEnd
	case t.take("<<"):
		return t.binary()
	case t.take("#{"):
		return t.mapping(depth)
	case t.take("{"):
		elements, err := t.sequence("}", depth)
		return tuple(elements), err
	case t.take("["):
		elements, err := t.sequence("]", depth)
		return list(elements), err
	}
	switch c := t.in[t.pos]; {
	case c == '"':
		return t.adjacent()
	case c == '\'':
		s, err := t.quoted('\'')
		return atom(s), err
	case c == '-' || c >= '0' && c <= '9':
		// The full stop after a number belongs to it only if digits follow.
		word, stop := strings.CutSuffix(t.word(), ".")
		if stop {
			t.pos--
		}
		return digit(word), nil
	case c >= 'a' && c <= 'z':
		return atom(t.word()), nil
	default:
		return nil, fmt.Errorf("found %.10q where a term belongs", t.in[t.pos:])
	}
}

// word takes what an unquoted atom or a number consists of.
func (t *terms) word() string {
	start := t.pos
	number := t.in[t.pos] < 'a'
	for t.pos < len(t.in) {
		c := t.in[t.pos]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '@' ||
			number && (c == '.' || c == '-' || c == '+' || c == '#') {
			t.pos++
			continue
		}
		break
	}
	return t.in[start:t.pos]
}

// sequence reads terms between commas up to the closing token.
func (t *terms) sequence(closing string, depth int) ([]any, error) {
	var elements []any
	if t.take(closing) {
		return elements, nil
	}
	for {
		e, err := t.term(depth + 1)
		if err != nil {
			return nil, err
		}
		elements = append(elements, e)
		if t.take(closing) {
			return elements, nil
		}
		if err := t.want(","); err != nil {
			return nil, err
		}
	}
}

// mapping reads a map as the list of its pairs.
func (t *terms) mapping(depth int) (any, error) {
	var pairs list
	if t.take("}") {
		return pairs, nil
	}
	for {
		k, err := t.term(depth + 1)
		if err != nil {
			return nil, err
		}
		if err := t.want("=>"); err != nil {
			return nil, err
		}
		v, err := t.term(depth + 1)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, tuple{k, v})
		if t.take("}") {
			return pairs, nil
		}
		if err := t.want(","); err != nil {
			return nil, err
		}
	}
}

// binary reads the rest of <<…>>: strings and bytes.
func (t *terms) binary() (any, error) {
	var b []byte
	for !t.take(">>") {
		if len(b) > 0 {
			t.take(",") // strings may also just follow each other
		}
		switch {
		case !t.more():
			return nil, errEnd
		case t.in[t.pos] == '"':
			s, err := t.adjacent()
			if err != nil {
				return nil, err
			}
			if t.take("/utf8") {
				b = append(b, s...)
				break
			}
			for _, r := range s { // without /utf8 every character is one byte
				b = append(b, byte(r))
			}
		default:
			n, err := strconv.ParseUint(t.word(), 10, 8)
			if err != nil {
				return nil, fmt.Errorf("found %.10q inside a binary", t.in[t.pos:])
			}
			b = append(b, byte(n))
		}
	}
	return toUTF8(b), nil
}

// toUTF8 takes text that is not UTF-8 for Latin-1, as clients do.
func toUTF8(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	var s strings.Builder
	for _, c := range b {
		s.WriteRune(rune(c))
	}
	return s.String()
}

// adjacent reads one or more strings that follow each other.
func (t *terms) adjacent() (string, error) {
	var all strings.Builder
	for t.more() && t.in[t.pos] == '"' {
		s, err := t.quoted('"')
		if err != nil {
			return "", err
		}
		all.WriteString(s)
	}
	return all.String(), nil
}

// quoted reads from one quote to the next.
func (t *terms) quoted(quote byte) (string, error) {
	var b strings.Builder
	for t.pos++; t.pos < len(t.in); {
		switch c := t.in[t.pos]; c {
		case quote:
			t.pos++
			return b.String(), nil
		case '\\':
			t.pos++
			r, err := t.escape()
			if err != nil {
				return "", err
			}
			b.WriteRune(r)
		default:
			b.WriteByte(c)
			t.pos++
		}
	}
	return "", errEnd
}

// escape reads what follows a backslash.
func (t *terms) escape() (rune, error) {
	rest := t.in[t.pos:]
	number := func(digits string, skip, base int) (rune, error) {
		n, err := strconv.ParseUint(digits, base, 21)
		if err != nil || n > utf8.MaxRune {
			return 0, fmt.Errorf("bad escape %.10q", `\`+rest)
		}
		t.pos += skip
		return rune(n), nil
	}
	switch {
	case rest == "":
		return 0, errEnd
	case strings.HasPrefix(rest, "x{"):
		end := strings.IndexByte(rest, '}')
		if end < 0 {
			return 0, errEnd
		}
		return number(rest[2:end], end+1, 16)
	case rest[0] == 'x' && len(rest) > 2:
		return number(rest[1:3], 3, 16)
	case rest[0] >= '0' && rest[0] <= '7':
		n := 1
		for n < 3 && n < len(rest) && rest[n] >= '0' && rest[n] <= '7' {
			n++
		}
		return number(rest[:n], n, 8)
	}
	if i := strings.IndexByte("nrtbvfesd", rest[0]); i >= 0 {
		t.pos++
		return rune("\n\r\t\b\v\f\x1b \x7f"[i]), nil
	}
	r, size := utf8.DecodeRuneInString(rest)
	t.pos += size
	return r, nil
}
