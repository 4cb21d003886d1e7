package treehash

import "strings"

// Kind is what an entry of a tree is.
type Kind uint8

// The kinds that a tree can hold.
const (
	Directory  Kind = iota
	File            // not executable
	Executable      // a file with the owner's execute bit
	Symlink
)

// Mode returns the mode as tree objects write it.
func (k Kind) Mode() string {
	return [...]string{Directory: "40000", File: "100644", Executable: "100755", Symlink: "120000"}[k]
}

// hardLink is a kind of member only: in a tree it is a file.
const hardLink Kind = 0xff

// member is a header that has passed all checks.
type member struct {
	path string // cleaned: no empty parts, no "."; "" is the root
	link string
	size int64
	kind Kind
	exec bool
}

// check refuses what Tar.jl refuses and what exceeds the limits, and cleans names.
func (h *header) check(l *Limits) (member, error) {
	m := member{size: h.size, link: h.link, exec: h.mode&0o100 != 0}
	refuse := func(why string) (member, error) { return member{}, malformed("%.200q: %s", h.path, why) }
	switch h.kind {
	case '0':
		m.kind = File
		if m.exec {
			m.kind = Executable
		}
	case '1':
		m.kind = hardLink
	case '2':
		m.kind = Symlink
	case '5':
		m.kind = Directory
	default:
		return member{}, malformed("%.200q: is neither file, link nor directory (type %q)", h.path, h.kind)
	}
	linked := m.kind == hardLink || m.kind == Symlink
	switch {
	case h.path == "":
		return refuse("a member without a name")
	case len(h.path) > l.Path:
		return member{}, beyond("%.60q…: a path of %d bytes", h.path, len(h.path))
	case len(h.link) > l.Link:
		return member{}, beyond("%.200q: a link target of %d bytes", h.path, len(h.link))
	case strings.ContainsRune(h.path, 0):
		return refuse("NUL in its name")
	case strings.ContainsRune(h.link, 0):
		return refuse("NUL in the target of a link")
	case !linked && h.link != "":
		return refuse("has a link target but is no link")
	case linked && h.link == "":
		return refuse("a link without a target")
	case linked && h.size != 0:
		return refuse("a link with a size")
	case m.kind == Directory && h.size != 0:
		return refuse("a directory with a size")
	case h.size < 0:
		return refuse("a negative size")
	}
	var last string
	var ok bool
	if m.path, last, ok = clean(h.path); !ok {
		return refuse("leads out of the tree")
	}
	if m.kind != Directory && (last == "" || last == ".") {
		return refuse("the name of a directory, but it is none")
	}
	if m.kind == hardLink {
		if m.link, _, ok = clean(h.link); !ok {
			return refuse("a hard link that leads out of the tree")
		}
	}
	return m, l.checkPath(m.path)
}

// clean drops empty parts and "." from a path. It returns the last part too, as
// it was, and false for an absolute path or one with "..".
func clean(path string) (cleaned, last string, ok bool) {
	if path[0] == '/' {
		return "", "", false
	}
	simple := true
	for part := range strings.SplitSeq(path, "/") {
		switch part {
		case "..":
			return "", "", false
		case "", ".":
			simple = false
		}
		last = part
	}
	if simple {
		return path, last, true
	}
	parts := strings.Split(path, "/")
	kept := parts[:0]
	for _, part := range parts {
		if part != "" && part != "." {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "/"), last, true
}

// checkPath bounds depth and parts of a clean path.
func (l *Limits) checkPath(path string) error {
	depth := 0
	for rest := path; rest != ""; depth++ {
		var part string
		part, rest, _ = strings.Cut(rest, "/")
		if len(part) > l.Name {
			return beyond("%.60q…: a name of %d bytes", part, len(part))
		}
	}
	if depth > l.Depth {
		return beyond("%.60q…: %d folders deep", path, depth)
	}
	return nil
}
