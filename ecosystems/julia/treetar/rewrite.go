package treetar

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// Spool keeps the decompressed bytes of a tarball aside: an empty file, open for
// writing and reading.
type Spool interface {
	io.Writer
	io.ReaderAt
}

// Rewrite reads a tarball and writes its tree to dst in normal form, gzipped. It
// returns the tree, whose hashes are those of the new tarball too; nothing has
// been compared with them. Options.Spool is not used.
//
// Errors are those of [treehash.Read], or of dst and spool.
func Rewrite(dst io.Writer, src io.Reader, spool Spool, o treehash.Options) (*treehash.Tree, error) {
	o.Spool = spool
	tree, err := treehash.Read(src, o)
	if err != nil {
		return nil, err
	}
	err = pack(dst, func(w *Writer) error { return WriteTree(w, tree, spool, nil) })
	if err != nil {
		return nil, err
	}
	return tree, nil
}

// WriteTree writes a tree that was read with o.Spool = spool, which may be nil if o.Collect
// chose all files. Files in replace get that content instead of their own, and keep their
// mode. A path in it that is no file of the tree is [treehash.ErrNoFile].
func WriteTree(w *Writer, tree *treehash.Tree, spool io.ReaderAt, replace map[string]string) error {
	for _, path := range slices.Sorted(maps.Keys(replace)) {
		if e, ok := tree.Entry(path); !ok || e.Kind != treehash.File && e.Kind != treehash.Executable {
			return fmt.Errorf("%.200q: %w", path, treehash.ErrNoFile)
		}
	}
	for e := range tree.Entries() {
		var err error
		switch e.Kind {
		case treehash.Directory:
			err = w.Directory(e.Path)
		case treehash.Symlink:
			err = w.Symlink(e.Path, e.Link)
		default:
			text, ok := replace[e.Path]
			if !ok {
				text, ok = tree.File(e.Path)
			}
			var content io.Reader
			switch {
			case ok:
				content, e.Size = strings.NewReader(text), int64(len(text))
			case spool == nil:
				return fmt.Errorf("%.200q: %w", e.Path, ErrNoContent)
			default:
				content = io.NewSectionReader(spool, e.Offset, e.Size)
			}
			err = w.File(e.Path, e.Size, e.Kind == treehash.Executable, content)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
