package artifacts

import (
	"bytes"
	"io"
	"slices"

	"github.com/offmirror/offmirror/ecosystems/julia/tomlfile"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// InPackage is what the tarball of a package says about artifacts. The zero InPackage
// says that it has none.
type InPackage struct {
	Name    string // of the file, one of Names; "" if there is none
	Content []byte // of the file, for Parse; nothing of a file that is too large for it
	Size    int64  // of the file in bytes
	Hook    bool   // there is a script, see Hook
}

// Parse reads the file as [Parse] does, with where in front of its name in messages. A package
// without the file has no artifacts.
func (p InPackage) Parse(where string) (*File, error) {
	switch {
	case p.Name == "":
		return &File{}, nil
	case p.Size > maxSize:
		return nil, tomlfile.TooLarge(where+p.Name, p.Size, maxSize, nil)
	}
	return Parse(where+p.Name, p.Content)
}

// Proof is treehash.Proof for packages, by any of their rules, which tells what the package
// says about artifacts by reading its tarball once: got is called each time that the proof is
// satisfied, before it returns, and by as many goroutines as use the proof.
//
// Symbolic links are followed within the package, as clients do. The content of a file that
// is behind one takes a second reading.
func Proof(want treehash.Hash, got func(InPackage)) func(body io.ReaderAt, size int64) error {
	return func(body io.ReaderAt, size int64) error {
		var t *treehash.Tree
		o := treehash.Options{Collect: collect}
		err := treehash.ProofWith(want, treehash.Package, o, func(proven *treehash.Tree) { t = proven })(body, size)
		if err != nil {
			return err
		}
		found, err := inPackage(t, body, size)
		if err == nil {
			got(found)
		}
		return err
	}
}

func collect(path string, size int64) bool {
	return size <= maxSize && slices.Contains(Names, path)
}

func inPackage(t *treehash.Tree, body io.ReaderAt, size int64) (InPackage, error) {
	for _, name := range Names {
		e, ok := t.Follow(name)
		if !ok || e.Kind == treehash.Directory {
			continue
		}
		found := InPackage{Name: name, Size: e.Size}
		hook, ok := t.Follow(Hook)
		found.Hook = ok && hook.Kind != treehash.Directory
		if e.Size > maxSize {
			return found, nil
		}
		if content, ok := t.File(e.Path); ok {
			found.Content = []byte(content)
			return found, nil
		}
		part := window{skip: e.Offset, want: e.Size}
		_, err := treehash.Read(io.NewSectionReader(body, 0, size), treehash.Options{Spool: &part})
		found.Content = part.content.Bytes()
		return found, err
	}
	return InPackage{}, nil
}

// window keeps a part of what is written to it.
type window struct {
	skip, want int64 // bytes
	content    bytes.Buffer
}

func (w *window) Write(p []byte) (int, error) {
	skip := min(w.skip, int64(len(p)))
	take := min(w.want, int64(len(p))-skip)
	w.content.Write(p[skip : skip+take])
	w.skip -= skip
	w.want -= take
	return len(p), nil
}
