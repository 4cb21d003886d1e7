package config

import (
	"slices"
	"strings"
)

// lineOf returns the line on which path is first written in source, which must be
// well-formed TOML; the TOML package does not tell. What stands inside an
// inline table is found by its nearest parent; 0 means not found.
func lineOf(source string, path []string) int {
	s := lineScanner{rest: source, line: 1}
	var table []string
	best, bestLength := 0, 0
	for {
		at, key, header, ok := s.statement()
		if !ok {
			return best
		}
		full := key
		if header {
			table = key
		} else {
			full = slices.Concat(table, key)
		}
		if n := len(full); n > bestLength && n <= len(path) && slices.Equal(full, path[:n]) {
			best, bestLength = at, n
		}
	}
}

// lineScanner walks over the statements of a TOML file.
type lineScanner struct {
	rest string
	line int
}

// statement reads one table header or one "key = value", and passes over the value.
func (s *lineScanner) statement() (line int, key []string, header, ok bool) {
	for {
		s.skip(" \t\r\n")
		if s.rest == "" {
			return 0, nil, false, false
		}
		if s.rest[0] != '#' {
			break
		}
		s.comment()
	}
	line = s.line
	if header = s.rest[0] == '['; header {
		s.skip("[")
		key = s.key("]")
		s.skip("]")
	} else {
		key = s.key("=")
	}
	s.value()
	return line, key, header, true
}

func (s *lineScanner) take(n int) {
	s.line += strings.Count(s.rest[:n], "\n")
	s.rest = s.rest[n:]
}

func (s *lineScanner) skip(set string) {
	s.take(len(s.rest) - len(strings.TrimLeft(s.rest, set)))
}

func (s *lineScanner) comment() {
	if n := strings.IndexByte(s.rest, '\n'); n >= 0 {
		s.take(n)
	} else {
		s.take(len(s.rest))
	}
}

// key reads a dotted key up to end.
func (s *lineScanner) key(end string) []string {
	var key []string
	for s.rest != "" && !strings.HasPrefix(s.rest, end) {
		switch c := s.rest[0]; c {
		case ' ', '\t', '.':
			s.take(1)
		case '"', '\'':
			key = append(key, s.text())
		default:
			n := strings.IndexAny(s.rest, " \t.\n"+end)
			if n < 1 {
				n = len(s.rest)
			}
			key = append(key, s.rest[:n])
			s.take(n)
		}
	}
	return key
}

// value passes over everything up to the end of the statement.
func (s *lineScanner) value() {
	depth := 0
	for s.rest != "" {
		switch s.rest[0] {
		case '"', '\'':
			s.text()
			continue
		case '#':
			s.comment()
			continue
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case '\n':
			if depth <= 0 {
				return
			}
		}
		s.take(1)
	}
}

// text passes over one string of any of TOML's four kinds and returns what stands between its quotes.
func (s *lineScanner) text() string {
	quote := s.rest[:1]
	if long := strings.Repeat(quote, 3); strings.HasPrefix(s.rest, long) {
		quote = long
	}
	start := s.rest
	s.take(len(quote))
	for s.rest != "" && !strings.HasPrefix(s.rest, quote) {
		n := 1
		if s.rest[0] == '\\' && quote[0] == '"' && len(s.rest) > 1 {
			n = 2
		}
		s.take(n)
	}
	inner := start[len(quote) : len(start)-len(s.rest)]
	s.take(min(len(quote), len(s.rest)))
	return inner
}
