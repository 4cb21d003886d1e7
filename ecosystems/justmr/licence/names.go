package licence

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// kinds are the beginnings of names, the most telling first.
var kinds = []string{"LICENSE", "LICENCE", "COPYING", "UNLICENSE", "UNLICENCE", "COPYRIGHT", "NOTICE"}

const (
	maxFound = 8
	maxKept  = 1000
	maxName  = 300
)

// collector gathers names that may be licences, and whether all are in one folder.
type collector struct {
	found []found
	top   string // folder of the first entry
	seen  bool
	many  bool // there is more than one top folder
}

type found struct {
	name  string
	rank  int
	depth int // folders above it
}

// add looks at the path of a file.
func (c *collector) add(name string) {
	for strings.HasPrefix(name, "./") {
		name = strings.TrimLeft(name[2:], "/")
	}
	top, _, below := strings.Cut(name, "/")
	if !below {
		top = ""
	}
	c.many = c.many || c.seen && top != c.top
	c.top, c.seen = top, true
	depth := strings.Count(name, "/")
	folder, base := "", name
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		folder, base = name[:i], name[i+1:]
	}
	rank := rankOf(base)
	if last := folder[strings.LastIndexByte(folder, '/')+1:]; base != "" && strings.EqualFold(last, "LICENSES") {
		rank, depth = len(kinds), depth-1
	}
	if rank < 0 || depth > 1 || len(c.found) >= maxKept || !presentable(name) {
		return
	}
	c.found = append(c.found, found{name, rank, depth})
}

// rankOf tells what kind of licence a name is of; none is -1.
func rankOf(base string) int {
	upper := strings.ToUpper(base)
	return slices.IndexFunc(kinds, func(kind string) bool {
		rest, ok := strings.CutPrefix(upper, kind)
		return ok && (rest == "" || strings.IndexByte(".-_ S", rest[0]) >= 0 && !isProgram(upper))
	})
}

// isProgram tells of names of programs that are about licences.
func isProgram(upper string) bool {
	for _, ending := range []string{".C", ".CC", ".CPP", ".GO", ".H", ".JAVA", ".JS", ".PL", ".PY", ".RB", ".RS", ".SH"} {
		if strings.HasSuffix(upper, ending) {
			return true
		}
	}
	return false
}

// presentable tells whether a name can be shown as it is.
func presentable(name string) bool {
	return len(name) <= maxName && utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl)
}

// best returns the names that count: those at the very top, and those in the one top folder.
func (c *collector) best() []string {
	slices.SortFunc(c.found, func(x, y found) int {
		return cmp.Or(cmp.Compare(x.depth, y.depth), cmp.Compare(x.rank, y.rank), cmp.Compare(x.name, y.name))
	})
	var names []string
	for _, f := range c.found {
		if (f.depth == 0 || !c.many) && len(names) < maxFound && !slices.Contains(names, f.name) {
			names = append(names, f.name)
		}
	}
	return names
}
