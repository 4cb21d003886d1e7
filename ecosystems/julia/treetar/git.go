package treetar

import (
	"bytes"
	"cmp"
	"crypto/sha1"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// Objects reads objects of a git repository, such as a running "git cat-file --batch".
type Objects interface {
	// Object returns type ("blob", "tree", …), size and content of an object. The content
	// is valid until the next call. An object that does not exist is an error.
	Object(id string) (kind string, size int64, content io.Reader, err error)
}

// Limits bound the tarball of a tree object. A zero field stands for its value in
// [DefaultLimits].
type Limits struct {
	Entries int   // of the tree and those below, shared ones as often as they occur
	Bytes   int64 // of all files together
	Tree    int64 // bytes of one tree object
	Depth   int   // parts of a path
	Path    int   // bytes of a path
	Link    int   // bytes of the target of a link
}

// DefaultLimits admit what package treehash admits.
var DefaultLimits = Limits{
	Entries: treehash.DefaultLimits.Entries,
	Bytes:   treehash.DefaultLimits.Bytes,
	Tree:    64 << 20,
	Depth:   treehash.DefaultLimits.Depth,
	Path:    treehash.DefaultLimits.Path,
	Link:    treehash.DefaultLimits.Link,
}

// PackGit writes the tree object to dst in normal form, gzipped. See [WriteGit].
func PackGit(dst io.Writer, objects Objects, tree treehash.Hash, l Limits) error {
	return pack(dst, func(w *Writer) error { return WriteGit(w, objects, tree, l) })
}

// WriteGit writes the tree object with the given id, all that is below it
// included.
//
// What has been written without an error has the hash: each object was hashed as it
// passed. A tree that no tarball can hold faithfully is [ErrTree], with the path, or a
// [*SubmoduleError]; both are for good. Other errors are those of objects and of w.
func WriteGit(w *Writer, objects Objects, tree treehash.Hash, l Limits) error {
	return writeGit(w, "", objects, tree, l)
}

// WriteGitBelow is [WriteGit] with everything in a folder, which it writes first.
func WriteGitBelow(w *Writer, folder string, objects Objects, tree treehash.Hash, l Limits) error {
	if err := w.Directory(folder); err != nil {
		return err
	}
	return writeGit(w, folder+"/", objects, tree, l)
}

func writeGit(w *Writer, prefix string, objects Objects, tree treehash.Hash, l Limits) error {
	l = Limits{
		Entries: cmp.Or(l.Entries, DefaultLimits.Entries),
		Bytes:   cmp.Or(l.Bytes, DefaultLimits.Bytes),
		Tree:    cmp.Or(l.Tree, DefaultLimits.Tree),
		Depth:   cmp.Or(l.Depth, DefaultLimits.Depth),
		Path:    cmp.Or(l.Path, DefaultLimits.Path),
		Link:    cmp.Or(l.Link, DefaultLimits.Link),
	}
	g := &gitWalk{w: w, objects: objects, limits: l, hash: sha1.New()}
	return g.tree(prefix, tree, 0)
}

type gitWalk struct {
	w       *Writer
	objects Objects
	limits  Limits
	hash    hash.Hash
	entries int
	bytes   int64
}

// tree writes what is in a tree object.
func (g *gitWalk) tree(path string, id treehash.Hash, depth int) error {
	content, err := g.small(path, "tree", id, g.limits.Tree)
	if err != nil {
		return err
	}
	list, err := parseTree(path, content)
	if err != nil {
		return err
	}
	if g.entries += len(list); g.entries > g.limits.Entries {
		return fmt.Errorf("%w: more than %d entries", ErrLimit, g.limits.Entries)
	}
	if depth++; depth > g.limits.Depth && len(list) > 0 {
		return fmt.Errorf("%w: %.60q… is %d folders deep", ErrLimit, path, depth)
	}
	// A tree object has its entries in another order: see package treehash.
	slices.SortFunc(list, func(a, b gitEntry) int { return strings.Compare(a.name, b.name) })
	for i, e := range list {
		if i > 0 && list[i-1].name == e.name {
			return fmt.Errorf("%w: %.200q twice", ErrTree, path+e.name)
		}
		if err := g.entry(path+e.name, e, depth); err != nil {
			return err
		}
	}
	return nil
}

func (g *gitWalk) entry(path string, e gitEntry, depth int) error {
	if len(path) > g.limits.Path {
		return fmt.Errorf("%w: %.60q…: a path of %d bytes", ErrLimit, path, len(path))
	}
	switch e.mode {
	case "40000":
		if err := g.w.Directory(path); err != nil {
			return err
		}
		return g.tree(path+"/", e.id, depth)
	case "120000":
		target, err := g.small(path, "blob", e.id, int64(g.limits.Link))
		if err != nil {
			return err
		}
		if len(target) == 0 || bytes.IndexByte(target, 0) >= 0 {
			return fmt.Errorf("%w: %.200q is a symbolic link to %.60q", ErrTree, path, target)
		}
		return g.w.Symlink(path, string(target))
	case "100644", "100755":
		return g.file(path, e)
	case "160000":
		return &SubmoduleError{Path: path, Commit: e.id.String()}
	}
	// Git of long ago wrote modes such as 100664. They are part of the hash, and a
	// tarball cannot have them.
	return fmt.Errorf("%w: %.200q has the mode %.20q", ErrTree, path, e.mode)
}

// open asks for an object and begins its hash.
func (g *gitWalk) open(path, kind string, id treehash.Hash) (int64, io.Reader, error) {
	got, size, content, err := g.objects.Object(id.String())
	if err != nil {
		return 0, nil, err
	}
	if got != kind || size < 0 {
		return 0, nil, fmt.Errorf("%w: %.200q is a %.20q (%v), not a %s", ErrTree, path, got, id, kind)
	}
	g.hash.Reset()
	fmt.Fprintf(g.hash, "%s %d\x00", kind, size)
	return size, io.TeeReader(content, g.hash), nil
}

func (g *gitWalk) check(path string, id treehash.Hash) error {
	if got := treehash.Hash(g.hash.Sum(nil)); got != id {
		return fmt.Errorf("%w: the bytes of %.200q are object %v, not %v", ErrTree, path, got, id)
	}
	return nil
}

// small reads a whole object.
func (g *gitWalk) small(path, kind string, id treehash.Hash, limit int64) ([]byte, error) {
	size, content, err := g.open(path, kind, id)
	if err != nil {
		return nil, err
	}
	if size > limit {
		return nil, fmt.Errorf("%w: %.200q: a %s of %d bytes", ErrLimit, path, kind, size)
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(content, b); err != nil {
		return nil, fmt.Errorf("%.200q: %s %v: %w", path, kind, id, err)
	}
	return b, g.check(path, id)
}

func (g *gitWalk) file(path string, e gitEntry) error {
	size, content, err := g.open(path, "blob", e.id)
	if err != nil {
		return err
	}
	if g.bytes += size; size > g.limits.Bytes || g.bytes > g.limits.Bytes {
		return fmt.Errorf("%w: more than %d bytes of files", ErrLimit, g.limits.Bytes)
	}
	if err := g.w.File(path, size, e.mode == "100755", content); err != nil {
		return err
	}
	return g.check(path, e.id)
}

type gitEntry struct {
	mode, name string
	id         treehash.Hash
}

// parseTree reads a tree object: "MODE NAME\0" and the raw id, without anything
// between entries.
func parseTree(path string, content []byte) ([]gitEntry, error) {
	var list []gitEntry
	for len(content) > 0 {
		var e gitEntry
		head, rest, ok := bytes.Cut(content, []byte{0})
		mode, name, blank := strings.Cut(string(head), " ")
		if !ok || !blank || len(rest) < len(e.id) {
			return nil, fmt.Errorf("%w: %.200q is cut off or no tree", ErrTree, path)
		}
		if strings.ContainsRune(name, '/') || CheckPath(name) != nil {
			return nil, fmt.Errorf("%w: %.200q has an entry called %.200q", ErrTree, path, name)
		}
		e.mode, e.name = mode, name
		copy(e.id[:], rest)
		content = rest[len(e.id):]
		list = append(list, e)
	}
	return list, nil
}
