package classic_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/classic"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

func spool(t testing.TB) *os.File {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "spool")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

var trees = map[string]juliatest.Tree{
	"package": {
		Files:       map[string]string{"Project.toml": "name = \"A\"\n", "src/A.jl": "module A end\n", "src-more": "x", "big": strings.Repeat("b", 100_000)},
		Executables: map[string]string{"deps/build.sh": "#!/bin/sh\n"},
		Symlinks:    map[string]string{"link": "src/A.jl"},
	},
	"long names":        {Files: map[string]string{strings.Repeat("long/", 30) + "name": "x"}},
	"empty directories": {Files: map[string]string{"a": "x"}, EmptyDirs: []string{"empty/inner"}},
	"nothing":           {},
}

func TestWrapAndUnwrap(t *testing.T) {
	t.Parallel()
	for name, tree := range trees {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := tree.Hash(treehash.Full)
			folder := classic.Folder("https://github.com/JuliaLang/A.jl.git", want)
			var wrapped, again bytes.Buffer
			for _, b := range []*bytes.Buffer{&wrapped, &again} {
				read, err := classic.Wrap(b, bytes.NewReader(tree.Tarball()), spool(t), folder)
				if err != nil {
					t.Fatal(err)
				}
				if err := read.Check(want, treehash.Package...); err != nil {
					t.Error(err)
				}
			}
			if !bytes.Equal(wrapped.Bytes(), again.Bytes()) {
				t.Error("the same tree gave other bytes")
			}
			data := wrapped.Bytes()
			if err := classic.Proof(want)(bytes.NewReader(data), int64(len(data))); err != nil {
				t.Error(err)
			}
			if err := classic.ProveLatest(bytes.NewReader(data), int64(len(data))); err != nil {
				t.Error(err)
			}
			if err := classic.Proof(example)(bytes.NewReader(data), int64(len(data))); !errors.Is(err, treehash.ErrMismatch) {
				t.Errorf("another hash: %v", err)
			}
			checkFolder(t, data, folder)
			var plain bytes.Buffer
			read, err := classic.Unwrap(&plain, bytes.NewReader(data), spool(t))
			if err != nil {
				t.Fatal(err)
			}
			if read.Hash(treehash.Full) != want {
				t.Errorf("unwrapped, it is %v, not %v", read.Hash(treehash.Full), want)
			}
			if sums, err := treehash.Sum(&plain, treehash.Limits{}); err != nil || sums.Full != want || !sums.PlainNames {
				t.Errorf("the unwrapped tarball is %+v, %v", sums, err)
			}
		})
	}
}

// checkFolder looks at the tarball as any program sees it.
func checkFolder(t *testing.T, data []byte, folder string) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for r := tar.NewReader(z); ; n++ {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Name != folder && h.Name != folder+"/" && !strings.HasPrefix(h.Name, folder+"/") {
			t.Errorf("%s is not below %s", h.Name, folder)
		}
	}
	if n == 0 {
		t.Error("there is nothing in the tarball, not even the folder")
	}
}

func TestFolderIsCalledAsByGitHub(t *testing.T) {
	t.Parallel()
	for repo, want := range map[string]string{
		"https://github.com/JuliaLang/Example.jl.git": "JuliaLang-Example.jl-46e44e8",
		"https://GitHub.com/JuliaIO/JSON.jl":          "JuliaIO-JSON.jl-46e44e8",
		"git@git.corp:team/Tool.jl.git":               "team-Tool.jl-46e44e8",
		"ssh://git@git.corp:2222/a/b/Tool.jl.git/":    "b-Tool.jl-46e44e8",
		"/srv/git/Corp/Tool.jl":                       "Corp-Tool.jl-46e44e8",
		"https://git.corp/Tool.git":                   "Tool-46e44e8",
		"https://user:secret@git.corp/Tool.git":       "Tool-46e44e8",
		"Tool":                                        "Tool-46e44e8",
		"":                                            "46e44e8",
		"https://x/../..":                             "46e44e8",
		"https://user:secret@git.corp":                "46e44e8",
		"https://x/a\x00b/\u202ec/\\d":                "c-d-46e44e8",
		"https://x/y/" + strings.Repeat("z", 500):     "y-" + strings.Repeat("z", 80) + "-46e44e8",
	} {
		if got := classic.Folder(repo, example); got != want {
			t.Errorf("%q: %q, want %q", repo, got, want)
		}
	}
}

// pack makes a tarball with members as given.
func pack(t testing.TB, headers ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, h := range headers {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(bytes.Repeat([]byte("x"), int(h.Size))); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// GitHub puts a global header in front of everything.
func TestTarballOfGitHub(t *testing.T) {
	t.Parallel()
	tree := juliatest.Tree{Files: map[string]string{"a": "xx"}}
	data := pack(t,
		tar.Header{Typeflag: tar.TypeXGlobalHeader, Name: "pax_global_header", PAXRecords: map[string]string{"comment": strings.Repeat("1", 40)}},
		tar.Header{Typeflag: tar.TypeDir, Name: "O-A.jl-1234567/", Mode: 0o775},
		tar.Header{Typeflag: tar.TypeReg, Name: "O-A.jl-1234567/a", Mode: 0o664, Size: 2},
	)
	if err := classic.Proof(tree.Hash(treehash.Full))(bytes.NewReader(data), int64(len(data))); err != nil {
		t.Error(err)
	}
	if err := classic.ProveLatest(bytes.NewReader(data), int64(len(data))); !errors.Is(err, treehash.ErrMismatch) {
		t.Errorf("the folder says 1234567, and: %v", err)
	}
}

func TestTarballsThatAreNotInOneFolder(t *testing.T) {
	t.Parallel()
	file := func(name string) tar.Header {
		return tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: 1}
	}
	for name, data := range map[string][]byte{
		"two folders":  pack(t, file("a/x"), file("b/x")),
		"a file":       pack(t, file("a")),
		"a file too":   pack(t, file("a/x"), file("b")),
		"nothing":      pack(t),
		"as on server": trees["package"].Tarball(),
	} {
		if err := classic.Proof(example)(bytes.NewReader(data), int64(len(data))); !errors.Is(err, classic.ErrFolder) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := classic.Unwrap(io.Discard, bytes.NewReader(data), spool(t)); !errors.Is(err, classic.ErrFolder) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, data := range map[string][]byte{
		"escapes":   pack(t, file("a/../../x")),
		"truncated": trees["package"].Tarball()[:200],
		"no gzip":   []byte("<html>"),
	} {
		if err := classic.Proof(example)(bytes.NewReader(data), int64(len(data))); err == nil || errors.Is(err, treehash.ErrMismatch) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := classic.Wrap(io.Discard, bytes.NewReader(data), spool(t), "a"); err == nil {
			t.Errorf("%s: wrapped", name)
		}
	}
}
