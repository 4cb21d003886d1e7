package treetar_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/treetar"
)

const vectorFolder = "../treehash/testdata"

type vector struct {
	Tar    string        `json:"tar"`
	Hash   treehash.Hash `json:"tar_tree_hash"`
	SHA256 string        `json:"tarjl_canonical_sha256"`
	Bytes  int           `json:"tarjl_canonical_bytes"`
}

func vectors(t testing.TB) []vector {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(vectorFolder, "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all, out []vector
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		if v.Tar != "" {
			out = append(out, v)
		}
	}
	return out
}

func spool(t testing.TB) treetar.Spool {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "spool")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// rewrite returns the normal form without its gzip.
func rewrite(t testing.TB, tarball []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	tree, err := treetar.Rewrite(&out, bytes.NewReader(tarball), spool(t), treehash.Options{})
	if err != nil {
		t.Fatal(err)
	}
	packed := out.Bytes()
	if h := hash(t, packed); h != tree.Hash(treehash.Full) {
		t.Fatalf("normal form has the hash %v, the tarball %v", h, tree.Hash(treehash.Full))
	}
	return unpack(t, packed)
}

func unpack(t testing.TB, packed []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func hash(t testing.TB, tarball []byte) treehash.Hash {
	t.Helper()
	s, err := treehash.Sum(bytes.NewReader(tarball), treehash.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return s.Full
}

// Tar.jl itself made the sums.
func TestNormalFormsAreTarJLs(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Tar, func(t *testing.T) {
			body, err := os.ReadFile(filepath.Join(vectorFolder, v.Tar))
			if err != nil {
				t.Fatal(err)
			}
			got := rewrite(t, body)
			sum := sha256.Sum256(got)
			if hex.EncodeToString(sum[:]) != v.SHA256 || len(got) != v.Bytes {
				t.Errorf("%d bytes with the sum %x, want %d, %s", len(got), sum, v.Bytes, v.SHA256)
			}
			want, err := os.ReadFile(filepath.Join("testdata", strings.TrimSuffix(v.Tar, ".tar")+".canonical.tar"))
			if err == nil {
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%.2000s", diff)
				}
			}
			if again := rewrite(t, got); !bytes.Equal(again, got) {
				t.Error("the normal form of the normal form is another")
			}
		})
	}
}

func TestGzipHasNoTimeAndNoName(t *testing.T) {
	var a, b bytes.Buffer
	for _, w := range []io.Writer{&a, &b} {
		z := treetar.Gzip(w)
		io.WriteString(z, strings.Repeat("the same ", 1000))
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("two results")
	}
	if head := a.Bytes()[:10]; !bytes.Equal(head, []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}) {
		t.Errorf("header % x", head)
	}
}

// What artifacts are packed with at their origin.
func TestOtherCompressions(t *testing.T) {
	for _, packed := range []string{"05-symlinks.tar.bz2", "02-one-file.tar.xz"} {
		plain, _, _ := strings.Cut(packed, ".tar.")
		var both [2][]byte
		for i, name := range []string{packed, plain + ".tar"} {
			body, err := os.ReadFile(filepath.Join(vectorFolder, name))
			if err != nil {
				t.Fatal(err)
			}
			both[i] = rewrite(t, body)
		}
		if !bytes.Equal(both[0], both[1]) {
			t.Errorf("%s has another normal form than %s.tar", packed, plain)
		}
	}
}
