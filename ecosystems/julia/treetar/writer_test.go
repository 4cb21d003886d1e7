package treetar_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/treetar"
)

// file writes a file with this content.
func file(w *treetar.Writer, path, content string) error {
	return w.File(path, int64(len(content)), false, strings.NewReader(content))
}

func TestWriterChecksOrder(t *testing.T) {
	for _, c := range []struct {
		paths string // those with a slash behind are directories
		want  error
	}{
		{"a b c", nil},
		{"a/ a/b a/b/../x", treetar.ErrName},
		{"a/ a/b a.b", nil}, // not "." before "/", as in bytes of whole paths
		{"a/ a/b/ a/b/c a/bc a0", nil},
		{"a/ a/b/ a/c a/b/d", treetar.ErrOrder},
		{"a/ a.b a/b", treetar.ErrOrder},
		{"b a", treetar.ErrOrder},
		{"a a", treetar.ErrOrder},
		{"a/ a/", treetar.ErrOrder},
		{"a a/b", treetar.ErrOrder},
		{"a/b", treetar.ErrOrder},
		{"a/ b/c", treetar.ErrOrder},
		{"a/ a/b/c", treetar.ErrOrder},
		{"a/ ab ab/c", treetar.ErrOrder},
		{"a/ a/b/ b a/c", treetar.ErrOrder},
		{"/a", treetar.ErrName},
		{".", treetar.ErrName},
		{"./a", treetar.ErrName},
		{"a//", treetar.ErrName},
		{"a\x00b", treetar.ErrName},
	} {
		w := treetar.NewWriter(io.Discard)
		var err error
		for path := range strings.FieldsSeq(c.paths) {
			if dir, ok := strings.CutSuffix(path, "/"); ok {
				err = w.Directory(dir)
			} else {
				err = file(w, path, path)
			}
		}
		if end := w.Close(); !errors.Is(err, c.want) || !errors.Is(end, c.want) || (c.want == nil && err != nil) {
			t.Errorf("%q: %v, then %v, want %v", c.paths, err, end, c.want)
		}
	}
}

func TestWriterWantsTheAnnouncedSize(t *testing.T) {
	broken := errors.New("cannot read")
	for _, c := range []struct {
		size    int64
		content io.Reader
		want    error
	}{
		{-1, strings.NewReader(""), treetar.ErrSize},
		{3, strings.NewReader("12"), treetar.ErrSize},
		{3, strings.NewReader("1234"), treetar.ErrSize},
		{0, strings.NewReader("1"), treetar.ErrSize},
		{3, iotest.ErrReader(broken), broken},
		{0, iotest.ErrReader(broken), broken},
		{3, iotest.OneByteReader(strings.NewReader("123")), nil},
		{3, iotest.DataErrReader(strings.NewReader("123")), nil},
	} {
		w := treetar.NewWriter(io.Discard)
		if err := w.File("a", c.size, false, c.content); !errors.Is(err, c.want) || (c.want == nil) != (err == nil) {
			t.Errorf("%d bytes: %v, want %v", c.size, err, c.want)
		}
		if c.want != nil {
			if err := w.Directory("b"); !errors.Is(err, c.want) {
				t.Errorf("afterwards: %v", err)
			}
		}
	}
}

func TestWriterRefusesTargets(t *testing.T) {
	for _, target := range []string{"", "a\x00b"} {
		if err := treetar.NewWriter(io.Discard).Symlink("a", target); !errors.Is(err, treetar.ErrName) {
			t.Errorf("%q: %v", target, err)
		}
	}
}

func TestClosed(t *testing.T) {
	w := treetar.NewWriter(io.Discard)
	if err := errors.Join(w.Directory("a"), w.Close(), w.Close()); err != nil {
		t.Error(err)
	}
	if err := w.Directory("b"); !errors.Is(err, treetar.ErrClosed) {
		t.Error(err)
	}
}

type failing struct{ after int }

var errFull = errors.New("no space left")

