package gitrepo

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"os"
	"path"
)

// File is one file of an exported repository.
type File struct {
	Name string // in the repository: "HEAD", "objects/pack/pack-….idx"
	Size int64  // bytes

	text   []byte
	dir    string // of the repository; empty: text is all
	sha256 bool   // the kind of object ids
}

func made(name, text string) File {
	return File{Name: name, Size: int64(len(text)), text: []byte(text)}
}

// Text returns the content of a small file. The files of packs, which may be large, have none.
func (f File) Text() (content []byte, ok bool) { return f.text, f.dir == "" }

// Key names the content of a file of a pack in the sense of fetch.Request.Key: packs are called
// by their checksum. Other files have none, as it would be of no use.
func (f File) Key() string {
	if f.dir == "" {
		return ""
	}
	return fmt.Sprintf("git %s %d", path.Base(f.Name), f.Size)
}

// WriteTo writes the content. A file of a pack is proven by the checksum that it ends in; if that
// is wrong the error is [ErrDamaged], after the bytes were written.
func (f File) WriteTo(w io.Writer) (int64, error) {
	if f.dir == "" {
		n, err := w.Write(f.text)
		return int64(n), err
	}
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return 0, err
	}
	defer root.Close()
	in, err := root.Open(f.Name)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	sum := &trailing{sum: sha1.New()}
	if f.sha256 {
		sum.sum = sha256.New()
	}
	n, err := io.CopyBuffer(io.MultiWriter(w, sum), struct{ io.Reader }{in}, make([]byte, 256<<10))
	switch {
	case err != nil:
		return n, err
	case n != f.Size:
		return n, fmt.Errorf("%s: %w: %d bytes instead of %d", f.Name, ErrDamaged, n, f.Size)
	case !sum.holds():
		return n, fmt.Errorf("%s: %w: its checksum is another", f.Name, ErrDamaged)
	}
	return n, nil
}

// trailing hashes what it is given, all but the end that is as long as the hash.
type trailing struct {
	sum  hash.Hash
	last []byte
}

func (t *trailing) Write(p []byte) (int, error) {
	t.last = append(t.last, p...)
	if n := len(t.last) - t.sum.Size(); n > 0 {
		t.sum.Write(t.last[:n])
		t.last = append(t.last[:0], t.last[n:]...)
	}
	return len(p), nil
}

// holds reports whether the end is the hash of what comes before it.
func (t *trailing) holds() bool { return bytes.Equal(t.sum.Sum(nil), t.last) }
