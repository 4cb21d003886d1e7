package classic_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/classic"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/layout"
)

// memory is a spool.
type memory struct{ bytes.Buffer }

func (m *memory) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(m.Bytes()).ReadAt(p, off)
}

var small = treehash.Limits{Bytes: 1 << 20, Entries: 1000}

// Whatever is unwrapped and wrapped again has the tree that was said.
func FuzzUnwrap(f *testing.F) {
	for _, tree := range trees {
		var b bytes.Buffer
		if _, err := classic.Wrap(&b, bytes.NewReader(tree.Tarball()), &memory{}, "a-b-1234567"); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
		f.Add(tree.Tarball())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if sums, err := treehash.Sum(bytes.NewReader(data), small); err != nil || sums.Bytes > 1<<20 {
			return
		}
		var plain, wrapped bytes.Buffer
		tree, err := classic.Unwrap(&plain, bytes.NewReader(data), &memory{})
		if err != nil {
			if classic.Proof(example)(bytes.NewReader(data), int64(len(data))) == nil {
				t.Fatal("proven, but not unwrapped")
			}
			return
		}
		want := tree.Hash(treehash.Full)
		again, err := classic.Wrap(&wrapped, &plain, &memory{}, "x")
		if err != nil || again.Hash(treehash.Full) != want {
			t.Fatalf("unwrapped, it is %v, not %v (%v)", again, want, err)
		}
		size := int64(wrapped.Len())
		if err := classic.Proof(want)(bytes.NewReader(wrapped.Bytes()), size); err != nil {
			t.Fatal(err)
		}
		if err := classic.Proof(want)(bytes.NewReader(data), int64(len(data))); err != nil {
			t.Fatalf("what it was unwrapped from: %v", err)
		}
	})
}

// What is read as the path of a tarball is the path that would be written.
func FuzzParsePackageFile(f *testing.F) {
	f.Add(classic.TarballPath("Example", "General", example))
	f.Add(classic.VersionPath("Example", "General", classic.Latest))
	f.Add("packages/a/b/a-.tar.gz")
	f.Fuzz(func(t *testing.T, path string) {
		p, ok := classic.ParsePackageFile(path)
		if !ok {
			return
		}
		want := classic.TarballPath(p.Package, p.Registry, p.Tree)
		if p.Tree.IsZero() {
			want = classic.VersionPath(p.Package, p.Registry, classic.Latest)
		}
		if zero := classic.TarballPath(p.Package, p.Registry, treehash.Hash{}); path != want && path != zero {
			t.Fatalf("%q is read as %q", path, want)
		}
	})
}

func FuzzFolder(f *testing.F) {
	f.Add("https://github.com/JuliaLang/Example.jl.git")
	f.Add("git@git.corp:team/Tool.jl.git")
	f.Fuzz(func(t *testing.T, repo string) {
		folder := classic.Folder(repo, example)
		if len(folder) > 200 || layout.CheckPath(folder) != nil {
			t.Fatalf("%q gives %q", repo, folder)
		}
		if _, err := classic.Wrap(io.Discard, bytes.NewReader(trees["nothing"].Tarball()), &memory{}, folder); err != nil {
			t.Fatal(err)
		}
	})
}
