package treehash

// Sub returns what is in a directory of the tree, as if it were a tree of its own: of a
// tarball that has everything in one folder, as those of GitHub have, that is what was
// packed. Offsets and collected files remain those of the tarball. ok is false if there
// is no such directory.
func (t *Tree) Sub(path string) (sub *Tree, ok bool) {
	n := t.root.find(path)
	if n == nil || !n.isDirectory() {
		return nil, false
	}
	return &Tree{root: *n, sums: newHasher().tree(n), compression: t.compression, bytes: t.bytes, entries: n.count()}, true
}

// count returns how many entries are below a directory.
func (n *node) count() int {
	sum := len(n.children)
	for _, child := range n.children {
		sum += child.count()
	}
	return sum
}
