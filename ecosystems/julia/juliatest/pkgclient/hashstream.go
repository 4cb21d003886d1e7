package pkgclient

import (
	"archive/tar"
	"crypto/sha1"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// node is a file, or a folder if children is not nil, of a tar stream.
type node struct {
	entry
	children map[string]*node
}

func newFolder(name string) *node {
	return &node{entry: entry{name: name, mode: modeDir}, children: map[string]*node{}}
}

// hashStream is Tar.tree_hash of a whole tar stream, folders without files included.
func hashStream(stream io.Reader) (treehash.Hash, error) {
	root := newFolder("")
	err := members(stream, func(h *tar.Header, content io.Reader) error {
		parts, err := split(h.Name)
		if err != nil {
			return err
		}
		return root.add(parts, root, h, content)
	})
	return root.sum(), err
}

func (n *node) sum() [sha1.Size]byte {
	if n.children == nil {
		return n.id
	}
	var entries []entry
	for _, c := range n.children {
		c.id = c.sum()
		entries = append(entries, c.entry)
	}
	return treeOf(entries)
}

func (n *node) add(parts []string, root *node, h *tar.Header, content io.Reader) error {
	if len(parts) == 0 {
		if h.Typeflag != tar.TypeDir {
			return fmt.Errorf("%w: member %q is the root and no directory", ErrArchive, h.Name)
		}
		return nil
	}
	old := n.children[parts[0]]
	if len(parts) > 1 || h.Typeflag == tar.TypeDir {
		if old != nil && old.mode == "120000" && len(parts) > 1 {
			return fmt.Errorf("%w: member %q leads through a link", ErrArchive, h.Name)
		}
		if old == nil || old.children == nil {
			old = newFolder(parts[0])
			n.children[parts[0]] = old
		}
		return old.add(parts[1:], root, h, content)
	}
	leaf := &node{entry: entry{name: parts[0], mode: "100644"}}
	if h.Mode&0o100 != 0 {
		leaf.mode = "100755"
	}
	var err error
	switch h.Typeflag {
	case tar.TypeReg:
		leaf.id, err = blob(content, h.Size)
	case tar.TypeSymlink:
		leaf.mode = "120000"
		leaf.id, err = blob(strings.NewReader(h.Linkname), int64(len(h.Linkname)))
	case tar.TypeLink:
		leaf.id, err = root.linked(h.Linkname)
	default:
		err = fmt.Errorf("%w: member %q is neither file, folder nor link", ErrArchive, h.Name)
	}
	n.children[parts[0]] = leaf
	return err
}

// linked returns the id of the file that a hard link repeats.
func (n *node) linked(target string) (id [sha1.Size]byte, err error) {
	parts, err := split(target)
	for _, part := range parts {
		if n != nil {
			n = n.children[part]
		}
	}
	if err == nil && (n == nil || n.children != nil || n.mode == "120000") {
		err = fmt.Errorf("%w: hard link to %s, which is no file before it", ErrArchive, strconv.Quote(target))
	}
	if err != nil {
		return id, err
	}
	return n.id, nil
}
