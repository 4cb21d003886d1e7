package pkgclient

import (
	"archive/tar"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

// hashes returns the hashes of a tar stream by the two rules that clients use: of the stream, and of
// what it is unpacked to.
func hashes(dir string, body []byte) (full, folder treehash.Hash, err error) {
	if full, err = hashStream(bytes.NewReader(body)); err != nil {
		return full, folder, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return full, folder, err
	}
	defer root.Close()
	if err = extract(root, bytes.NewReader(body)); err == nil {
		folder, err = hashFolder(root)
	}
	return full, folder, err
}

// TestVectors checks the hashes that Julia itself computed.
func TestVectors(t *testing.T) {
	vectors := filepath.Join("..", "..", "treehash", "testdata")
	text, err := os.ReadFile(filepath.Join(vectors, "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		Tar       string `json:"tar"`
		Full      string `json:"tar_tree_hash"`
		SkipEmpty string `json:"tar_tree_hash_skip_empty"`
		GitTools  string `json:"pkg_gittools_tree_hash"` // absent if it is SkipEmpty
	}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, v := range list {
		if v.Tar == "" {
			continue // a real package, which is not in this repository
		}
		body, err := os.ReadFile(filepath.Join(vectors, v.Tar))
		if err != nil {
			t.Fatal(err)
		}
		n++
		full, folder, err := hashes(t.TempDir(), body)
		if err != nil || full.String() != v.Full || folder.String() != cmp.Or(v.GitTools, v.SkipEmpty) {
			t.Errorf("%s: %s and %s, want %s and %s: %v", v.Tar, full, folder, v.Full, cmp.Or(v.GitTools, v.SkipEmpty), err)
		}
	}
	if n < 12 {
		t.Errorf("%d vectors", n)
	}
}

// TestSecondOpinion compares random tarballs with package treehash.
func TestSecondOpinion(t *testing.T) {
	dirs := t.TempDir()
	name := rapid.StringOfN(rapid.RuneFrom([]rune("ab.-0/")), 1, 8, -1)
	rapid.Check(t, func(t *rapid.T) {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for range rapid.IntRange(0, 12).Draw(t, "members") {
			content := rapid.StringN(0, 5, 5).Draw(t, "content")
			h := &tar.Header{Name: name.Draw(t, "name"), Mode: rapid.SampledFrom([]int64{0o644, 0o755, 0o100, 0o655}).Draw(t, "mode")}
			switch rapid.IntRange(0, 4).Draw(t, "kind") {
			case 0:
				h.Typeflag = tar.TypeDir
			case 1:
				h.Typeflag, h.Linkname = tar.TypeSymlink, name.Draw(t, "target")
			case 2:
				h.Name = rapid.SampledFrom([]string{".git/x", "a/.git", "a/.git/y/z", ".git"}).Draw(t, "git")
				h.Typeflag, h.Size = tar.TypeReg, int64(len(content))
			default:
				h.Typeflag, h.Size = tar.TypeReg, int64(len(content))
			}
			if w.WriteHeader(h) != nil {
				continue
			}
			if h.Typeflag == tar.TypeReg && h.Size > 0 {
				if _, err := w.Write([]byte(content)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		sums, err := treehash.Sum(bytes.NewReader(b.Bytes()), treehash.Limits{})
		if err != nil {
			return // what a mirror refuses is not offered to clients
		}
		dir, err := os.MkdirTemp(dirs, "")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		full, folder, err := hashes(dir, b.Bytes())
		if err != nil {
			t.Fatalf("a mirror accepts what the client refuses: %v", err)
		}
		if full != sums.Full || folder != sums.GitTools {
			t.Fatalf("%s and %s, a mirror says %s and %s", full, folder, sums.Full, sums.GitTools)
		}
	})
}

func TestExtractRefuses(t *testing.T) {
	link := &tar.Header{Name: "out", Typeflag: tar.TypeSymlink, Linkname: "/etc"}
	for name, list := range map[string][]*tar.Header{
		"absolute name":      {{Name: "/etc/passwd", Typeflag: tar.TypeReg}},
		"parent":             {{Name: "a/../../b", Typeflag: tar.TypeReg}},
		"through a link":     {link, {Name: "out/passwd", Typeflag: tar.TypeReg}},
		"hard link outside":  {{Name: "a", Typeflag: tar.TypeLink, Linkname: "../../secret"}},
		"hard link to a dir": {{Name: "d", Typeflag: tar.TypeDir}, {Name: "a", Typeflag: tar.TypeLink, Linkname: "d"}},
		"hard link ahead":    {{Name: "a", Typeflag: tar.TypeLink, Linkname: "b"}, {Name: "b", Typeflag: tar.TypeReg}},
		"device":             {{Name: "null", Typeflag: tar.TypeChar}},
		"the root as file":   {{Name: "./.", Typeflag: tar.TypeSymlink, Linkname: "x"}},
	} {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for _, h := range list {
			if err := w.WriteHeader(h); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := hashStream(bytes.NewReader(b.Bytes())); !errors.Is(err, ErrArchive) {
			t.Errorf("%s: hashed: %v", name, err)
		}
		root, err := os.OpenRoot(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if err := extract(root, bytes.NewReader(b.Bytes())); !errors.Is(err, ErrArchive) {
			t.Errorf("%s: extracted: %v", name, err)
		}
		_ = root.Close()
	}
}

// TestSlug knows the folder of a real package.
func TestSlug(t *testing.T) {
	example := uuid.MustParse("7876af07-990d-54b4-ab0e-23690620f79a")
	var tree treehash.Hash
	if err := tree.UnmarshalText([]byte("46e44e869b4d90b96bd8ed1fdcf32244fddfb6cc")); err != nil {
		t.Fatal(err)
	}
	if got := packagePath("Example", example, tree); got != "packages/Example/aqsx3" {
		t.Errorf("Example 0.5.3 is in %s", got)
	}
}
