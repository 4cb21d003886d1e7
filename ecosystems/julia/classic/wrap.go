package classic

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/treetar"
)

// ErrFolder means that a tarball does not have everything in one folder.
var ErrFolder = errors.New("the tarball does not consist of one folder")

// hashDigits is how much of a hash GitHub puts behind the name of the folder.
const hashDigits = 7

// Folder returns the name of the folder around a tree of a repository, as GitHub calls it:
// OWNER-REPO-1234567. It is no more than a name: of a URL that has no owner, or letters
// that do not belong into the name of a file, some of it is left out.
func Folder(repo string, tree treehash.Hash) string {
	if _, rest, ok := strings.Cut(repo, "://"); ok {
		_, repo, _ = strings.Cut(rest, "/") // without host, user and password
	} else if _, rest, ok := strings.Cut(repo, ":"); ok {
		repo = rest
	}
	repo = strings.TrimSuffix(strings.TrimRight(repo, "/"), ".git")
	parts := strings.FieldsFunc(repo, func(c rune) bool { return c == '/' })
	var name []string
	for _, part := range parts[max(0, len(parts)-2):] {
		if part = plain(part); part != "" {
			name = append(name, part)
		}
	}
	return strings.Join(append(name, tree.String()[:hashDigits]), "-")
}

// plain keeps of s what every file system takes.
func plain(s string) string {
	s = strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("._-", c) {
			return c
		}
		return -1
	}, s)
	s = strings.Trim(s, ".")
	return s[:min(len(s), 80)]
}

// Wrap reads the tarball of a package and writes it to dst with everything in a folder, in
// normal form, gzipped: the same tree and folder give the same bytes. It returns the tree
// that it read, which has been compared with nothing. The spool has to be empty.
func Wrap(dst io.Writer, tarball io.Reader, spool treetar.Spool, folder string) (*treehash.Tree, error) {
	tree, err := treehash.Read(tarball, treehash.Options{Spool: spool})
	if err != nil {
		return nil, err
	}
	z := treetar.Gzip(dst)
	w := treetar.NewWriter(z)
	if err := w.Directory(folder); err != nil {
		return nil, err
	}
	for e := range tree.Entries() {
		path := folder + "/" + e.Path
		switch e.Kind {
		case treehash.Directory:
			err = w.Directory(path)
		case treehash.Symlink:
			err = w.Symlink(path, e.Link)
		default:
			err = w.File(path, e.Size, e.Kind == treehash.Executable, io.NewSectionReader(spool, e.Offset, e.Size))
		}
		if err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return tree, z.Close()
}

// Unwrap reads a tarball that has everything in one folder and writes to dst what is in
// it, as package servers have it. It returns the tree that it wrote, which has been
// compared with nothing. The spool has to be empty.
func Unwrap(dst io.Writer, tarball io.Reader, spool treetar.Spool) (*treehash.Tree, error) {
	_, tree, err := read(tarball, treehash.Options{Spool: spool})
	if err != nil {
		return nil, err
	}
	z := treetar.Gzip(dst)
	w := treetar.NewWriter(z)
	if err := treetar.WriteTree(w, tree, spool, nil); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return tree, z.Close()
}

// Proof returns a proof, as a fetch.Request takes it, that an object is a tarball that has a
// tree in one folder, whatever that is called.
func Proof(want treehash.Hash) func(body io.ReaderAt, size int64) error {
	return func(body io.ReaderAt, size int64) error {
		_, tree, err := read(io.NewSectionReader(body, 0, size), treehash.Options{})
		if err != nil {
			return err
		}
		return tree.Check(want, treehash.Package...)
	}
}

// ProveLatest proves a tarball of which nobody says what it must hold: the name of
// its folder ends in the first digits of what is in it.
func ProveLatest(body io.ReaderAt, size int64) error {
	folder, tree, err := read(io.NewSectionReader(body, 0, size), treehash.Options{})
	if err != nil {
		return err
	}
	digits := folder[strings.LastIndexByte(folder, '-')+1:]
	for _, r := range treehash.Package {
		if len(digits) == hashDigits && strings.HasPrefix(tree.Hash(r).String(), digits) {
			return nil
		}
	}
	return fmt.Errorf("%w: folder %.100q holds %v", treehash.ErrMismatch, folder, tree.Hash(treehash.Full))
}

// read returns the folder of a wrapped tarball and what is in it.
func read(tarball io.Reader, o treehash.Options) (string, *treehash.Tree, error) {
	tree, err := treehash.Read(tarball, o)
	if err != nil {
		return "", nil, err
	}
	names := tree.Names("")
	if len(names) != 1 {
		return "", nil, fmt.Errorf("%w: there are %d names at its top", ErrFolder, len(names))
	}
	sub, ok := tree.Sub(names[0])
	if !ok {
		return "", nil, fmt.Errorf("%w: %.100q is none", ErrFolder, names[0])
	}
	return names[0], sub, nil
}

// WrapGit writes the tree object of a git repository with everything in a folder, as
// [Wrap] does. What it wrote without an error has the hash.
func WrapGit(dst io.Writer, objects treetar.Objects, tree treehash.Hash, folder string) error {
	z := treetar.Gzip(dst)
	w := treetar.NewWriter(z)
	if err := treetar.WriteGitBelow(w, folder, objects, tree, treetar.Limits{}); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return z.Close()
}
