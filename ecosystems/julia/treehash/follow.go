package treehash

import "strings"

// maxHops is how many symbolic links Linux follows in one path.
const maxHops = 40

// Follow returns what is at a clean path when symbolic links are followed, as they are by
// who opens it in the unpacked tree; the Entry's Path is where that is. There is nothing at
// links that lead nowhere, in a circle, or out of the tree.
func (t *Tree) Follow(path string) (Entry, bool) {
	var at []string // where rest begins
	hops := 0
	for rest := strings.Split(path, "/"); len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			if len(at) == 0 {
				return Entry{}, false
			}
			at = at[:len(at)-1]
			continue
		}
		here := strings.Join(append(at, part), "/")
		e, ok := t.Entry(here)
		if !ok {
			return Entry{}, false
		}
		switch {
		case e.Kind != Symlink:
			if len(rest) == 0 {
				return e, true
			}
			if e.Kind != Directory {
				return Entry{}, false
			}
			at = append(at, part)
		case hops == maxHops || strings.HasPrefix(e.Link, "/"):
			return Entry{}, false
		default:
			hops++
			rest = append(strings.Split(e.Link, "/"), rest...)
		}
	}
	return t.Entry(strings.Join(at, "/"))
}
