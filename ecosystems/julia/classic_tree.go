package julia

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

const (
	// maxTreeFiles and maxTreeFile are far beyond what is in a registry.
	maxTreeFiles = 2 << 20
	maxTreeFile  = 1 << 30 // bytes
	// smallFile is what is held in memory on its way, in bytes.
	smallFile = 1 << 20
)

// emitTree yields the files of a repository's HEAD, as git has them: no attribute, no
// line end and no filter changes them. Those of the current snapshot that have not
// changed since are carried over.
func (c *classicPart) emitTree(r *classicRepo, folder string) error {
	if r.Tree == "" {
		return nil
	}
	files, err := listTree(c.p.ctx, r.repo, r.Tree)
	if err != nil {
		return err
	}
	fresh := c.changedSince(r)
	objects, err := r.repo.Objects(c.p.ctx)
	if err != nil {
		return err
	}
	defer func() { _ = objects.Close() }() // it was only read
	for _, f := range files {
		if err := c.emitTreeFile(objects, f, folder, fresh); err != nil {
			return fmt.Errorf("%s: %w", r.Path, err)
		}
	}
	return nil
}

// changedSince tells which paths differ between the tree of the current snapshot and
// the repository's; without such a tree, all.
func (c *classicPart) changedSince(r *classicRepo) func(path string) bool {
	old := c.old.source(r.Path)
	all := func(string) bool { return true }
	if old.Tree == "" || old.URL != r.URL {
		return all
	}
	out, err := r.repo.Run(c.p.ctx, nil, "diff-tree", "-r", "-z", "--name-only", "--no-renames", old.Tree, r.Tree)
	if err != nil {
		return all // the old tree is gone, or the difference is too long
	}
	changed := map[string]bool{}
	for path := range strings.SplitSeq(string(out), "\x00") {
		changed[path] = true
	}
	return func(path string) bool { return changed[path] }
}

// treeFile is an entry of a tree that is no tree.
type treeFile struct{ mode, id, path string }

func listTree(ctx context.Context, repo *gitrepo.Repo, tree string) ([]treeFile, error) {
	out, err := repo.Run(ctx, nil, "ls-tree", "-r", "-z", "--full-tree", tree)
	if err != nil {
		return nil, err
	}
	var files []treeFile
	for line := range bytes.SplitSeq(out, []byte{0}) {
		if len(line) == 0 {
			continue
		}
		head, path, ok := strings.Cut(string(line), "\t")
		fields := strings.Fields(head)
		if !ok || len(fields) != 3 {
			return nil, fmt.Errorf("%w: %.100q in a list of files", gitrepo.ErrBadAnswer, line)
		}
		if files = append(files, treeFile{fields[0], fields[2], path}); len(files) > maxTreeFiles {
			return nil, fmt.Errorf("%w: more than %d files", gitrepo.ErrLimit, maxTreeFiles)
		}
	}
	return files, nil
}

func (c *classicPart) emitTreeFile(objects *gitrepo.Objects, f treeFile, folder string, fresh func(string) bool) error {
	path := folder + "/" + f.path
	if f.mode == "160000" {
		c.p.notice("submodule", classicRoot+path, "%s is a submodule, whose files are in another repository", path)
		return nil
	}
	if f.mode != "120000" && !fresh(f.path) {
		if here, err := c.carry(path, layout.Content); here || err != nil {
			c.noteFolders(path)
			return err
		}
	}
	it, err := c.readTreeFile(objects, f)
	if err != nil {
		return fmt.Errorf("%.200q: %w", f.path, err)
	}
	it.Path, it.Reason = path, "file of "+folder
	if link, ok := it.Source.(ecosystems.Link); ok {
		if err := layout.CheckLink(classicRoot+path, link.Target); err != nil {
			c.p.notice("classic-name", "", "not in the classic layout: %v", err)
			return nil
		}
	}
	put, err := c.put(it)
	if put {
		c.noteFolders(path)
	}
	return err
}

// noteFolders remembers which folders exist.
func (c *classicPart) noteFolders(path string) {
	for {
		i := strings.LastIndexByte(path, '/')
		if i < 0 || c.trees[path[:i]] {
			return
		}
		path = path[:i]
		c.trees[path] = true
	}
}

// readTreeFile reads a file or link, and proves it by its id.
func (c *classicPart) readTreeFile(objects *gitrepo.Objects, f treeFile) (ecosystems.Item, error) {
	it := ecosystems.Item{Stage: layout.Content}
	kind, size, content, err := objects.Object(f.id)
	switch {
	case err != nil:
		return it, err
	case kind != "blob":
		return it, fmt.Errorf("it is a %s", kind)
	case size > maxTreeFile || f.mode == "120000" && size > smallFile:
		return it, fmt.Errorf("%w: %d bytes", gitrepo.ErrLimit, size)
	}
	sum := sha1.New()
	fmt.Fprintf(sum, "blob %d\x00", size)
	content = io.TeeReader(content, sum)
	var o fetch.Object
	var data []byte
	if size > smallFile {
		o, err = c.p.in.Workshop.Write(c.p.ctx, "", func(w io.Writer) error {
			_, err := io.Copy(w, content)
			return err
		})
	} else {
		data, err = io.ReadAll(content)
	}
	if err != nil {
		return it, err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != f.id {
		return it, fmt.Errorf("%w: object %s has the bytes of %s", gitrepo.ErrDamaged, f.id, got)
	}
	switch {
	case f.mode == "120000":
		it.Source, it.Optional, it.Stage = ecosystems.Link{Target: string(data)}, true, layout.Index
	case size > smallFile:
		it.Source, it.Size = ecosystems.Have{Object: o}, o.Size
	default:
		it.Source, it.Size = ecosystems.Made{Bytes: data}, size
	}
	return it, nil
}
