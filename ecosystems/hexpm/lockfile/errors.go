package lockfile

import (
	"fmt"
	"strings"
	"unicode"
)

// Error says why a lock file was refused.
type Error struct {
	Name   string // as given to Parse
	Line   int    // counted from 1; 0 if it concerns the whole file
	Reason string // what is wrong and what to do, in one line
}

func (e *Error) Error() string {
	name := oneLine(e.Name)
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", name, e.Reason)
	}
	return fmt.Sprintf("%s:%d: %s", name, e.Line, e.Reason)
}

// oneLine quotes a file name, or the message of a library, that would disturb
// ours.
func oneLine(s string) string {
	if len(s) > 256 {
		return quote(s)
	}
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return quote(s)
	}
	return s
}

// quote makes foreign text fit for one line of a message.
func quote(s string) string {
	const most = 64
	if len(s) > most {
		return fmt.Sprintf("%q…", s[:most])
	}
	return fmt.Sprintf("%q", s)
}
