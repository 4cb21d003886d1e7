package layout

import (
	"fmt"
	"iter"
	"path"
	"strings"
)

const (
	maxLink  = 4095 // bytes of a target: what Linux takes
	maxTaken = 32   // links on the way of one path; Linux takes 40, and ROOT/ECOSYSTEM is one
)

// CheckLink says whether a symbolic link at path, which [CheckPath] accepts, may
// have this target: relative, in its shortest form, and not out of the tree. The
// shortest form is any number of ".." elements and then, if anything, what
// CheckPath accepts. As every link of a tree is like that, and none is a folder
// on the way to another entry, no chain of them leads out of the tree either.
//
// The target may be a file, a folder, another link, or nothing at all, and it may
// be above the link. The error quotes both and says why.
func CheckLink(path, target string) error { return checkLink(path, target) }

func checkLink[T text](path, target T) error {
	if reason := linkFault(path, target); reason != "" {
		return fmt.Errorf("path %s: links to %s, which %s", quoteShort(path), quoteShort(target), reason)
	}
	return nil
}

func linkFault[T text](path, target T) string {
	if len(target) > maxLink {
		return fmt.Sprintf("is %d bytes long, more than %d", len(target), maxLink)
	}
	rest, up := target, 0
	for len(rest) >= 2 && rest[0] == '.' && rest[1] == '.' && (len(rest) == 2 || rest[2] == '/') {
		up++
		if rest = rest[2:]; len(rest) > 0 {
			if rest = rest[1:]; len(rest) == 0 {
				return "ends in a slash"
			}
		}
	}
	depth := 0
	for i := range len(path) {
		if path[i] == '/' {
			depth++
		}
	}
	if up > depth {
		return "leads out of the tree"
	}
	if len(rest) == 0 && up > 0 {
		return ""
	}
	return pathFault(rest)
}

// leadsTo returns the path in the tree that a link leads to; "." is the tree itself.
func (e Entry) leadsTo() string { return path.Join(path.Dir(e.Path), e.Link) }

// Follow finds the file that a path leads to when the links at it and on its way
// are taken, as a file system would. There may be none: the path or the target of
// a link is not in the snapshot or is a folder, or links lead in a circle.
func Follow(v View, path string) (Entry, bool) {
	if e, ok := v.Lookup(path); ok && !e.IsLink() {
		return e, true // nearly always, and at no further cost
	}
	if l, ok := v.(interface{ HasLinks() bool }); ok && !l.HasLinks() || len(path) > maxPath {
		return Entry{}, false
	}
	path, ok := follow(v, path)
	if !ok {
		return Entry{}, false
	}
	return v.Lookup(path)
}

// follow returns the path that is left when all links are taken. It is that of a
// file, of a folder, or of nothing, as nobody has looked. If links lead in a circle
// it returns the path where that was noticed, and false.
func follow(v View, path string) (string, bool) {
	for range maxTaken {
		e, ok := v.Lookup(path)
		end := len(path)
		for !ok { // what is not there itself may be below a link
			next := strings.LastIndexByte(path[:end], '/')
			if next < 0 {
				return path, true
			}
			end = next
			e, ok = v.Lookup(path[:end])
		}
		if !e.IsLink() {
			return path, true
		}
		rest := path[end:]
		if path = e.leadsTo(); path == "." {
			path, rest = "", strings.TrimPrefix(rest, "/")
		}
		path += rest
	}
	return path, false
}

// Dangling yields the links that lead to no file and to no folder of the list, and
// the path at which the way ends: that of what is missing, or of a link on a circle.
func (l *List) Dangling() iter.Seq2[Entry, string] {
	return func(yield func(Entry, string) bool) {
		v := listView{List: l}
		for e := range l.All("") {
			if !e.IsLink() {
				continue
			}
			if l.holds(e.leadsTo()) {
				continue // mostly
			}
			if end, ok := follow(v, e.Path); (!ok || !l.holds(end)) && !yield(e, end) {
				return
			}
		}
	}
}

// holds reports whether path is that of a file or of a folder.
func (l *List) holds(path string) bool {
	if path == "" || path == "." {
		return true
	}
	if _, data, _ := l.find(path); data != nil {
		size, _ := number(data)
		return size&linkBit == 0
	}
	return l.hasFolder(path)
}

// hasFolder reports whether any entry is below path.
func (l *List) hasFolder(path string) bool {
	_, _, begins := l.find(path + "/")
	return begins
}

// listView lets a list without a store be followed.
type listView struct{ *List }

func (listView) Open(e Entry) (File, error) {
	return nil, fmt.Errorf("%s: a list without a store", e.Path)
}

// content says what an entry is, for messages.
func (e Entry) content() string {
	if e.IsLink() {
		return "link to " + quoteShort(e.Link)
	}
	return "object " + e.Object.String()
}
