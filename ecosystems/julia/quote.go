package julia

import (
	"regexp"
	"strings"
)

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,-]+$`)

// shellWord quotes a word for a POSIX shell, if it needs that.
func shellWord(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// powerShellWord quotes a word for PowerShell. Typographic quotes count as quotes there.
func powerShellWord(s string) string {
	for _, quote := range []string{"'", "‘", "’", "‚", "‛"} {
		s = strings.ReplaceAll(s, quote, quote+quote)
	}
	return "'" + s + "'"
}

// juliaString quotes a string for Julia, where a dollar begins an interpolation. It is
// one for JSON as well, unless it has a dollar.
func juliaString(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`).Replace(s) + `"`
}
