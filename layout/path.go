package layout

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxPath    = 4000 // bytes; below PATH_MAX with room for the root
	maxElement = 255  // bytes; what common file systems take
)

// CheckPath says whether p may be a path in a tree: relative, slash-separated,
// valid UTF-8, without empty, "." or ".." elements, control characters,
// bidirectional overrides and backslashes; short enough for every common file
// system; and without names that Windows cannot hold (NUL, COM1.txt, a trailing
// dot or space), since trees travel on media. A colon, which justmr needs in
// HOST:PORT, a plus sign and a question mark are allowed.
//
// The error quotes p and says why.
func CheckPath(p string) error { return checkPath(p) }

// text lets what is read by the million be checked where it lies, without a string of it.
type text interface{ string | []byte }

func checkPath[T text](p T) error {
	if reason := pathFault(p); reason != "" {
		return fmt.Errorf("path %s: %s", quoteShort(p), reason)
	}
	return nil
}

func quoteShort[T text](p T) string {
	if len(p) > 200 {
		return fmt.Sprintf("%q…", p[:200])
	}
	return fmt.Sprintf("%q", p)
}

func pathFault[T text](p T) string {
	switch {
	case len(p) == 0:
		return "is empty"
	case len(p) > maxPath:
		return fmt.Sprintf("is %d bytes long, more than %d", len(p), maxPath)
	case p[0] == '/':
		return "is absolute"
	}
	start, ascii := 0, true
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case c == '/':
			if reason := elementFault(p[start:i]); reason != "" {
				return reason
			}
			start = i + 1
		case c < 0x20 || c == 0x7f:
			return "holds a control character"
		case c == '\\':
			return "holds a backslash"
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	if reason := elementFault(p[start:]); reason != "" {
		return reason
	}
	if ascii {
		return ""
	}
	whole := string(p)
	if !utf8.ValidString(whole) {
		return "is not valid UTF-8"
	}
	for _, r := range whole {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return "holds a control character"
		}
	}
	return ""
}

func elementFault[T text](e T) string {
	switch {
	case len(e) == 0:
		return "has an empty element"
	case e[0] == '.' && (len(e) == 1 || len(e) == 2 && e[1] == '.'):
		return "has the element " + string(e)
	case len(e) > maxElement:
		return fmt.Sprintf("has an element of %d bytes, more than %d", len(e), maxElement)
	case e[len(e)-1] == '.' || e[len(e)-1] == ' ':
		return "has an element that ends in a dot or a space, which Windows drops"
	case reservedOnWindows(e):
		return "has an element that Windows reserves for a device"
	}
	return ""
}

// longestReserved is the length of the longest name of a device, "conout$".
const longestReserved = 7

func reservedOnWindows[T text](e T) bool {
	if c := e[0] | 0x20; c != 'c' && c != 'p' && c != 'a' && c != 'n' && c != 'l' {
		return false
	}
	end := 0
	for end < len(e) && e[end] != '.' {
		end++
	}
	for end > 0 && e[end-1] == ' ' {
		end--
	}
	if end > longestReserved {
		return false
	}
	stem := string(e[:end])
	for _, name := range []string{"con", "prn", "aux", "nul", "conin$", "conout$"} {
		if strings.EqualFold(stem, name) {
			return true
		}
	}
	if len(stem) < 4 || !strings.EqualFold(stem[:3], "com") && !strings.EqualFold(stem[:3], "lpt") {
		return false
	}
	switch stem[3:] {
	case "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "¹", "²", "³":
		return true
	}
	return false
}
