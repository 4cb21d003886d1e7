package treetar_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/treetar"
)

// repo is a repository made by the real git.
type repo struct {
	t   testing.TB
	dir string
}

func newRepo(t testing.TB) *repo {
	r := &repo{t, t.TempDir()}
	r.git("", "init", "-q")
	return r
}

func (r *repo) git(stdin string, args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "core.autocrlf=false", "-c", "protocol.file.allow=always"}, args...)...)
	cmd.Dir = r.dir
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=c", "GIT_COMMITTER_EMAIL=c@example.org")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, stderr.String())
	}
	return string(out)
}

func (r *repo) write(path, content string, mode os.FileMode) {
	r.t.Helper()
	full := filepath.Join(r.dir, path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(content), mode); err != nil {
		r.t.Fatal(err)
	}
}

// tree stages everything and returns the tree's id.
func (r *repo) tree() treehash.Hash {
	r.t.Helper()
	r.git("", "add", "-A", "-f", ".")
	return r.id(r.git("", "write-tree"))
}

func (r *repo) id(text string) treehash.Hash {
	r.t.Helper()
	h, err := treehash.ParseHash(strings.TrimSpace(text))
	if err != nil {
		r.t.Fatal(err)
	}
	return h
}

// made stores a tree object with these raw entries, however wrong they are.
func (r *repo) made(entries ...string) treehash.Hash {
	return r.id(r.git(strings.Join(entries, ""), "hash-object", "-t", "tree", "--literally", "-w", "--stdin"))
}

func (r *repo) blob(content string) treehash.Hash {
	return r.id(r.git(content, "hash-object", "-w", "--stdin"))
}

func raw(mode, name string, id treehash.Hash) string {
	return mode + " " + name + "\x00" + string(id[:])
}

// Object makes repo treetar.Objects, a process at a time.
func (r *repo) Object(id string) (string, int64, io.Reader, error) {
	cmd := exec.Command("git", "cat-file", "--batch")
	cmd.Dir = r.dir
	cmd.Stdin = strings.NewReader(id + "\n")
	out, err := cmd.Output()
	if err != nil {
		return "", 0, nil, err
	}
	head, content, _ := strings.Cut(string(out), "\n")
	fields := strings.Fields(head)
	if len(fields) != 3 {
		return "", 0, nil, fmt.Errorf("%q", head)
	}
	size, err := strconv.ParseInt(fields[2], 10, 64)
	return fields[1], size, io.LimitReader(strings.NewReader(content), size), err
}

func (r *repo) pack(tree treehash.Hash) []byte {
	r.t.Helper()
	var out bytes.Buffer
	if err := treetar.PackGit(&out, r, tree, treetar.Limits{}); err != nil {
		r.t.Fatal(err)
	}
	return out.Bytes()
}

