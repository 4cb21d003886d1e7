package pkgclient

import (
	"cmp"
	"crypto/sha1"
	"fmt"
	"hash"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// This file has nothing of package treehash but the type in which hashes are given.

// entry is an entry of a git tree.
type entry struct {
	name, mode string
	id         [sha1.Size]byte
}

const modeDir = "40000"

func object(kind string, size int64) hash.Hash {
	h := sha1.New()
	fmt.Fprintf(h, "%s %d\x00", kind, size)
	return h
}

func blob(content io.Reader, size int64) (id [sha1.Size]byte, err error) {
	h := object("blob", size)
	n, err := io.Copy(h, content)
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	h.Sum(id[:0])
	return id, err
}

func treeOf(entries []entry) (id [sha1.Size]byte) {
	key := func(e entry) string {
		if e.mode == modeDir {
			return e.name + "/"
		}
		return e.name
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(key(a), key(b)) })
	var body []byte
	for _, e := range entries {
		body = append(body, e.mode+" "+e.name+"\x00"...)
		body = append(body, e.id[:]...)
	}
	h := object("tree", int64(len(body)))
	_, _ = h.Write(body)
	h.Sum(id[:0])
	return id
}

// hashFolder is GitTools.tree_hash: folders without a file or link below them are left out, and
// so is everything called .git, which yet counts as a file if it is one.
func hashFolder(dir *os.Root) (treehash.Hash, error) {
	id, _, err := walk(dir, ".")
	return id, err
}

func walk(dir *os.Root, folder string) (id [sha1.Size]byte, files bool, err error) {
	f, err := dir.Open(folder)
	if err != nil {
		return id, false, err
	}
	names, err := f.Readdirnames(-1)
	_ = f.Close()
	if err != nil {
		return id, false, err
	}
	var entries []entry
	for _, name := range names {
		e, some, err := walkEntry(dir, folder+"/"+name)
		if err != nil {
			return id, false, err
		}
		files = files || some
		if some && name != ".git" {
			e.name = name
			entries = append(entries, e)
		}
	}
	return treeOf(entries), files, nil
}

func walkEntry(dir *os.Root, path string) (e entry, files bool, err error) {
	info, err := dir.Lstat(path)
	if err != nil {
		return e, false, err
	}
	switch {
	case info.IsDir():
		e.mode = modeDir
		e.id, files, err = walk(dir, path)
		return e, files, err
	case info.Mode()&os.ModeSymlink != 0:
		e.mode = "120000"
		target, err := dir.Readlink(path)
		if err == nil {
			e.id, err = blob(strings.NewReader(target), int64(len(target)))
		}
		return e, true, err
	}
	e.mode = "100644"
	if info.Mode()&0o100 != 0 {
		e.mode = "100755"
	}
	f, err := dir.Open(path)
	if err != nil {
		return e, false, err
	}
	defer f.Close()
	e.id, err = blob(f, info.Size())
	return e, true, err
}
