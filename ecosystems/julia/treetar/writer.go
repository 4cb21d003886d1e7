package treetar

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// Writer writes a tar stream in normal form. Entries are given in its order,
// each directory before what is in it; anything else is [ErrOrder].
//
// After an error the stream is useless and the error is returned by all that
// follows. A Writer is for one goroutine.
type Writer struct {
	w      io.Writer
	err    error
	last   string // path of the last member
	dir    string // the directory that was written or used last
	n      int    // members
	space  []byte
	closed bool
}

// NewWriter returns a Writer to w. It makes large writes and buffers nothing between
// calls.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Directory writes a directory.
func (w *Writer) Directory(path string) error {
	if w.enter(path) {
		w.dir = path
		w.write((&head{path: path, kind: '5', exec: true}).blocks(w.space[:0]))
	}
	return w.err
}

// Symlink writes a symbolic link. The target may be anything but empty and is
// not looked at otherwise.
func (w *Writer) Symlink(path, target string) error {
	if target == "" || strings.ContainsRune(target, 0) {
		return w.fail(fmt.Errorf("%.200q: link target %.60q: %w", path, target, ErrName))
	}
	if w.enter(path) {
		w.write((&head{path: path, kind: '2', exec: true, link: target}).blocks(w.space[:0]))
	}
	return w.err
}

// File writes a file with size bytes of content, which must have exactly as many:
// [ErrSize].
func (w *Writer) File(path string, size int64, executable bool, content io.Reader) error {
	if size < 0 {
		return w.fail(fmt.Errorf("%.200q: %d bytes: %w", path, size, ErrSize))
	}
	if !w.enter(path) {
		return w.err
	}
	w.write((&head{path: path, kind: '0', exec: executable, size: size}).blocks(w.space[:0]))
	if w.err != nil {
		return w.err
	}
	if err := w.content(path, size, content); err != nil {
		return w.fail(err)
	}
	return nil
}

func (w *Writer) content(path string, size int64, content io.Reader) error {
	if size > 0 {
		n, err := io.CopyN(w.w, content, size)
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%.200q: %d bytes of %d: %w", path, n, size, ErrSize)
		}
		if err != nil {
			return err
		}
	}
	var more [1]byte
	switch n, err := io.ReadFull(content, more[:]); {
	case n > 0:
		return fmt.Errorf("%.200q: more than %d bytes: %w", path, size, ErrSize)
	case !errors.Is(err, io.EOF):
		return err
	}
	_, err := w.w.Write(zeros[:-size&(blockSize-1)])
	return err
}

// Close ends the stream; it does not close the writer below. The tree without entries is
// written as a single directory called ".".
func (w *Writer) Close() error {
	if w.err != nil || w.closed {
		return w.err
	}
	if w.n == 0 {
		w.write((&head{path: ".", kind: '5', exec: true}).blocks(nil))
	}
	w.closed = true
	return w.err
}

func (w *Writer) write(b []byte) {
	w.space = b
	if _, err := w.w.Write(b); err != nil {
		w.err = err
	}
}

func (w *Writer) fail(err error) error {
	if w.err == nil {
		w.err = err
	}
	return w.err
}

// enter checks the place of the next member.
func (w *Writer) enter(path string) bool {
	if w.closed {
		_ = w.fail(ErrClosed)
	}
	if w.err != nil {
		return false
	}
	if err := CheckPath(path); err != nil {
		w.err = err
		return false
	}
	if w.n > 0 && compare(w.last, path) >= 0 {
		w.err = fmt.Errorf("%.200q behind %.200q: %w", path, w.last, ErrOrder)
		return false
	}
	dir := ""
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		dir = path[:i]
	}
	if dir != "" && dir != w.dir && !strings.HasPrefix(w.dir, dir+"/") {
		w.err = fmt.Errorf("%.200q without its directory: %w", path, ErrOrder)
		return false
	}
	w.last, w.dir = path, dir
	w.n++
	return true
}

// compare orders paths as the normal form does: "/" before all other bytes.
func compare(a, b string) int {
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		switch {
		case x == y:
		case x == '/':
			return -1
		case y == '/':
			return 1
		default:
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}

// CheckPath returns [ErrName] for a path that is not relative and clean.
func CheckPath(path string) error {
	if path == "" || strings.ContainsRune(path, 0) {
		return fmt.Errorf("%.200q: %w", path, ErrName)
	}
	for part := range strings.SplitSeq(path, "/") {
		if part == "" || part == "." || part == ".." {
			return fmt.Errorf("%.200q: %w", path, ErrName)
		}
	}
	return nil
}
