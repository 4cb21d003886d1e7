package treehash

import (
	"io"
	"iter"
	"maps"
	"slices"
)

// Tree is what a tarball contains. It does not change any more and may be used
// by several goroutines.
type Tree struct {
	root        node
	sums        sums
	compression Compression
	plain       bool
	entries     int
	bytes       int64
}

// Hash returns the git tree hash by one of the rules, and the zero Hash for
// a rule that does not exist.
func (t *Tree) Hash(r Rule) Hash {
	switch r {
	case Full:
		return t.sums.full
	case SkipEmpty:
		return t.sums.skipEmpty
	case GitTools:
		return t.sums.gitTools
	}
	return Hash{}
}

// Compression returns how the tarball was packed.
func (t *Tree) Compression() Compression { return t.compression }

// Bytes returns the size of the decompressed tar stream.
func (t *Tree) Bytes() int64 { return t.bytes }

// PlainNames tells whether each member's name is exactly its path, but for a slash behind
// the name of a directory. Julia 1.7 and later reads registries without unpacking them and
// looks for members by name, so a registry with "./" before its names is useless,
// although its hash is right.
func (t *Tree) PlainNames() bool { return t.plain }

// Entry is an entry of a tree.
type Entry struct {
	Path   string // slash-separated, clean
	Kind   Kind
	ID     Hash   // the blob's id; zero for directories
	Size   int64  // of file or link target in bytes
	Link   string // target, if Kind is Symlink
	Offset int64  // where the content of a file begins in the tar stream
}

// Entries yields all entries but the root, in the order of Tar.jl's normal form: each directory
// before what is in it, and entries of a directory by the bytes of their names.
func (t *Tree) Entries() iter.Seq[Entry] {
	return func(yield func(Entry) bool) { t.root.walk("", yield) }
}

func (n *node) walk(prefix string, yield func(Entry) bool) bool {
	for _, name := range slices.Sorted(maps.Keys(n.children)) {
		child := n.children[name]
		e := Entry{Path: prefix + name, Kind: child.kind, ID: child.id, Size: child.size, Offset: child.offset}
		if child.kind == Symlink {
			e.Link = child.text
		}
		if !yield(e) || child.isDirectory() && !child.walk(e.Path+"/", yield) {
			return false
		}
	}
	return true
}

// Entry returns what is at a clean path.
func (t *Tree) Entry(path string) (Entry, bool) {
	n := t.root.find(path)
	if n == nil || path == "" {
		return Entry{}, false
	}
	e := Entry{Path: path, Kind: n.kind, ID: n.id, Size: n.size, Offset: n.offset}
	if n.kind == Symlink {
		e.Link = n.text
	}
	return e, true
}

// File returns the content of a file that was collected, see [Options].
func (t *Tree) File(path string) (content string, ok bool) {
	n := t.root.find(path)
	if n == nil || !n.kept {
		return "", false
	}
	return n.text, true
}

// Names yields the names in a directory, sorted; "" is the root. There are none
// if path is no directory.
func (t *Tree) Names(path string) []string {
	n := t.root.find(path)
	if n == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(n.children))
}

// Sums are the tree hashes of a tarball.
type Sums struct {
	Full, SkipEmpty, GitTools Hash
	PlainNames                bool  // see Tree.PlainNames
	Bytes                     int64 // size of the decompressed tar stream
	Compression               Compression
}

// Sum reads a tarball and returns its hashes. It is [Read] for who needs nothing
// but these.
func Sum(r io.Reader, l Limits) (Sums, error) {
	t, err := Read(r, Options{Limits: l})
	if err != nil {
		return Sums{}, err
	}
	return t.Sums(), nil
}

// Sums returns the hashes by all rules.
func (t *Tree) Sums() Sums {
	return Sums{t.sums.full, t.sums.skipEmpty, t.sums.gitTools, t.plain, t.bytes, t.compression}
}
