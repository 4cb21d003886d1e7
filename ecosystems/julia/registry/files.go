package registry

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"

	"github.com/offmirror/offmirror/ecosystems/julia/tomlfile"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// maxFile bounds one file, and with it what parsing costs: some ten times as much memory. General's
// Registry.toml, the largest file that there is, has about a megabyte.
const maxFile = 16 << 20

// files gives the contents of a registry.
type files interface {
	// read returns a file; ok is false if there is none.
	read(path string) (content string, ok bool, err error)
}

// treeFiles is a tarball: its files are in the spool or, without one, in the tree.
type treeFiles struct {
	tree  *treehash.Tree
	spool Spool
}

func (f *treeFiles) read(path string) (string, bool, error) {
	e, ok := f.tree.Entry(path)
	if !ok || e.Kind != treehash.File && e.Kind != treehash.Executable {
		return "", false, nil
	}
	if e.Size > maxFile {
		return "", false, tooLarge(path, e.Size)
	}
	if f.spool == nil {
		content, ok := f.tree.File(path)
		return content, ok, nil
	}
	content, err := readAt(f.spool, e.Offset, int(e.Size))
	if err != nil {
		return "", false, fmt.Errorf("%s: read the spooled registry: %w", tomlfile.OneLine(path), err)
	}
	return content, true, nil
}

var readBuffers = sync.Pool{New: func() any { return new([]byte) }}

func readAt(r io.ReaderAt, offset int64, size int) (string, error) {
	buffer := readBuffers.Get().(*[]byte)
	defer readBuffers.Put(buffer)
	*buffer = slices.Grow((*buffer)[:0], size)[:size]
	n, err := r.ReadAt(*buffer, offset)
	switch {
	case n == size:
		return string(*buffer), nil
	case err == nil || err == io.EOF:
		err = io.ErrUnexpectedEOF
	}
	return "", err
}

// dirFiles is a directory.
type dirFiles struct{ fs fs.FS }

func (f dirFiles) read(path string) (string, bool, error) {
	file, err := f.fs.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	defer func() { _ = file.Close() }() // it was only read
	var b bytes.Buffer
	if info, err := file.Stat(); err == nil {
		b.Grow(int(min(max(info.Size(), 0), maxFile)) + bytes.MinRead) // a guess; the content decides
	}
	if _, err := b.ReadFrom(io.LimitReader(file, maxFile+1)); err != nil {
		return "", false, err
	}
	if b.Len() > maxFile {
		return "", false, tooLarge(path, int64(b.Len()))
	}
	return b.String(), true, nil
}

func tooLarge(path string, size int64) error {
	return tomlfile.TooLarge(path, size, maxFile, ErrTooLarge)
}
