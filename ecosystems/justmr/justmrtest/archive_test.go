package justmrtest_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ulikunitz/xz"

	"github.com/offmirror/offmirror/ecosystems/justmr/justmrtest"
	"github.com/offmirror/offmirror/ecosystems/justmr/repos"
)

func TestArchives(t *testing.T) {
	files := []justmrtest.File{{Name: "a-1/x", Text: "one"}, {Name: "a-1/y/z", Text: "two"}}
	untar := func(r io.Reader, err error) []justmrtest.File {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		var got []justmrtest.File
		for tr := tar.NewReader(r); ; {
			h, err := tr.Next()
			if errors.Is(err, io.EOF) {
				return got
			}
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(tr)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, justmrtest.File{Name: h.Name, Text: string(text)})
		}
	}
	gz, err := gzip.NewReader(bytes.NewReader(justmrtest.TarGz(files...)))
	if diff := cmp.Diff(files, untar(gz, err)); diff != "" {
		t.Errorf("gzip: %s", diff)
	}
	x, err := xz.NewReader(bytes.NewReader(justmrtest.TarXz(files...)))
	if diff := cmp.Diff(files, untar(x, err)); diff != "" {
		t.Errorf("xz: %s", diff)
	}
	sample := []justmrtest.File{{Name: "sample-1.0/README", Text: "sample\n"}}
	if diff := cmp.Diff(sample, untar(bzip2.NewReader(bytes.NewReader(justmrtest.TarBz2())), nil)); diff != "" {
		t.Errorf("bzip2: %s", diff)
	}
	data := justmrtest.Zip(files...)
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil || len(z.File) != 2 || z.File[1].Name != "a-1/y/z" {
		t.Errorf("zip: %v", err)
	}
	if !bytes.Equal(justmrtest.TarGz(files...), justmrtest.TarGz(files...)) || !bytes.Equal(data, justmrtest.Zip(files...)) {
		t.Error("archives differ from run to run")
	}
}

func TestChecksums(t *testing.T) {
	// as "git hash-object" and sha256sum say
	if got := justmrtest.Content([]byte("hello\n")); got != "ce013625030ba8dba906f756967f9e9ca394464a" {
		t.Errorf("content %s", got)
	}
	if got := justmrtest.SHA256([]byte("hello\n")); got != "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03" {
		t.Errorf("SHA-256 %s", got)
	}
	if got := justmrtest.SHA512(nil); len(got) != 128 || got[:8] != "cf83e135" {
		t.Errorf("SHA-512 %s", got)
	}
}

// The driver's reader finds nothing wrong with a configuration that has everything.
func TestConfig(t *testing.T) {
	id := justmrtest.Content([]byte("x"))
	c := &justmrtest.Config{Main: "main"}
	c.Add("main", justmrtest.Folder(".")).With("bindings", justmrtest.Object{"a": "archive"}).With("target_root", "layer")
	c.Add("archive", justmrtest.Archive(id, "http://a/x.tgz?a&b").With("mirrors", []string{"http://b/x"}).With("pragma", justmrtest.Absent()))
	c.Add("layer", "archive")
	c.Add("zip", justmrtest.ZipArchive(id, "http://a/x.zip"))
	c.Add("file", justmrtest.ForeignFile("x", id, "http://a/x"))
	c.Add("git", justmrtest.Git("http://a/x.git", "main", id))
	c.Add("tree", justmrtest.GitTree(id, "make", "it"))
	c.Add("dist", justmrtest.Distdir("archive", "zip"))
	c.Add("computed", justmrtest.Computed("git", "", "all"))
	c.Add("structure", justmrtest.TreeStructure("git"))
	text := c.JSON()
	read, err := repos.Parse("repos.json", text)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range read.Problems {
		t.Error(p)
	}
	kinds := map[string]repos.Kind{
		"main": repos.KindFile, "archive": repos.KindArchive, "zip": repos.KindZip, "file": repos.KindForeignFile, "git": repos.KindGit,
		"tree": repos.KindGitTree, "dist": repos.KindDistdir, "computed": repos.KindComputed, "structure": repos.KindTreeStructure,
	}
	for name, kind := range kinds {
		if r, ok := read.Repository(name); !ok || r.Root == nil || r.Root.Kind != kind {
			t.Errorf("%s is %+v, want a %s", name, r, kind)
		}
	}
	if r, _ := read.Repository("archive"); r.Root.Archive.Fetch != "http://a/x.tgz?a&b" || !r.Root.Absent {
		t.Errorf("archive is %+v", r.Root.Archive)
	}
	if r, _ := read.Repository("layer"); !r.IsShared || r.Shared != "archive" {
		t.Errorf("layer is %+v", r)
	}
	if !bytes.Contains(text, []byte("x.tgz?a&b")) || !bytes.Equal(text, c.JSON()) {
		t.Errorf("not as people write it:\n%s", text)
	}
	empty := &justmrtest.Config{}
	var back map[string]any
	if err := json.Unmarshal(empty.JSON(), &back); err != nil || len(back) != 1 {
		t.Errorf("an empty configuration is %s", empty.JSON())
	}
}

// The public shape has the counts that it is known for.
func TestPublic(t *testing.T) {
	u := start(t, 3)
	c, err := u.Public(t.Context(), 500)
	if err != nil {
		t.Fatal(err)
	}
	read, err := repos.Parse("repos.json", c.JSON())
	if err != nil || len(read.Problems) > 0 {
		t.Fatal(err, read.Problems)
	}
	contents, names, commits := map[string]bool{}, map[string]bool{}, map[string]bool{}
	mirrored, unsummed, dead := 0, 0, 0
	for _, name := range read.All() {
		r, _ := read.Repository(name)
		if a := r.Root.Archive; a != nil {
			contents[a.Content], names[a.Distfile] = true, true
			if len(a.Mirrors) > 0 {
				mirrored++
			}
			if a.SHA256 == "" {
				unsummed++
			}
			status, body, _ := get(t, a.Fetch)
			if status != 200 {
				dead++
				_, body, _ = get(t, a.Mirrors[0])
			}
			if justmrtest.Content([]byte(body)) != a.Content {
				t.Errorf("%s has other content", name)
			}
		}
		if g := r.Root.Git; g != nil {
			commits[g.Commit] = true
		}
	}
	got := []int{len(contents), len(names), len(commits), mirrored, unsummed, dead}
	if diff := cmp.Diff([]int{64, 64, 16, 13, 8, 1}, got); diff != "" {
		t.Errorf("contents, names, commits, mirrored, without SHA-256, dead: %s", diff)
	}
	if need, err := read.Needed("main"); err != nil || len(need) != 1+64+16 {
		t.Errorf("main needs %d repositories, %v", len(need), err)
	}
}
