package lockfile

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// scanner is the common ground of the parsers of Elixir and Erlang literals.
type scanner struct {
	name    string
	comment byte // what begins a comment
	src     string
	pos     int
	line    int
	depth   int
	terms   int
}

// readError is how the recursive parsers give up; it never leaves the package.
type readError struct{ *Error }

// guard turns the panic of fail into an error.
func guard(err *error) {
	switch e := recover().(type) {
	case nil:
	case readError:
		*err = e.Error
	default:
		panic(e)
	}
}

func (s *scanner) fail(line int, format string, args ...any) {
	panic(readError{&Error{s.name, line, fmt.Sprintf(format, args...)}})
}

// peek returns the next byte behind white space and comments, 0 at the end.
func (s *scanner) peek() byte {
	for s.pos < len(s.src) {
		switch c := s.src[s.pos]; c {
		case '\n':
			s.line++
			s.pos++
		case ' ', '\t', '\r', '\f', '\v':
			s.pos++
		case s.comment:
			if end := strings.IndexByte(s.src[s.pos:], '\n'); end >= 0 {
				s.pos += end
			} else {
				s.pos = len(s.src)
			}
		default:
			return c
		}
	}
	return 0
}

// accept takes the text if it comes next.
func (s *scanner) accept(text string) bool {
	s.peek()
	if !strings.HasPrefix(s.src[s.pos:], text) {
		return false
	}
	s.pos += len(text)
	return true
}

func (s *scanner) expect(text, where string) {
	if !s.accept(text) {
		s.fail(s.line, "%s where %q belongs, %s", s.found(), text, where)
	}
}

// found describes what comes next, for messages.
func (s *scanner) found() string {
	if s.peek() == 0 && s.pos == len(s.src) {
		return "the file ends"
	}
	rest := s.src[s.pos:]
	end := strings.IndexAny(rest[1:], " \t\r\n,")
	if end < 0 {
		end = len(rest) - 1
	}
	return "has " + quote(rest[:min(end+1, 24)])
}

// enter counts the nesting; the function it returns ends it.
func (s *scanner) enter() (leave func()) {
	if s.depth++; s.depth > maxDepth {
		s.fail(s.line, "nests brackets more than %d deep; is it a lock file?", maxDepth)
	}
	return func() { s.depth-- }
}

// sequence reads elements up to the closing bracket; a comma may follow the last.
func (s *scanner) sequence(end string, element func()) {
	defer s.enter()()
	for start := s.line; !s.accept(end); {
		if s.terms++; s.terms > maxTerms {
			s.fail(s.line, "has more than %d elements; is it a lock file?", maxTerms)
		}
		element()
		if !s.accept(",") && s.peek() != end[0] {
			s.fail(s.line, "%s where \",\" or %q belongs, in brackets opened on line %d; lock the project again", s.found(), end, start)
		}
	}
}

// bytes reads the rest of <<1, 2, "text">>, with the function for the text.
func (s *scanner) bytes(line int, literal func() string) term {
	var b strings.Builder
	s.sequence(">>", func() {
		switch c := s.peek(); {
		case c == '"':
			b.WriteString(literal())
		case c >= '0' && c <= '9':
			n, err := strconv.ParseUint(s.number().text, 10, 8)
			if err != nil {
				s.fail(s.line, "has a number in a binary that is not a byte; lock the project again")
			}
			b.WriteByte(byte(n))
		default:
			s.fail(s.line, "%s in a binary, which is not a literal; lock the project again", s.found())
		}
	})
	return term{kind: text, text: b.String(), line: line}
}

// run takes the bytes for which in holds.
func (s *scanner) run(in func(c byte) bool) string {
	start := s.pos
	for s.pos < len(s.src) && in(s.src[s.pos]) {
		s.pos++
	}
	return s.src[start:s.pos]
}

// quoted reads the rest of a quoted text behind its opening quote. The function
// escape reads what follows a backslash.
func (s *scanner) quoted(quote byte, escape func(b *strings.Builder, c byte)) string {
	var b strings.Builder
	start := s.line
	for s.pos < len(s.src) {
		c := s.src[s.pos]
		s.pos++
		switch c {
		case quote:
			return b.String()
		case '\n':
			s.line++
			b.WriteByte(c)
		case '\\':
			if s.pos == len(s.src) {
				break
			}
			e := s.src[s.pos]
			s.pos++
			escape(&b, e)
		case '#':
			if s.comment == '#' && strings.HasPrefix(s.src[s.pos:], "{") {
				s.fail(s.line, "has interpolation in a string, which would have to be evaluated; write the value itself")
			}
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	s.fail(start, "a quotation opened here never ends; lock the project again")
	return ""
}

// hexEscape reads the digits of \x41, \x{1F600} and, with four digits, \u0041.
func (s *scanner) hexEscape(b *strings.Builder, most int, asRune bool) {
	start := s.pos
	braced := strings.HasPrefix(s.src[s.pos:], "{")
	if braced {
		s.pos++
		most = 6
	}
	value, n := 0, 0
	for n < most && s.pos < len(s.src) {
		d := strings.IndexByte("0123456789abcdef", s.src[s.pos]|0x20)
		if d < 0 || s.src[s.pos] < '0' {
			break
		}
		value = value<<4 | d
		s.pos++
		n++
	}
	if braced && !s.acceptNow('}') || n == 0 || !utf8.ValidRune(rune(value)) {
		s.fail(s.line, "has the bad escape %s; lock the project again", quote(`\x`+s.src[start:s.pos]))
	}
	if asRune || braced {
		b.WriteRune(rune(value))
	} else {
		b.WriteByte(byte(value))
	}
}

func (s *scanner) acceptNow(c byte) bool {
	if s.pos < len(s.src) && s.src[s.pos] == c {
		s.pos++
		return true
	}
	return false
}

// simpleEscapes are the letters that stand for one control character in both
// languages.
var simpleEscapes = map[byte]byte{
	'b': '\b', 'd': 0x7f, 'e': 0x1b, 'f': '\f', 'n': '\n', 'r': '\r', 's': ' ', 't': '\t', 'v': '\v',
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '@' || c >= utf8.RuneSelf
}

func isNumberByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '#'
}

// number reads a number as it is written, the sign included.
func (s *scanner) number() term {
	t := term{kind: number, line: s.line}
	start := s.pos
	if c := s.src[s.pos]; c == '-' || c == '+' {
		s.pos++
	}
	if s.run(isNumberByte) == "" {
		s.fail(s.line, "has a sign without a number; lock the project again")
	}
	// A dot belongs to the number only if a digit follows: Erlang ends terms with one.
	if rest := s.src[s.pos:]; len(rest) > 1 && rest[0] == '.' && rest[1] >= '0' && rest[1] <= '9' {
		s.pos++
		digits := s.run(isNumberByte)
		if last := digits[len(digits)-1] | 0x20; last == 'e' && (s.acceptNow('-') || s.acceptNow('+')) {
			s.run(isNumberByte)
		}
	}
	t.text = s.src[start:s.pos]
	return t
}
