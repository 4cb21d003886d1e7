package treehash

import (
	"fmt"
	"io"
)

// HashOfFile returns the id of a file with the given content.
func HashOfFile(content string) Hash {
	h := newHasher()
	h.begin("blob", int64(len(content)))
	_, _ = io.WriteString(h.hash, content)
	return h.end()
}

// HashReplaced returns the hash by the rule [Full] that the tree would have if some of its
// files had other ids. It is an error, and [ErrNoFile], if a path is none of its files.
func (t *Tree) HashReplaced(ids map[string]Hash) (Hash, error) {
	for path := range ids {
		if n := t.root.find(path); n == nil || path == "" || n.kind != File && n.kind != Executable {
			return Hash{}, fmt.Errorf("%.200q: %w", path, ErrNoFile)
		}
	}
	return newHasher().replaced(&t.root, "", ids), nil
}

func (h *hasher) replaced(n *node, prefix string, ids map[string]Hash) Hash {
	var content []byte
	for _, e := range n.entries() {
		id := e.node.id
		if e.node.isDirectory() {
			id = h.replaced(e.node, prefix+e.name+"/", ids)
		} else if other, ok := ids[prefix+e.name]; ok {
			id = other
		}
		content = e.append(content, id)
	}
	return h.object("tree", content)
}