// What .gitattributes does to archives and checkouts must not matter.
func TestAttributesDoNotMatter(t *testing.T) {
	r := newRepo(t)
	r.write(".gitattributes", "*.jl export-subst\ntest/ export-ignore\n*.txt text eol=crlf\n*.bin filter=lfs diff=lfs merge=lfs -text\n*.latin working-tree-encoding=latin1\n", 0o644)
	r.write("src/Toy.jl", "# $Format:%H$\n", 0o644)
	r.write("test/runtests.jl", "@test true\n", 0o644)
	r.write("notes.txt", "one\ntwo\n", 0o644)
	r.write("big.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", 0o644)
	r.write("run.sh", "#!/bin/sh\n", 0o755)
	if err := os.Symlink("src/Toy.jl", filepath.Join(r.dir, "link")); err != nil {
		t.Fatal(err)
	}
	want := r.tree()
	got := r.pack(want)
	if h := hash(t, got); h != want {
		t.Errorf("%v, want %v", h, want)
	}
	if !bytes.Equal(got, r.pack(want)) {
		t.Error("not the same bytes twice")
	}
	r.git("", "commit", "-qm", "x")
	unfaithful := r.git("", "archive", "--format=tar", want.String())
	if hash(t, []byte(unfaithful)) == want {
		t.Error("git archive has become faithful: this test shows nothing any more")
	}
	tree, err := treehash.Read(bytes.NewReader(got), treehash.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for path, kind := range map[string]treehash.Kind{
		"run.sh": treehash.Executable, "link": treehash.Symlink, "test/runtests.jl": treehash.File, "src": treehash.Directory,
	} {
		if e, ok := tree.Entry(path); !ok || e.Kind != kind {
			t.Errorf("%s: %+v %v", path, e, ok)
		}
	}
}

func TestGitAndTarballsHaveOneNormalForm(t *testing.T) {
	r := newRepo(t)
	for _, name := range []string{"foo", "foo.txt", "foo-bar", "foo0", "d/x", "d.x", "d/" + strings.Repeat("n", 120), "é"} {
		r.write(strings.Replace(name, "foo", "foo", 1), name, 0o644)
	}
	id := r.tree()
	r.git("", "commit", "-qm", "x")
	fromGit := unpack(t, r.pack(id))
	fromTar := rewrite(t, []byte(r.git("", "archive", "--format=tar", "HEAD")))
	if !bytes.Equal(fromGit, fromTar) {
		t.Error("two normal forms of one tree")
	}
}

func TestSubdirectoriesAreTrees(t *testing.T) {
	r := newRepo(t)
	r.write("lib/Inner/src/Inner.jl", "module Inner end\n", 0o644)
	r.write("Project.toml", "", 0o644)
	r.tree()
	r.git("", "commit", "-qm", "x")
	sub := r.id(r.git("", "rev-parse", "HEAD:lib/Inner"))
	tarball := r.pack(sub)
	tree, err := treehash.Read(bytes.NewReader(tarball), treehash.Options{})
	if err != nil || tree.Hash(treehash.Full) != sub {
		t.Fatalf("%v, %v", tree, err)
	}
	if _, ok := tree.Entry("src/Inner.jl"); !ok {
		t.Error("no src/Inner.jl")
	}
}

func TestEmptyTree(t *testing.T) {
	r := newRepo(t)
	if got := hash(t, r.pack(r.made())); got != treehash.EmptyTree {
		t.Error(got)
	}
	full := r.pack(r.made(raw("40000", "empty", r.made())))
	if s, err := treehash.Sum(bytes.NewReader(full), treehash.Limits{}); err != nil || s.SkipEmpty != treehash.EmptyTree || s.Full == s.SkipEmpty {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestSubmodules(t *testing.T) {
	r := newRepo(t)
	r.write("deps/a", "", 0o644)
	const commit = "1234567890123456789012345678901234567890"
	r.git("", "update-index", "--add", "--cacheinfo", "160000,"+commit+",deps/lib")
	r.git("", "add", "deps/a")
	err := treetar.PackGit(io.Discard, r, r.id(r.git("", "write-tree")), treetar.Limits{})
	var sub *treetar.SubmoduleError
	if !errors.As(err, &sub) || sub.Path != "deps/lib" || sub.Commit != commit || !errors.Is(err, treetar.ErrSubmodule) {
		t.Errorf("%v", err)
	}
}

func TestTreesThatNoTarballHolds(t *testing.T) {
	r := newRepo(t)
	blob, dir := r.blob("x"), r.made()
	some := func(entries ...string) treehash.Hash { return r.made(entries...) }
	for name, tree := range map[string]treehash.Hash{
		"a blob":                  blob,
		"parent":                  some(raw("100644", "..", blob)),
		"dot":                     some(raw("40000", ".", dir)),
		"a slash":                 some(raw("100644", "a/b", blob)),
		"no name":                 some(raw("100644", "", blob)),
		"a name twice":            some(raw("100644", "a", blob), raw("100755", "a", blob)),
		"file and directory":      some(raw("100644", "a", blob), raw("40000", "a", dir)),
		"mode of old git":         some(raw("100664", "a", blob)),
		"padded mode":             some(raw("040000", "a", dir)),
		"unknown mode":            some(raw("1", "a", blob)),
		"no mode":                 some("a\x00" + string(blob[:])),
		"cut off":                 some(raw("100644", "a", blob)[:20]),
		"no NUL":                  some("100644 a"),
		"a directory that is not": some(raw("40000", "a", blob)),
		"a file that is not":      some(raw("100644", "a", dir)),
		"empty link":              some(raw("120000", "a", r.blob(""))),
		"link with NUL":           some(raw("120000", "a", r.blob("a\x00b"))),
	} {
		err := treetar.PackGit(io.Discard, r, tree, treetar.Limits{})
		if !errors.Is(err, treetar.ErrTree) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if strings.ContainsAny(err.Error(), "\n\x00") {
			t.Errorf("%q", err)
		}
	}
}

func TestLimitsOfTrees(t *testing.T) {
	r := newRepo(t)
	blob := r.blob("0123456789")
	// Each level holds the one below twice: 2^20 entries in twenty objects.
	bomb := r.made(raw("100644", "f", blob))
	for range 20 {
		bomb = r.made(raw("40000", "a", bomb), raw("40000", "b", bomb))
	}
	deep := r.made()
	for range 6 {
		deep = r.made(raw("40000", "d", deep))
	}
	flat := r.made(raw("100644", "a", blob), raw("100644", "b", blob))
	for name, c := range map[string]struct {
		tree   treehash.Hash
		limits treetar.Limits
	}{
		"entries":   {flat, treetar.Limits{Entries: 1}},
		"a bomb":    {bomb, treetar.Limits{Entries: 30}},
		"bytes":     {flat, treetar.Limits{Bytes: 19}},
		"one tree":  {flat, treetar.Limits{Tree: 50}},
		"depth":     {deep, treetar.Limits{Depth: 5}},
		"path":      {deep, treetar.Limits{Path: 10}},
		"link size": {r.made(raw("120000", "a", blob)), treetar.Limits{Link: 9}},
	} {
		if err := treetar.PackGit(io.Discard, r, c.tree, c.limits); !errors.Is(err, treetar.ErrLimit) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, tree := range map[string]treehash.Hash{"deep": deep, "flat": flat} {
		limits := treetar.Limits{Entries: 6, Bytes: 20, Depth: 6, Path: 11}
		if err := treetar.PackGit(io.Discard, r, tree, limits); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// lying changes what a repository holds.
type lying struct {
	*repo
	change func(kind string, size int64, content string) (string, int64, string, error)
}

func (l lying) Object(id string) (string, int64, io.Reader, error) {
	kind, size, r, err := l.repo.Object(id)
	if err != nil {
		return "", 0, nil, err
	}
	content, err := io.ReadAll(r)
	if err != nil {
		return "", 0, nil, err
	}
	kind, size, text, err := l.change(kind, size, string(content))
	return kind, size, strings.NewReader(text), err
}

func TestDamagedObjectsAreFound(t *testing.T) {
	r := newRepo(t)
	tree := r.made(raw("100644", "a", r.blob("0123456789")), raw("120000", "b", r.blob("target")))
	lost := errors.New("object is missing")
	for name, c := range map[string]struct {
		kind string // of the objects that are changed
		to   string
		size int64
		err  error
		want error
	}{
		"another file":    {"blob", "9876543210", 10, nil, treetar.ErrTree},
		"a shorter file":  {"blob", "0123", 4, nil, treetar.ErrTree},
		"a file cut off":  {"blob", "0123", 10, nil, treetar.ErrSize},
		"a file too long": {"blob", "0123456789+", 10, nil, treetar.ErrSize},
		"a negative size": {"blob", "", -1, nil, treetar.ErrTree},
		"another tree":    {"tree", raw("100644", "c", r.blob("x")), 29, nil, treetar.ErrTree},
		"a tree cut off":  {"tree", "100644", 50, nil, io.ErrUnexpectedEOF},
		"a lost tree":     {"tree", "", 0, lost, lost},
		"a lost file":     {"blob", "", 0, lost, lost},
	} {
		err := treetar.PackGit(io.Discard, lying{r, func(kind string, size int64, content string) (string, int64, string, error) {
			if kind == c.kind {
				return kind, c.size, c.to, c.err
			}
			return kind, size, content, nil
		}}, tree, treetar.Limits{})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func FuzzTreeObjects(f *testing.F) {
	id := strings.Repeat("i", 20)
	f.Add([]byte("100644 a\x00" + id))
	f.Add([]byte("120000 a\x00" + id + "40000 b\x00" + id))
	f.Fuzz(func(t *testing.T, object []byte) {
		id := treehash.Hash(sha1.Sum(fmt.Appendf(nil, "tree %d\x00%s", len(object), object)))
		err := treetar.WriteGit(treetar.NewWriter(io.Discard), fixed(object), id, treetar.Limits{Entries: 100, Depth: 5})
		if err != nil && strings.ContainsAny(err.Error(), "\n\x00") {
			t.Errorf("%q", err)
		}
	})
}

// fixed is a repository all of whose objects have the same bytes.
type fixed []byte

func (f fixed) Object(id string) (string, int64, io.Reader, error) {
	if _, err := hex.DecodeString(id); err != nil {
		return "", 0, nil, err
	}
	return "tree", int64(len(f)), bytes.NewReader(f), nil
}
