package artifacts_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/tomlfile"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// tarball packs members: names with content, "link -> target", "hard => target", "folder/".
func tarball(t testing.TB, members ...[2]string) (body []byte, hash treehash.Hash) {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, m := range members {
		h := &tar.Header{Name: m[0], Mode: 0o644, Typeflag: tar.TypeReg, Size: int64(len(m[1]))}
		if from, to, ok := strings.Cut(m[0], " -> "); ok {
			h = &tar.Header{Name: from, Linkname: to, Typeflag: tar.TypeSymlink, Mode: 0o777}
		} else if from, to, ok := strings.Cut(m[0], " => "); ok {
			h = &tar.Header{Name: from, Linkname: to, Typeflag: tar.TypeLink, Mode: 0o644}
		} else if strings.HasSuffix(m[0], "/") {
			h = &tar.Header{Name: m[0], Typeflag: tar.TypeDir, Mode: 0o755}
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(m[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	sums, err := treehash.Sum(bytes.NewReader(b.Bytes()), treehash.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), sums.GitTools
}

// counted counts the bytes that are read.
type counted struct {
	*bytes.Reader
	n int
}

func (c *counted) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.Reader.ReadAt(p, off)
	c.n += n
	return n, err
}

func TestProofLearnsArtifacts(t *testing.T) {
	type members = [][2]string
	const text = "[x]\ngit-tree-sha1 = \"4b825dc642cb6eb9a060e54bf8d69288fbee4904\"\n"
	filler := [2]string{"src/Filler.jl", strings.Repeat("f(x) = x\n", 100_000)}
	for name, test := range map[string]struct {
		members  members
		want     artifacts.InPackage
		readings int
	}{
		"none":           {members{{"src/A.jl", "module A end"}, {".pkg/select_artifacts.jl", "1"}}, artifacts.InPackage{}, 1},
		"one":            {members{{"Artifacts.toml", text}, filler}, artifacts.InPackage{Name: "Artifacts.toml", Content: []byte(text)}, 1},
		"the first name": {members{{"Artifacts.toml", "no"}, filler, {"JuliaArtifacts.toml", text}}, artifacts.InPackage{Name: "JuliaArtifacts.toml", Content: []byte(text)}, 1},
		"a folder":       {members{{"JuliaArtifacts.toml/x", "no"}, {"Artifacts.toml", text}}, artifacts.InPackage{Name: "Artifacts.toml", Content: []byte(text)}, 1},
		"empty":          {members{{"Artifacts.toml", ""}}, artifacts.InPackage{Name: "Artifacts.toml"}, 1},
		"not the root's": {members{{"lib/Artifacts.toml", text}}, artifacts.InPackage{}, 1},
		"the last wins":  {members{{"Artifacts.toml", "no"}, {"Artifacts.toml", text}}, artifacts.InPackage{Name: "Artifacts.toml", Content: []byte(text)}, 1},
		"hook":           {members{{"Artifacts.toml", text}, {".pkg/select_artifacts.jl", "1"}}, artifacts.InPackage{Name: "Artifacts.toml", Content: []byte(text), Hook: true}, 1},
		"hook is a folder": {members{{"Artifacts.toml", text}, {".pkg/select_artifacts.jl/", ""}},
			artifacts.InPackage{Name: "Artifacts.toml", Content: []byte(text)}, 1},
		"links": {members{filler, {"deps/a.toml", text}, {"Artifacts.toml -> ./deps/../deps/a.toml", ""}, {".pkg -> tools", ""}, {"tools/select_artifacts.jl", ""}},
			artifacts.InPackage{Name: "Artifacts.toml", Content: []byte(text), Hook: true}, 2},
		"hard link": {members{filler, {"a.toml", text}, {"Artifacts.toml => a.toml", ""}}, artifacts.InPackage{Name: "Artifacts.toml", Content: []byte(text)}, 2},
		"from one name to the other": {members{{"Artifacts.toml", text}, {"JuliaArtifacts.toml -> Artifacts.toml", ""}},
			artifacts.InPackage{Name: "JuliaArtifacts.toml", Content: []byte(text)}, 1},
		"a link to nothing": {members{{"JuliaArtifacts.toml -> no", ""}, {"Artifacts.toml", text}},
			artifacts.InPackage{Name: "Artifacts.toml", Content: []byte(text)}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			test.want.Size = int64(len(test.want.Content))
			body, hash := tarball(t, test.members...)
			var got []artifacts.InPackage
			proof := artifacts.Proof(hash, func(p artifacts.InPackage) { got = append(got, p) })
			read := &counted{Reader: bytes.NewReader(body)}
			if err := proof(read, int64(len(body))); err != nil {
				t.Fatal(err)
			}
			for i := range got {
				got[i].Content = append([]byte(nil), got[i].Content...)
			}
			if diff := cmp.Diff([]artifacts.InPackage{test.want}, got); diff != "" {
				t.Error(diff)
			}
			if read.n != test.readings*len(body) {
				t.Errorf("read %d bytes of %d", read.n, len(body))
			}
		})
	}
}

func TestProofTellsOnlyWhatIsProven(t *testing.T) {
	body, hash := tarball(t, [2]string{"Artifacts.toml", "x = 1"})
	silent := func(artifacts.InPackage) { t.Error("told of what is not proven") }
	if err := artifacts.Proof(treehash.EmptyTree, silent)(bytes.NewReader(body), int64(len(body))); !errors.Is(err, treehash.ErrMismatch) {
		t.Error(err)
	}
	if err := artifacts.Proof(hash, silent)(bytes.NewReader(body), int64(len(body)-9)); !errors.Is(err, treehash.ErrMalformed) {
		t.Error(err)
	}
}

func TestParseInPackage(t *testing.T) {
	f, err := artifacts.InPackage{}.Parse("Example 1.0.0: ")
	if err != nil || len(f.Artifacts) != 0 {
		t.Error(f, err)
	}
	huge := strings.Repeat("#", 16<<20+1)
	body, hash := tarball(t, [2]string{"Artifacts.toml", huge})
	var found artifacts.InPackage
	if err := artifacts.Proof(hash, func(p artifacts.InPackage) { found = p })(bytes.NewReader(body), int64(len(body))); err != nil {
		t.Fatal(err)
	}
	_, err = found.Parse("Example 1.0.0: ")
	if err == nil || !strings.HasPrefix(err.Error(), "Example 1.0.0: Artifacts.toml: it has 16777217 bytes") {
		t.Error(err)
	}
	_, err = artifacts.InPackage{Name: "Artifacts.toml", Content: []byte("[")}.Parse("Example 1.0.0: ")
	if e := new(tomlfile.Error); !errors.As(err, &e) || e.Line != 1 || e.File != "Example 1.0.0: Artifacts.toml" {
		t.Error(err)
	}
}
