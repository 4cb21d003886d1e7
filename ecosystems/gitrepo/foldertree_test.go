package gitrepo_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
)

// various makes a folder with what git is particular about, and commits it.
func various(t *testing.T) *work {
	w := newWork(t)
	for name, content := range map[string]string{
		"a/x": "1", "a.b": "sorts before a/", "a0": "sorts behind a/", "empty": "", "deep/er/still": "x", "ümlaut": "ü",
		".gitignore": "ignored\n", "ignored": "yet here", ".gitattributes": "*.txt text eol=crlf\n",
		"unix.txt": "a\nb\n", "dos.txt": "a\r\nb\r\n",
	} {
		full := filepath.Join(w.dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(full), 0o755), os.WriteFile(full, []byte(content), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(
		os.Symlink("../outside", filepath.Join(w.dir, "a/link")), os.Chmod(filepath.Join(w.dir, "a0"), 0o755), os.Mkdir(filepath.Join(w.dir, "nothing"), 0o755),
	); err != nil {
		t.Fatal(err)
	}
	w.git("-c", "core.attributesFile=/dev/null", "add", "-A", "-f")
	// Attributes change what is committed; a tree is the bytes as they are.
	for _, name := range []string{"dos.txt", "unix.txt"} {
		w.git("update-index", "--cacheinfo", "100644,"+w.git("hash-object", "-w", "--no-filters", name)+","+name)
	}
	w.git("commit", "-q", "-m", "all")
	return w
}

func TestFoldersAreGitTrees(t *testing.T) {
	w := various(t)
	for _, at := range []string{"HEAD^{tree}", "HEAD:deep/er", "HEAD:a"} {
		id := w.git("rev-parse", at)
		tree, err := gitrepo.ReadTree(t.Context(), w.dir, id)
		if err != nil {
			t.Fatal(err)
		}
		var pack bytes.Buffer
		sum, index, err := tree.WritePack(t.Context(), &pack)
		if err != nil {
			t.Fatal(err)
		}
		stem := "objects/pack/pack-" + sum
		files := map[string]string{stem + ".pack": pack.String(), stem + ".idx": string(index)}
		for _, f := range tree.Files(stem + ".pack") {
			text, _ := f.Text()
			files[f.Name] = string(text)
		}
		bare := lay(t, filepath.Join(t.TempDir(), "t.git"), files)
		w.git("--git-dir", bare, "fsck", "--full", "--strict")
		if got, want := w.git("--git-dir", bare, "ls-tree", "-r", gitrepo.TreeRef(id)), w.git("ls-tree", "-r", id); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", at, got, want)
		}
		into := filepath.Join(t.TempDir(), "into")
		w.git("init", "-q", "--bare", into)
		w.git("--git-dir", into, "fetch", "-q", "file://"+bare, gitrepo.TreeRef(id))
		w.git("--git-dir", into, "cat-file", "-e", id)
	}
}

func TestFoldersThatAreNot(t *testing.T) {
	w := newWork(t)
	none := strings.Repeat("1", 40)
	if _, err := gitrepo.ReadTree(t.Context(), w.dir, none); !errors.Is(err, gitrepo.ErrNotFound) {
		t.Error(err)
	}
	if _, err := gitrepo.ReadTree(t.Context(), filepath.Join(w.dir, "gone"), none); err == nil {
		t.Error("a folder that is not there is read")
	}
	id := w.git("rev-parse", "HEAD^{tree}")
	tree, err := gitrepo.ReadTree(t.Context(), w.dir, id)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "README"), []byte("FIRST"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := tree.WritePack(t.Context(), new(bytes.Buffer)); err == nil {
		t.Error("a file that changed meanwhile is packed")
	}
	if err := syscall.Mkfifo(filepath.Join(w.dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := gitrepo.ReadTree(t.Context(), w.dir, id); err == nil || !strings.Contains(err.Error(), "pipe") {
		t.Errorf("a pipe: %v", err)
	}
}
