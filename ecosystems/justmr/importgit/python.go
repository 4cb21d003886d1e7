package importgit

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/offmirror/offmirror/ecosystems/justmr/ordered"
)

// normpath is posixpath.normpath: unlike path.Clean it keeps two leading slashes, which
// POSIX allows to mean something else than one, and what leads upwards.
func normpath(p string) string {
	if p == "" {
		return "."
	}
	slashes := ""
	if strings.HasPrefix(p, "/") {
		slashes = "/"
		if strings.HasPrefix(p, "//") && !strings.HasPrefix(p, "///") {
			slashes = "//"
		}
	}
	var parts []string
	for part := range strings.SplitSeq(p, "/") {
		switch {
		case part == "" || part == ".":
		case part != ".." || slashes == "" && len(parts) == 0 || len(parts) > 0 && parts[len(parts)-1] == "..":
			parts = append(parts, part)
		case len(parts) > 0:
			parts = parts[:len(parts)-1]
		}
	}
	if p = slashes + strings.Join(parts, "/"); p == "" {
		return "."
	}
	return p
}

// repr is Python's repr of a text, which shows no character that a terminal would obey.
func repr(s string) string {
	quote := '\''
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = '"'
	}
	var b strings.Builder
	b.WriteRune(quote)
	ordered.Runes(s, func(r rune) {
		switch {
		case r == quote || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r <= 0xff:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	})
	b.WriteRune(quote)
	return b.String()
}

func reprList(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = repr(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
