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
func CheckLink(path, target string) error {
	if reason := linkFault(path, target); reason != "" {
		return fmt.Errorf("path %s: links to %s, which %s", quoteShort(path), quoteShort(target), reason)
	}
	return nil
}

func linkFault(path, target string) string {
	if len(target) > maxLink {
		return fmt.Sprintf("is %d bytes long, more than %d", len(target), maxLink)
	}
	rest, up := target, 0
	for rest == ".." || strings.HasPrefix(rest, "../") {
		up++
		if rest = rest[2:]; rest != "" {
			if rest = rest[1:]; rest == "" {
				return "ends in a slash"
			}
		}
	}
	if up > strings.Count(path, "/") {
		return "leads out of the tree"
	}
	if rest == "" && up > 0 {
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
// it returns the one where that was noticed, and false.
func follow(v View, path string) (string, bool) {
	taken := 0
next:
	for {
		for end := 0; end < len(path); end++ { // after each element
			below := strings.IndexByte(path[end:], '/')
			if end += below; below < 0 {
				end = len(path)
			}
			e, ok := v.Lookup(path[:end])
			if !ok {
				continue
			}
			if !e.IsLink() {
				return path, true
			}
			if taken++; taken > maxTaken {
				return e.Path, false
			}
			rest := path[end:]
			if path = e.leadsTo(); path == "." {
				path, rest = "", strings.TrimPrefix(rest, "/")
			}
			path += rest
			continue next
		}
		return path, true
	}
}

// HasLinks reports whether any entry is a link.
func (l *List) HasLinks() bool { return len(l.targetEnds) > 0 }

// Dangling yields the links that lead to no file and to no folder of the list, and
// the path at which the way ends: that of what is missing, or of a link on a circle.
func (l *List) Dangling() iter.Seq2[Entry, string] {
	return func(yield func(Entry, string) bool) {
		v := listView{List: l}
		for i := range l.Len() {
			if l.link(i) == "" {
				continue
			}
			e := l.At(i)
			if end, ok := follow(v, e.Path); (!ok || !l.exists(end)) && !yield(e, end) {
				return
			}
		}
	}
}

// exists reports whether path is a file, a link or a folder.
func (l *List) exists(path string) bool {
	if path == "" {
		return true
	}
	if _, ok := l.Lookup(path); ok {
		return true
	}
	below := path + "/"
	i := l.search(below)
	return i < l.Len() && strings.HasPrefix(l.path(i), below)
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
