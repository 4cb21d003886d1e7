package gitrepo

import (
	"bytes"
	"cmp"
	"compress/zlib"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// Bounds of a folder that is read as a tree.
const (
	maxTreeFiles = 2_000_000
	maxTreeBytes = 64 << 30
	maxTreeDepth = 500
)

// FolderTree is a git tree in a folder, which must stay until WritePack has been called.
type FolderTree struct {
	folder string
	root   *node
}

// node is a file or a folder.
type node struct {
	path, name string
	mode       string
	id         string
	size       int64
	data       []byte  // of trees and links
	children   []*node // of trees
}

// ReadTree reads a folder as git would commit it, without regard to any ignored files, attributes
// and line ends, and returns the tree of an id, which may be the folder itself or any below it.
// As in git, empty folders do not exist, and .git is passed over. The error is [ErrNotFound] if no
// folder is that tree; what is neither file, folder nor symbolic link is an error.
func ReadTree(ctx context.Context, folder, id string) (*FolderTree, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	r := &treeReader{ctx: ctx, root: root, want: id}
	top, err := r.folder(".", 0)
	if err != nil {
		return nil, err
	}
	if r.found == nil {
		return nil, fmt.Errorf("tree %s: %w: the folder is %s", id, ErrNotFound, top.id)
	}
	return &FolderTree{folder: folder, root: r.found}, nil
}

type treeReader struct {
	ctx   context.Context
	root  *os.Root
	want  string
	found *node
	files int
	bytes int64
}

func (r *treeReader) folder(p string, depth int) (*node, error) {
	if depth > maxTreeDepth {
		return nil, fmt.Errorf("%.200q: %w: folders in more than %d folders", p, ErrLimit, maxTreeDepth)
	}
	entries, err := fs.ReadDir(r.root.FS(), p)
	if err != nil {
		return nil, err
	}
	n := &node{path: p, name: path.Base(p), mode: "40000"}
	for _, e := range entries {
		if e.Name() == ".git" {
			continue
		}
		child, err := r.entry(path.Join(p, e.Name()), depth)
		if err != nil {
			return nil, err
		}
		if child.mode != "40000" || len(child.children) > 0 {
			n.children = append(n.children, child)
		}
	}
	slices.SortFunc(n.children, func(a, b *node) int { return cmp.Compare(a.sortKey(), b.sortKey()) })
	var data bytes.Buffer
	for _, c := range n.children {
		id, err := hex.DecodeString(c.id)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&data, "%s %s\x00%s", c.mode, c.name, id)
	}
	n.data, n.size = data.Bytes(), int64(data.Len())
	n.id = objectID(kindTree, n.data, false)
	if n.id == r.want {
		r.found = n
	}
	return n, nil
}

// sortKey is by what git sorts the entries of a tree.
func (n *node) sortKey() string {
	if n.mode == "40000" {
		return n.name + "/"
	}
	return n.name
}

func (r *treeReader) entry(p string, depth int) (*node, error) {
	if r.files++; r.files > maxTreeFiles {
		return nil, fmt.Errorf("%w: more than %d files", ErrLimit, maxTreeFiles)
	}
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	info, err := r.root.Lstat(p)
	if err != nil {
		return nil, err
	}
	n := &node{path: p, name: path.Base(p), mode: "100644"}
	switch {
	case info.IsDir():
		return r.folder(p, depth+1)
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := r.root.Readlink(p)
		n.mode, n.data, n.size = "120000", []byte(target), int64(len(target))
		n.id = objectID(kindBlob, n.data, false)
		return n, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%.200q is neither file, folder nor symbolic link", p)
	}
	if info.Mode()&0o100 != 0 {
		n.mode = "100755"
	}
	n.size = info.Size()
	if r.bytes += n.size; r.bytes > maxTreeBytes {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrLimit, int64(maxTreeBytes))
	}
	n.id, err = r.blob(p, n.size)
	return n, err
}

func (r *treeReader) blob(p string, size int64) (string, error) {
	f, err := r.root.Open(p)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha1.New()
	fmt.Fprintf(sum, "blob %d\x00", size)
	if n, err := io.Copy(sum, f); err != nil || n != size {
		return "", fmt.Errorf("%.200q: %d bytes instead of %d, %w", p, n, size, cmp.Or(err, io.ErrUnexpectedEOF))
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// commit is a commit of the tree, for which refs can stand.
func (t *FolderTree) commit() (id string, content []byte) {
	p := &pinning{}
	id = p.make(t.root.id, nil, 0, "Tree "+t.root.id+"\n")
	return id, p.made[id]
}

// WritePack writes a pack of the tree, all that is below it, and a commit of it. It returns
// the checksum that packs are called by, and the index.
func (t *FolderTree) WritePack(ctx context.Context, w io.Writer) (sum string, index []byte, err error) {
	root, err := os.OpenRoot(t.folder)
	if err != nil {
		return "", nil, err
	}
	defer root.Close()
	var objects []*node
	seen := map[string]bool{}
	var collect func(n *node)
	collect = func(n *node) {
		if !seen[n.id] {
			seen[n.id] = true
			objects = append(objects, n)
		}
		for _, c := range n.children {
			collect(c)
		}
	}
	collect(t.root)
	p, err := newPackWriter(w, len(objects)+1, zlib.DefaultCompression, false)
	if err != nil {
		return "", nil, err
	}
	_, commit := t.commit()
	if _, err := p.add(kindCommit, int64(len(commit)), bytes.NewReader(commit)); err != nil {
		return "", nil, err
	}
	for _, n := range objects {
		if err := ctx.Err(); err != nil {
			return "", nil, err
		}
		if err := addNode(p, root, n); err != nil {
			return "", nil, fmt.Errorf("%.200q: %w", n.path, err)
		}
	}
	return p.finish()
}

func addNode(p *packWriter, root *os.Root, n *node) error {
	kind := byte(kindBlob)
	var content io.Reader = bytes.NewReader(n.data)
	switch n.mode {
	case "40000":
		kind = kindTree
	case "100644", "100755":
		f, err := root.Open(n.path)
		if err != nil {
			return err
		}
		defer f.Close()
		content = f
	}
	id, err := p.add(kind, n.size, content)
	if err == nil && id != n.id {
		err = fmt.Errorf("it changed meanwhile")
	}
	return err
}

// Files returns the files that make a bare repository of a pack called pack, in which
// [TreeRef] and the branch main stand for the tree.
func (t *FolderTree) Files(pack string) []File {
	id, _ := t.commit()
	const head = "refs/heads/main"
	refs := []peeledRef{{Ref: Ref{head, id}}, {Ref: Ref{TreeRef(t.root.id), id}}}
	return []File{
		made("HEAD", "ref: "+head+"\n"),
		made("config", bareConfig(false)),
		made("description", "git tree "+t.root.id+"\n"),
		made("packed-refs", packedRefs(refs)),
		made("info/refs", infoRefs(refs)),
		made("objects/info/packs", infoPacks([]File{{Name: strings.TrimSpace(pack)}})),
		made(head, id+"\n"),
	}
}
