package juliatest

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/treetar"
)

// Tree is a tree of files by their paths, which are relative and clean. The zero
// Tree is empty.
type Tree struct {
	Files       map[string]string // content
	Executables map[string]string // content of files that can be executed
	Symlinks    map[string]string // target
	EmptyDirs   []string          // which git cannot hold
	Submodules  map[string]string // commit, 40 digits, which no tarball can hold
}

// Hash returns the git tree hash by a rule. It is computed here and not by
// package treehash, so that each proves the other.
func (t Tree) Hash(rule treehash.Rule) treehash.Hash { return t.node().hash(rule) }

// Tarball returns the tree as Julia's tools pack it: a gzipped tarball in the
// normal form of Tar.jl. It panics if there is a submodule.
func (t Tree) Tarball() []byte { return Gzip.packTree(t.node()) }

// node is an entry of a tree. Nodes are not changed once they are shared, but
// for the hash that they remember.
type node struct {
	mode     string // as git writes it
	text     string // content, target or commit
	children map[string]*node
	full     treehash.Hash // by the rule Full, once it is known
}

// Modes of git.
const (
	modeTree      = "40000"
	modeFile      = "100644"
	modeExec      = "100755"
	modeLink      = "120000"
	modeSubmodule = "160000"
)

func newDir() *node { return &node{mode: modeTree, children: map[string]*node{}} }

func (t Tree) node() *node {
	root := newDir()
	t.addTo(root)
	return root
}

// addTo adds the tree to root; what both have is the tree's.
func (t Tree) addTo(root *node) {
	for _, part := range []struct {
		mode  string
		texts map[string]string
	}{{modeFile, t.Files}, {modeExec, t.Executables}, {modeLink, t.Symlinks}, {modeSubmodule, t.Submodules}} {
		for path, text := range part.texts {
			root.put(path, &node{mode: part.mode, text: text})
		}
	}
	for _, path := range t.EmptyDirs {
		root.dir(path)
	}
}

// dir returns the directory at path, which it makes if need be.
func (n *node) dir(path string) *node {
	if path == "" {
		return n
	}
	if err := treetar.CheckPath(path); err != nil {
		panic("juliatest: " + err.Error())
	}
	for part := range strings.SplitSeq(path, "/") {
		child := n.children[part]
		if child == nil {
			child = newDir()
			n.children[part] = child
		}
		if child.children == nil {
			panic(fmt.Sprintf("juliatest: %s is below a file", path))
		}
		n = child
	}
	return n
}

// put puts a node where nothing or a file is.
func (n *node) put(path string, child *node) {
	folder, name := "", path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		folder, name = path[:i], path[i+1:]
	}
	if err := treetar.CheckPath(path); err != nil {
		panic("juliatest: " + err.Error())
	}
	n.dir(folder).children[name] = child
}

// clone copies directories, so that the copy can be changed.
func (n *node) clone() *node {
	if n.children == nil {
		return n
	}
	c := newDir()
	for name, child := range n.children {
		c.children[name] = child.clone()
	}
	return c
}

// text returns the content of the file at path.
func (n *node) file(path string) (string, bool) {
	for part := range strings.SplitSeq(path, "/") {
		if n = n.children[part]; n == nil {
			return "", false
		}
	}
	return n.text, n.children == nil
}

// holdsFiles reports whether there is anything but directories.
func (n *node) holdsFiles() bool {
	if n.children == nil {
		return true
	}
	for _, child := range n.children {
		if child.holdsFiles() {
			return true
		}
	}
	return false
}

// hash computes the git tree hash of a directory, or the id of anything else.
func (n *node) hash(rule treehash.Rule) treehash.Hash {
	switch {
	case n.mode == modeSubmodule:
		id, err := treehash.ParseHash(n.text)
		if err != nil {
			panic("juliatest: submodule: " + err.Error())
		}
		return id
	case n.children == nil:
		return objectID("blob", n.text)
	case rule == treehash.Full && !n.full.IsZero():
		return n.full
	}
	type entry struct {
		key, name string
		node      *node
	}
	entries := make([]entry, 0, len(n.children))
	for name, child := range n.children {
		if rule == treehash.GitTools && name == ".git" || rule != treehash.Full && !child.holdsFiles() {
			continue
		}
		key := name
		if child.children != nil {
			key += "/"
		}
		entries = append(entries, entry{key, name, child})
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	var content strings.Builder
	for _, e := range entries {
		id := e.node.hash(rule)
		content.WriteString(e.node.mode + " " + e.name + "\x00")
		content.Write(id[:])
	}
	id := objectID("tree", content.String())
	if rule == treehash.Full {
		n.full = id
	}
	return id
}

func objectID(kind, content string) treehash.Hash {
	b := make([]byte, 0, len(content)+32)
	b = append(append(b, kind...), ' ')
	b = strconv.AppendInt(b, int64(len(content)), 10)
	b = append(b, 0)
	return sha1.Sum(append(b, content...))
}

// tar returns the tar stream in normal form.
func (n *node) tar() []byte {
	var b bytes.Buffer
	n.tarTo(&b)
	return b.Bytes()
}

func (n *node) tarTo(out io.Writer) {
	w := treetar.NewWriter(out)
	err := n.write(w, "")
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic("juliatest: " + err.Error())
	}
}

func (n *node) write(w *treetar.Writer, prefix string) error {
	for _, name := range slices.Sorted(maps.Keys(n.children)) {
		child, path := n.children[name], prefix+name
		var err error
		switch child.mode {
		case modeTree:
			if err = w.Directory(path); err == nil {
				err = child.write(w, path+"/")
			}
		case modeLink:
			err = w.Symlink(path, child.text)
		case modeSubmodule:
			err = fmt.Errorf("%s is a submodule, which no tarball can hold", path)
		default:
			err = w.File(path, int64(len(child.text)), child.mode == modeExec, strings.NewReader(child.text))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// hasSubmodule reports whether the tree can only be had by git.
func (n *node) hasSubmodule() bool {
	if n.mode == modeSubmodule {
		return true
	}
	for _, child := range n.children {
		if child.hasSubmodule() {
			return true
		}
	}
	return false
}

// sha1Of is a made-up commit that belongs to a text.
func sha1Of(text string) string {
	sum := sha1.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}