func (f *failing) Write(p []byte) (int, error) {
	if f.after -= len(p); f.after < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestErrorsOfTheOutput(t *testing.T) {
	for after := range 10 {
		w := treetar.NewWriter(&failing{after * 300})
		err := w.Directory("d")
		if err == nil {
			err = file(w, "d/a", strings.Repeat("1", 1000))
		}
		if err == nil {
			err = w.Symlink("l", "d")
		}
		if want := after*300 < 512+512+1024+512; (errors.Is(err, errFull)) != want {
			t.Errorf("%d bytes: %v", after*300, err)
		}
		if again := w.Close(); !errors.Is(again, err) {
			t.Errorf("Close: %v", again)
		}
	}
}

// Names around every boundary of the header's fields, read back by another
// implementation.
func TestNamesOfAnyLength(t *testing.T) {
	parts := func(n int) string { return strings.Repeat("d", n) }
	var names []string
	for _, n := range []int{1, 99, 100, 101, 154, 155, 156, 254, 255, 256, 600} {
		names = append(names, parts(n))
		for _, m := range []int{1, 99, 100, 101, 155, 156} {
			names = append(names, parts(n)+"/"+parts(m))
		}
	}
	names = append(names, strings.Repeat("ä", 60)+"/"+strings.Repeat("ö", 50))
	for _, name := range names {
		var out bytes.Buffer
		w := treetar.NewWriter(&out)
		if dir, _, ok := strings.Cut(name, "/"); ok {
			if err := w.Directory(dir); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(w.Symlink(name, name), w.Close()); err != nil {
			t.Fatal(err)
		}
		var last *tar.Header
		for r := tar.NewReader(&out); ; {
			h, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%d bytes: %v", len(name), err)
			}
			last = h
		}
		if last.Name != name || last.Linkname != name || last.Mode != 0o755 || last.Typeflag != tar.TypeSymlink {
			t.Errorf("%d bytes: %+v", len(name), last)
		}
	}
}

// Big sizes are written in three ways; only the header is looked at.
func TestSizesOfAnyLength(t *testing.T) {
	for _, size := range []int64{0, 1, 8<<30 - 1, 8 << 30, 64<<30 - 1, 64 << 30, 1 << 62} {
		var out bytes.Buffer
		err := treetar.NewWriter(&out).File("a", size, true, strings.NewReader(""))
		if size > 0 && !errors.Is(err, treetar.ErrSize) {
			t.Fatal(err)
		}
		h, err := tar.NewReader(&out).Next()
		if err != nil || h.Size != size || h.Mode != 0o755 {
			t.Errorf("%d: %+v, %v", size, h, err)
		}
	}
}

// Whatever the tree: the normal form does not depend on the order in which its members came,
// and both readers find in it what was put in.
func TestNormalFormOfAnyTree(t *testing.T) {
	names := []string{"a", "a.b", "a-b", "a0", "ä", "foo", "foo.txt", strings.Repeat("long", 30)}
	rapid.Check(t, func(t *rapid.T) {
		type member struct {
			tar.Header
			data string
		}
		var members []member
		var paths []string
		for range rapid.IntRange(0, 10).Draw(t, "members") {
			path := strings.Join(rapid.SliceOfN(rapid.SampledFrom(names), 1, 4).Draw(t, "path"), "/")
			if slices.ContainsFunc(paths, func(p string) bool {
				return p == path || strings.HasPrefix(p, path+"/") || strings.HasPrefix(path, p+"/")
			}) {
				continue
			}
			paths = append(paths, path)
			m := member{Header: tar.Header{Name: path, Mode: 0o644, Typeflag: tar.TypeReg, Format: tar.FormatPAX}}
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				m.Typeflag, m.Linkname = tar.TypeSymlink, "to"
			case 1:
				m.Typeflag = tar.TypeDir
			case 2:
				m.Mode = 0o777
				fallthrough
			default:
				m.data = rapid.StringN(0, 600, -1).Draw(t, "data")
				m.Size = int64(len(m.data))
			}
			members = append(members, m)
		}
		write := func(members []member) []byte {
			var out bytes.Buffer
			w := tar.NewWriter(&out)
			for _, m := range members {
				if err := w.WriteHeader(&m.Header); err != nil {
					t.Fatal(err)
				}
				io.WriteString(w, m.data)
			}
			w.Close()
			return out.Bytes()
		}
		normal := func(tarball []byte) []byte {
			var out bytes.Buffer
			var kept memory
			if _, err := treetar.Rewrite(&out, bytes.NewReader(tarball), &kept, treehash.Options{}); err != nil {
				t.Fatal(err)
			}
			return out.Bytes()
		}
		first := normal(write(members))
		if second := normal(write(rapid.Permutation(members).Draw(t, "order"))); !bytes.Equal(first, second) {
			t.Fatal("the normal form depends on the order of members")
		}
		tree, err := treehash.Read(bytes.NewReader(first), treehash.Options{Collect: func(string, int64) bool { return true }})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range members {
			e, ok := tree.Entry(m.Name)
			data, _ := tree.File(m.Name)
			if !ok || data != m.data || e.Link != m.Linkname || (e.Kind == treehash.Executable) != (m.Mode == 0o777) {
				t.Fatalf("%s: %+v %v", m.Name, e, ok)
			}
		}
	})
}

