package treehash

import (
	"archive/tar"
	"bytes"
	"strings"
	"testing"
)

// tarOf packs files below a prefix; a name that ends in "/" is a directory.
func tarOf(t *testing.T, prefix string, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range names {
		h := &tar.Header{Name: prefix + name, Mode: 0o644, Typeflag: tar.TypeReg, Size: int64(len(name))}
		if strings.HasSuffix(name, "/") {
			h.Typeflag, h.Size, h.Mode = tar.TypeDir, 0, 0o755
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := w.Write([]byte(name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSubIsTheTreeThatWasWrapped(t *testing.T) {
	t.Parallel()
	names := []string{"Project.toml", "src/", "src/A.jl", "empty/"}
	plain, err := Read(bytes.NewReader(tarOf(t, "", names...)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := Read(bytes.NewReader(tarOf(t, "owner-A.jl-1234567/", names...)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	sub, ok := wrapped.Sub("owner-A.jl-1234567")
	if !ok {
		t.Fatal("the folder was not found")
	}
	for _, r := range []Rule{Full, SkipEmpty, GitTools} {
		if got, want := sub.Hash(r), plain.Hash(r); got != want {
			t.Errorf("rule %v: %v, want %v", r, got, want)
		}
		if wrapped.Hash(r) == plain.Hash(r) {
			t.Errorf("rule %v: the wrapped tree has the hash of the plain one, so this test shows nothing", r)
		}
	}
	if sub.entries != len(names) {
		t.Errorf("%d entries, want %d", sub.entries, len(names))
	}
	var got []string
	for e := range sub.Entries() {
		got = append(got, e.Path)
	}
	if want := "Project.toml empty src src/A.jl"; strings.Join(got, " ") != want {
		t.Errorf("entries %q, want %q", got, want)
	}
}

func TestSubOfWhatIsNoDirectory(t *testing.T) {
	t.Parallel()
	tree, err := Read(bytes.NewReader(tarOf(t, "", "a", "b/", "b/c")), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"a", "b/c", "x", "b/x"} {
		if _, ok := tree.Sub(path); ok {
			t.Errorf("Sub(%q) found a directory", path)
		}
	}
	if whole, ok := tree.Sub(""); !ok || whole.Hash(Full) != tree.Hash(Full) {
		t.Error(`Sub("") is not the tree itself`)
	}
}
