package treehash

import (
	"crypto/sha1"
	"hash"
	"slices"
	"strconv"
	"strings"
)

// node is an entry of the tree. The zero node is an empty directory.
type node struct {
	kind     Kind
	kept     bool // text is the content of a file
	id       Hash // of the blob; not used for directories
	size     int64
	offset   int64  // of the content in the tar stream
	text     string // target of a symbolic link, or content
	children map[string]*node
}

func (n *node) isDirectory() bool { return n.kind == Directory }

// put sets a child.
func (n *node) put(name string, child *node) {
	if n.children == nil {
		n.children = map[string]*node{}
	}
	n.children[name] = child
}

// find returns the entry at a clean path, or nil.
func (n *node) find(path string) *node {
	for rest, more := path, path != ""; more && n != nil; {
		var part string
		part, rest, more = strings.Cut(rest, "/")
		n = n.children[part]
	}
	return n
}

// sums are the ids of one directory by all rules.
type sums struct {
	full, skipEmpty, gitTools Hash
	files                     bool // there is anything but directories below
}

// hasher computes object ids, one after the other.
type hasher struct {
	hash   hash.Hash
	number [20]byte
}

func newHasher() *hasher {
	return &hasher{hash: sha1.New()}
}

// begin starts the object of the given type and size.
func (h *hasher) begin(kind string, size int64) {
	h.hash.Reset()
	var space [32]byte
	head := append(space[:0], kind...)
	head = append(head, ' ')
	head = strconv.AppendInt(head, size, 10)
	h.hash.Write(append(head, 0))
}

func (h *hasher) end() (id Hash) {
	h.hash.Sum(h.number[:0])
	return h.number
}

func (h *hasher) object(kind string, content []byte) Hash {
	h.begin(kind, int64(len(content)))
	h.hash.Write(content)
	return h.end()
}

// inTree is an entry of a directory as tree objects have it.
type inTree struct {
	name string
	key  string // what entries are sorted by
	node *node
	sums sums
}

func (n *node) entries() []inTree {
	entries := make([]inTree, 0, len(n.children))
	for name, child := range n.children {
		key := name
		if child.isDirectory() {
			key += "/"
		}
		entries = append(entries, inTree{name: name, key: key, node: child})
	}
	slices.SortFunc(entries, func(a, b inTree) int { return strings.Compare(a.key, b.key) })
	return entries
}

// append writes the entry behind others.
func (e *inTree) append(content []byte, id Hash) []byte {
	content = append(content, e.node.kind.Mode()...)
	content = append(content, ' ')
	content = append(content, e.name...)
	content = append(content, 0)
	return append(content, id[:]...)
}

// tree computes the ids of a directory. Most directories have the same id by all
// rules, which is then computed once.
func (h *hasher) tree(n *node) sums {
	entries := n.entries()
	var all sums
	same := true // the three lists of entries are the same
	for i := range entries {
		e := &entries[i]
		if child := e.node; child.isDirectory() {
			e.sums = h.tree(child)
			all.files = all.files || e.sums.files
			same = same && e.sums.files && e.sums.full == e.sums.skipEmpty && e.sums.full == e.sums.gitTools
		} else {
			e.sums = sums{child.id, child.id, child.id, true}
			all.files = true
		}
		same = same && e.name != ".git"
	}
	write := func(skip func(*inTree) bool, id func(*inTree) Hash) Hash {
		var content []byte
		for i := range entries {
			if e := &entries[i]; !skip(e) {
				content = e.append(content, id(e))
			}
		}
		return h.object("tree", content)
	}
	all.full = write(func(*inTree) bool { return false }, func(e *inTree) Hash { return e.sums.full })
	if same {
		all.skipEmpty, all.gitTools = all.full, all.full
		return all
	}
	all.skipEmpty = write(func(e *inTree) bool { return !e.sums.files }, func(e *inTree) Hash { return e.sums.skipEmpty })
	all.gitTools = write(func(e *inTree) bool { return !e.sums.files || e.name == ".git" },
		func(e *inTree) Hash { return e.sums.gitTools })
	return all
}