// memory is a Spool for small tarballs.
type memory struct{ bytes.Buffer }

func (m *memory) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(m.Bytes()).ReadAt(p, off)
}

func TestReplace(t *testing.T) {
	var in bytes.Buffer
	w := treetar.NewWriter(&in)
	for _, err := range []error{
		w.Directory("E"), file(w, "E/Versions.toml", "all of them"), w.File("run", 3, true, strings.NewReader("run")), w.Symlink("s", "run"), w.Close(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var kept memory
	tree, err := treehash.Read(&in, treehash.Options{Spool: &kept})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w = treetar.NewWriter(&out)
	if err := treetar.WriteTree(w, tree, &kept, map[string]string{"E/Versions.toml": "", "run": "faster"}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for r := tar.NewReader(&out); ; {
		h, err := r.Next()
		if err != nil {
			break
		}
		data, _ := io.ReadAll(r)
		got = append(got, fmt.Sprintf("%s %o %s", h.Name, h.Mode, data))
	}
	if diff := cmp.Diff([]string{"E 755 ", "E/Versions.toml 644 ", "run 755 faster", "s 755 "}, got); diff != "" {
		t.Error(diff)
	}
	for _, path := range []string{"E", "s", "absent", "", "E/absent"} {
		err := treetar.WriteTree(treetar.NewWriter(io.Discard), tree, &kept, map[string]string{path: "x"})
		if !errors.Is(err, treehash.ErrNoFile) {
			t.Errorf("%q: %v", path, err)
		}
	}
}

// TestWriteTreeFromMemory needs no spool for what was collected.
func TestWriteTreeFromMemory(t *testing.T) {
	var in, kept, out bytes.Buffer
	w := treetar.NewWriter(&in)
	if err := errors.Join(w.File("a", 3, false, strings.NewReader("one")), w.File("b", 3, true, strings.NewReader("two")), w.Close()); err != nil {
		t.Fatal(err)
	}
	read := func(some string) *treehash.Tree {
		collect := func(path string, _ int64) bool { return strings.Contains(some, path) }
		tree, err := treehash.Read(bytes.NewReader(in.Bytes()), treehash.Options{Collect: collect, Spool: &kept})
		if err != nil {
			t.Fatal(err)
		}
		return tree
	}
	w = treetar.NewWriter(&out)
	if err := errors.Join(treetar.WriteTree(w, read("a b"), nil, nil), w.Close()); err != nil || !bytes.Equal(out.Bytes(), in.Bytes()) {
		t.Errorf("%v, other bytes", err)
	}
	if err := treetar.WriteTree(treetar.NewWriter(io.Discard), read("a"), nil, nil); !errors.Is(err, treetar.ErrNoContent) || !strings.Contains(err.Error(), `"b"`) {
		t.Error(err)
	}
	out.Reset()
	w = treetar.NewWriter(&out)
	err := errors.Join(treetar.WriteTree(w, read("a"), nil, map[string]string{"b": "two"}), w.Close())
	if err != nil || !bytes.Equal(out.Bytes(), in.Bytes()) {
		t.Errorf("%v, other bytes", err)
	}
}

func TestRewritePassesErrorsOn(t *testing.T) {
	var kept memory
	if _, err := treetar.Rewrite(io.Discard, strings.NewReader("no tarball"), &kept, treehash.Options{}); !errors.Is(err, treehash.ErrMalformed) {
		t.Error(err)
	}
	var in bytes.Buffer
	w := treetar.NewWriter(&in)
	file(w, "a", strings.Repeat("1", 1000))
	body := in.Bytes()
	if _, err := treetar.Rewrite(&failing{5}, bytes.NewReader(body), &kept, treehash.Options{}); !errors.Is(err, errFull) {
		t.Error(err)
	}
	if _, err := treetar.Rewrite(io.Discard, bytes.NewReader(body), struct {
		io.Writer
		io.ReaderAt
	}{&failing{5}, nil}, treehash.Options{}); !errors.Is(err, errFull) {
		t.Error(err)
	}
	short := struct {
		io.Writer
		io.ReaderAt
	}{io.Discard, strings.NewReader("lost")}
	if _, err := treetar.Rewrite(io.Discard, bytes.NewReader(body), short, treehash.Options{}); !errors.Is(err, treetar.ErrSize) {
		t.Error(err)
	}
}
