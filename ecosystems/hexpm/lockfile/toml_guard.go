package lockfile

import "strings"

// maxNesting bounds brackets within brackets, and dots within keys, in TOML. A
// manifest.toml has three.
const maxNesting = 16

// hostileTOML returns the first line on which brackets or dotted keys nest
// deeper than any manifest does, or a string does not end; otherwise 0. The
// decoder has no limit of its own, and its time grows with the cube of the
// depth: 64 KiB of "{a=" take it a minute.
//
// Up to the first mistake in src, where the decoder stops as well, this sees
// strings and comments as the decoder does, so that nothing can hide in them.
func hostileTOML(src string) (line int) {
	line = 1
	depth, dots := 0, 0
	for i := 0; i < len(src); {
		switch c := src[i]; c {
		case '"', '\'':
			end := tomlStringEnd(src[i:])
			if end < 0 {
				return line
			}
			line += strings.Count(src[i:i+end], "\n")
			i += end
			continue
		case '#':
			if end := strings.IndexByte(src[i:], '\n'); end >= 0 {
				i += end
				continue
			}
			return 0
		case '\n':
			line++
			dots = 0
		case '[', '{':
			depth++
			dots = 0
		case ']', '}':
			depth--
		case '.':
			dots++
		case '=', ',':
			dots = 0
		}
		if depth > maxNesting || dots > maxNesting {
			return line
		}
		i++
	}
	return 0
}

// tomlStringEnd returns how long the string at the head of s is, quotes
// included, or -1 if it does not end.
func tomlStringEnd(s string) int {
	quote, multi := s[:1], strings.Repeat(s[:1], 3)
	delimiter := quote
	if strings.HasPrefix(s, multi) {
		delimiter = multi
	}
	for i := len(delimiter); i < len(s); i++ {
		switch {
		case s[i] == '\\' && quote == `"`:
			i++
		case s[i] == '\n' && delimiter == quote:
			return -1
		case strings.HasPrefix(s[i:], delimiter):
			end := i + len(delimiter)
			for delimiter == multi && strings.HasPrefix(s[end:], quote) {
				end++ // the last three of a row of quotes are the closing ones
			}
			return end
		}
	}
	return -1
}
