package tomlfile

import "strings"

// Caps on what is nested. No file of Julia's comes near them. The TOML package has none: it calls
// itself for each list in a list until the stack is full, which ends the program, and
// remembers each part of a dotted key with all parts before it.
const (
	maxDepth = 100
	maxParts = 100
)

// nested returns the line on which lists and tables are in more than most others, or a key has
// more than parts dots; 0 if there is none. What is no TOML need not be understood: the TOML package stops there.
func nested(content string, most, parts int) (line int) {
	depth, dots := 0, 0
	line = 1
	for i := 0; i < len(content); i++ {
		switch content[i] {
		case '\n':
			line++
			dots = 0
		case '#':
			end := strings.IndexAny(content[i:], "\n\r")
			if end < 0 {
				return 0
			}
			i += end - 1
		case '"', '\'':
			end := skipText(content[i:])
			line += strings.Count(content[i:i+end], "\n")
			i += end - 1
		case '[', '{':
			dots = 0
			if depth++; depth > most {
				return line
			}
		case ']', '}':
			depth = max(depth-1, 0)
		case '=', ',':
			dots = 0
		case '.':
			if dots++; dots > parts {
				return line
			}
		}
	}
	return 0
}

// skipText returns the length of the text that s begins with, quotes included. One that does not end
// is as long as its line, or in three quotes as s.
func skipText(s string) int {
	quote := s[0]
	if long := s[:1] + s[:1] + s[:1]; strings.HasPrefix(s, long) {
		for i := 3; i < len(s); i++ {
			switch {
			case quote == '"' && s[i] == '\\':
				i++
			case strings.HasPrefix(s[i:], long):
				i += 3
				for range 2 { // quotes before the closing ones
					if i < len(s) && s[i] == quote {
						i++
					}
				}
				return i
			}
		}
		return len(s)
	}
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == quote:
			return i + 1
		case c == '\n' || c == '\r':
			return i
		case quote == '"' && c == '\\':
			i++
		}
	}
	return len(s)
}
