package treehash

import (
	"errors"
	"io"
	"strings"
	"sync"
)

// Options say how a tarball is read. The zero Options are fine.
type Options struct {
	Limits Limits

	// Collect chooses files whose content [Tree.File] shall return, by path and size.
	// It is asked for each file as it comes; nil chooses none.
	Collect func(path string, size int64) bool

	// Spool, if not nil, is written the decompressed stream, in which
	// [Entry.Offset] counts. Its errors end Read and are returned as they are.
	Spool io.Writer
}

// Read reads a tarball to its end.
//
// Errors are [ErrMalformed], [ErrLimit] or [ErrCompression], with the name of the member where
// there is one, or those of r, and then they say nothing about the tarball.
func Read(r io.Reader, o Options) (*Tree, error) {
	limits := o.Limits.orDefault()
	in := newBuffered(r)
	defer in.release()
	compression, err := in.sniff()
	if err != nil {
		return nil, err
	}
	z, release, err := decompress(compression, in.Reader, limits.Window)
	switch {
	case err == nil:
	case in.packed.err != nil:
		return nil, in.packed.err
	default:
		return nil, damaged(err)
	}
	defer release()
	buf := buffers.Get().(*[bufferSize]byte)
	defer buffers.Put(buf)

	b := builder{
		tree:  &Tree{compression: compression, plain: true},
		hash:  newHasher(),
		links: map[string]struct{}{},
	}
	b.o = o
	b.limits = limits
	b.in.source = &source{packed: &in.packed, r: z, tee: o.Spool, limits: limits, buf: buf[:]}
	if err := b.run(); err != nil {
		return nil, err
	}
	b.tree.bytes = b.in.total
	b.tree.sums = b.hash.tree(&b.tree.root)
	return b.tree, nil
}

var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// builder makes the tree from members.
type builder struct {
	in     members
	tree   *Tree
	hash   *hasher
	o      Options
	limits Limits

	links     map[string]struct{} // paths whose last member was a symbolic link
	names     int64
	collected int64

	// The directory of the member before, which is most often that of the next.
	lastPath string
	last     *node
}

func (b *builder) run() error {
	for {
		h, err := b.in.header()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		m, err := h.check(&b.limits)
		if err != nil {
			return err
		}
		if m.path != "" && h.path != m.path && !(m.kind == Directory && strings.TrimSuffix(h.path, "/") == m.path) {
			b.tree.plain = false
		}
		if b.names += int64(len(m.path) + len(m.link)); b.names > b.limits.Names {
			return beyond("the names take more than %d bytes", b.limits.Names)
		}
		if err := b.add(&m); err != nil {
			return err
		}
	}
}

// add takes one member into the tree, and its content from the stream.
func (b *builder) add(m *member) error {
	if m.path == "" {
		return b.count(1)
	}
	if err := b.throughLink(m.path); err != nil {
		return err
	}
	var linked *node
	if m.kind == hardLink {
		var err error
		if linked, err = b.target(m); err != nil {
			return err
		}
	}
	dir, name := "", m.path
	if i := strings.LastIndexByte(m.path, '/'); i >= 0 {
		dir, name = m.path[:i], m.path[i+1:]
	}
	parent, err := b.directory(dir)
	if err != nil {
		return err
	}
	if err := b.count(1); err != nil {
		return err
	}
	delete(b.links, m.path)
	old := parent.children[name]
	if m.kind == Directory && old != nil && old.isDirectory() {
		return nil
	}
	if old != nil && old.isDirectory() {
		b.last = nil // it may be, or lie in, what is replaced now
	}
	n := &node{kind: m.kind, size: m.size, offset: b.in.offset}
	switch m.kind {
	case Directory:
	case Symlink:
		b.links[m.path] = struct{}{}
		n.text, n.size = m.link, int64(len(m.link))
		n.id = b.hash.object("blob", []byte(m.link))
	case hardLink:
		*n = *linked
		n.kind = File
		if m.exec {
			n.kind = Executable
		}
	default:
		if err := b.content(m, n); err != nil {
			return err
		}
	}
	parent.put(name, n)
	return nil
}

// content hashes the bytes of a file.
func (b *builder) content(m *member, n *node) error {
	use := func(p []byte) { b.hash.hash.Write(p) }
	b.hash.begin("blob", m.size)
	var text strings.Builder
	if b.o.Collect != nil && b.o.Collect(m.path, m.size) {
		if b.collected += m.size; m.size > b.limits.Collect || b.collected > b.limits.Collect {
			return beyond("%.200q: more than %d bytes of files to be kept", m.path, b.limits.Collect)
		}
		n.kept = true
		use = func(p []byte) {
			b.hash.hash.Write(p)
			text.Write(p)
		}
	}
	if err := b.in.each(m.size, use); err != nil {
		return err
	}
	n.id, n.text = b.hash.end(), text.String()
	return nil
}

// directory returns the directory at a clean path, making it and what leads to
// it. A file in the way gives way, as it does when Julia unpacks.
func (b *builder) directory(path string) (*node, error) {
	if b.last != nil && b.lastPath == path {
		return b.last, nil
	}
	n := &b.tree.root
	for rest, more := path, path != ""; more; {
		var part string
		part, rest, more = strings.Cut(rest, "/")
		child := n.children[part]
		if child == nil || !child.isDirectory() {
			if err := b.count(1); err != nil {
				return nil, err
			}
			child = &node{}
			n.put(part, child)
		}
		n = child
	}
	b.lastPath, b.last = path, n
	return n, nil
}

// count bounds the number of nodes that were ever made.
func (b *builder) count(n int) error {
	if b.tree.entries += n; b.tree.entries > b.limits.Entries {
		return beyond("more than %d entries", b.limits.Entries)
	}
	return nil
}

// throughLink refuses a path that leads through a symbolic link: who unpacks it
// may write outside of the tree. As in Tar.jl a link counts until another member has
// its very path, even if its directory has been replaced since.
func (b *builder) throughLink(path string) error {
	if len(b.links) == 0 {
		return nil
	}
	for i, c := range []byte(path) {
		if c != '/' {
			continue
		}
		if _, ok := b.links[path[:i]]; ok {
			return malformed("%.200q: leads through the symbolic link %.200q", path, path[:i])
		}
	}
	return nil
}

// target finds the file that a hard link names.
func (b *builder) target(m *member) (*node, error) {
	n := b.tree.root.find(m.link)
	if n == nil || n.kind != File && n.kind != Executable {
		return nil, malformed("%.200q: a hard link to %.200q, which is no file before it", m.path, m.link)
	}
	return n, nil
}
