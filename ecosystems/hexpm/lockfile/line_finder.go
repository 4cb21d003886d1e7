package lockfile

import (
	"regexp"
	"strings"
)

// lineFinder finds the lines of packages, which the decoder does not tell: the
// packages come in the order of the file, so each is sought behind the last.
type lineFinder struct {
	src  string
	pos  int
	line int // newlines before pos
}

var nameKey = regexp.MustCompile(`\bname\s*=\s*["']([^"'\n]*)["']`)

// next returns the line of the next package of that name. Once one is not there,
// as its name is written with escapes, it and all that follow have line 0: to
// search the rest for each of them would take too long.
func (f *lineFinder) next(name string) int {
	m := nameKey.FindStringSubmatchIndex(f.src[f.pos:])
	for pos, line := f.pos, f.line; m != nil; m = nameKey.FindStringSubmatchIndex(f.src[pos:]) {
		line += strings.Count(f.src[pos:pos+m[0]], "\n")
		found := f.src[pos+m[2]:pos+m[3]] == name
		pos += m[0] + 1
		if found {
			f.pos, f.line = pos, line
			return line + 1
		}
	}
	f.pos = len(f.src)
	return 0
}
