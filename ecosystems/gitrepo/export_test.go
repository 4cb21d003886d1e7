package gitrepo_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/layout"
)

// exported returns the files of an exported repository by name.
func exported(t testing.TB, r *gitrepo.Repo) map[string]string {
	t.Helper()
	list, err := r.Export(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(list, func(a, b gitrepo.File) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("not sorted")
	}
	files := map[string]string{}
	for _, f := range list {
		var b bytes.Buffer
		if n, err := f.WriteTo(&b); err != nil || n != f.Size || n != int64(b.Len()) {
			t.Errorf("%s: %d bytes of %d, %v", f.Name, n, f.Size, err)
		}
		if text, ok := f.Text(); ok && string(text) != b.String() || ok == (f.Key() != "") {
			t.Errorf("%s: text %q, key %q", f.Name, text, f.Key())
		}
		if err := layout.CheckPath(f.Name); err != nil {
			t.Error(err)
		}
		if files[f.Name] != "" {
			t.Errorf("%s: twice", f.Name)
		}
		files[f.Name] = b.String()
	}
	return files
}

// lay writes files into a folder.
func lay(t testing.TB, dir string, files map[string]string) string {
	t.Helper()
	for name, content := range files {
		full := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(full), 0o755), os.WriteFile(full, []byte(content), 0o444)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// eventful is a repository with what makes exporting hard: tags of tags, a rewritten branch.
func eventful(t testing.TB, m *mirror, initArgs ...string) (w *work, r *gitrepo.Repo, rewritten string) {
	w = newWork(t, initArgs...)
	up := filepath.Join(t.TempDir(), "up.git")
	w.git("tag", "light")
	w.git("tag", "-a", "-m", "x", "v1")
	w.git("tag", "-a", "-m", "x", "of-a-tag", "v1")
	rewritten = w.commit("rewritten", "1")
	w.git("clone", "-q", "--mirror", w.dir, up)
	m.update(up)
	w.git("reset", "-q", "--hard", "HEAD~1")
	w.commit("src/Toy.jl", strings.Repeat("module Toy end\n", 20_000))
	w.git("push", "-q", "--mirror", up)
	r, u := m.update(up)
	if u.Kept != 1 {
		t.Fatalf("%+v", u)
	}
	return w, r, rewritten
}

// checkClone clones a repository and looks for all that must be there.
func checkClone(t testing.TB, w *work, url, rewritten string, config ...string) {
	t.Helper()
	clone := filepath.Join(t.TempDir(), "clone")
	args := append(slices.Clone(config), "clone", "-q", url, clone)
	w.git(args...)
	if got, want := w.git("-C", clone, "rev-parse", "HEAD", "light", "v1", "of-a-tag", "of-a-tag^{commit}"),
		w.git("rev-parse", "HEAD", "light", "v1", "of-a-tag", "of-a-tag^{commit}"); got != want {
		t.Errorf("%s: clone has\n%s\nwant\n%s", url, got, want)
	}
	w.git("-C", clone, "fsck", "--full", "--strict")
	if got := w.git("-C", clone, "symbolic-ref", "HEAD"); got != "refs/heads/main" {
		t.Errorf("%s: HEAD is %s", url, got)
	}
	w.git(append(slices.Concat([]string{"-C", clone}, config), "fetch", "-q", "origin", "refs/keep/"+rewritten+":refs/old")...)
	if got := w.git("-C", clone, "rev-parse", "refs/old"); got != rewritten {
		t.Errorf("%s: refs/keep has %s", url, got)
	}
}

func TestGitClonesWhatIsExported(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			m := newMirror(t, gitrepo.Options{})
			w, r, rewritten := eventful(t, m, "--object-format="+format)
			dir := t.TempDir()
			bare := lay(t, filepath.Join(dir, "Toy.git"), exported(t, r))
			checkClone(t, w, "file://"+bare, rewritten)
			w.git("--git-dir", bare, "fsck", "--full", "--strict")
			if got := w.git("--git-dir", bare, "for-each-ref", "--format=%(refname) %(objectname)"); got !=
				w.git("--git-dir", r.Dir(), "for-each-ref", "--format=%(refname) %(objectname)") {
				t.Errorf("refs\n%s", got)
			}
			if format == "sha1" { // which is all that dumb HTTP knows
				s := listen(t, http.FileServer(http.Dir(dir)))
				checkClone(t, w, s.URL+"/Toy.git", rewritten)
			}
		})
	}
}

func TestExportedTexts(t *testing.T) {
	m := newMirror(t, gitrepo.Options{})
	w, r, rewritten := eventful(t, m)
	files := exported(t, r)
	id := func(revision string) string { return w.git("rev-parse", revision) }
	var packs []string
	for name := range files {
		if strings.HasSuffix(name, ".pack") {
			packs = append(packs, "P "+path.Base(name)+"\n")
		}
	}
	slices.Sort(packs)
	want := map[string]string{
		"HEAD":            "ref: refs/heads/main\n",
		"config":          "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n",
		"description":     "mirror of git.example.org/team/Toy.jl\n",
		"refs/heads/main": id("main") + "\n",
		"packed-refs": "# pack-refs with: peeled fully-peeled sorted \n" +
			id("main") + " refs/heads/main\n" + rewritten + " refs/keep/" + rewritten + "\n" + id("light") + " refs/tags/light\n" +
			id("of-a-tag") + " refs/tags/of-a-tag\n^" + id("light") + "\n" + id("v1") + " refs/tags/v1\n^" + id("light") + "\n",
		"info/refs": id("main") + "\trefs/heads/main\n" + rewritten + "\trefs/keep/" + rewritten + "\n" + id("light") + "\trefs/tags/light\n" +
			id("of-a-tag") + "\trefs/tags/of-a-tag\n" + id("light") + "\trefs/tags/of-a-tag^{}\n" +
			id("v1") + "\trefs/tags/v1\n" + id("light") + "\trefs/tags/v1^{}\n",
		"objects/info/packs": strings.Join(packs, "") + "\n",
	}
	got := map[string]string{}
	for name, content := range files {
		if !strings.HasPrefix(name, "objects/pack/") {
			got[name] = content
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(packs) != 2 {
		t.Errorf("packs %v", packs)
	}
	// git itself writes the same.
	bare := lay(t, filepath.Join(t.TempDir(), "x.git"), files)
	for _, name := range []string{"info/refs", "objects/info/packs"} {
		os.Chmod(filepath.Join(bare, name), 0o644)
	}
	w.git("--git-dir", bare, "update-server-info", "--force")
	for _, name := range []string{"info/refs", "objects/info/packs"} {
		data, err := os.ReadFile(filepath.Join(bare, name))
		lines := strings.SplitAfter(string(data), "\n")
		wantLines := strings.SplitAfter(want[name], "\n")
		slices.Sort(lines) // git has its packs in the order of their age
		slices.Sort(wantLines)
		if diff := cmp.Diff(wantLines, lines); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

// A run without changes changes no byte, and one with changes adds to what is there.
func TestExportIsStable(t *testing.T) {
	m := newMirror(t, gitrepo.Options{})
	w := newWork(t)
	r, _ := m.update(w.dir)
	first := exported(t, r)
	m.update(w.dir)
	if diff := cmp.Diff(first, exported(t, r)); diff != "" {
		t.Errorf("nothing changed, yet: %s", diff)
	}
	w.commit("more", strings.Repeat("more\n", 1000))
	m.update(w.dir)
	second := exported(t, r)
	for name, content := range first {
		if strings.HasPrefix(name, "objects/pack/") && second[name] != content {
			t.Errorf("%s is another", name)
		}
	}
	if len(second) < len(first)+2 || second["refs/heads/main"] == first["refs/heads/main"] {
		t.Errorf("%d files, then %d", len(first), len(second))
	}
}

func TestExportOfOddRepositories(t *testing.T) {
	m := newMirror(t, gitrepo.Options{})
	t.Run("empty", func(t *testing.T) {
		up := filepath.Join(t.TempDir(), "empty.git")
		newWork(t).git("init", "-q", "--bare", up)
		r, _, err := m.Update(t.Context(), gitrepo.Source{URL: "https://example.org/empty", Candidates: []string{up}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Export(t.Context()); !errors.Is(err, gitrepo.ErrNotFound) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("loose objects", func(t *testing.T) {
		w := newWork(t)
		r, _, err := m.Update(t.Context(), gitrepo.Source{URL: "https://example.org/loose", Candidates: []string{w.dir}})
		if err != nil {
			t.Fatal(err)
		}
		w.commit("loose", "loose")
		w.git("-c", "receive.unpackLimit=1000", "push", "-q", r.Dir(), "main")
		bare := lay(t, t.TempDir()+"/x.git", exported(t, r))
		if got := w.git("--git-dir", bare, "cat-file", "-p", "main:loose"); got != "loose" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("HEAD without a branch", func(t *testing.T) {
		w := newWork(t)
		r, _, err := m.Update(t.Context(), gitrepo.Source{URL: "https://example.org/unborn", Candidates: []string{w.dir}})
		if err != nil {
			t.Fatal(err)
		}
		w.git("--git-dir", r.Dir(), "symbolic-ref", "HEAD", "refs/heads/unborn")
		files := exported(t, r)
		if files["HEAD"] != "ref: refs/heads/unborn\n" || files["refs/heads/main"] == "" {
			t.Errorf("HEAD %q", files["HEAD"])
		}
		bare := lay(t, t.TempDir()+"/x.git", files)
		w.git("clone", "-q", "-b", "main", "file://"+bare, t.TempDir())
	})
	t.Run("a branch that cannot be a path", func(t *testing.T) {
		w := newWork(t)
		w.git("branch", "-m", "main", "aux")
		w.git("branch", "zzz")
		r, _, err := m.Update(t.Context(), gitrepo.Source{URL: "https://example.org/aux", Candidates: []string{w.dir}})
		if err != nil {
			t.Fatal(err)
		}
		files := exported(t, r)
		if files["refs/heads/zzz"] == "" || files["refs/heads/aux"] != "" || !strings.Contains(files["packed-refs"], " refs/heads/aux\n") {
			t.Errorf("packed refs\n%s", files["packed-refs"])
		}
	})
}

func TestDamagedPacksAreNotExported(t *testing.T) {
	m := newMirror(t, gitrepo.Options{})
	r, _ := m.update(newWork(t).dir)
	list, err := r.Export(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if f.Key() == "" {
			continue
		}
		full := filepath.Join(r.Dir(), f.Name)
		good, err := os.ReadFile(full)
		if err != nil {
			t.Fatal(err)
		}
		for name, bad := range map[string][]byte{
			"flipped": append(append(slices.Clone(good[:20]), good[20]^1), good[21:]...),
			"cut":     good[:len(good)-1],
			"longer":  append(slices.Clone(good), 0),
			"empty":   nil,
		} {
			if err := errors.Join(os.Chmod(full, 0o644), os.WriteFile(full, bad, 0o644)); err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteTo(io.Discard); !errors.Is(err, gitrepo.ErrDamaged) || !strings.Contains(err.Error(), f.Name) {
				t.Errorf("%s, %s: %v", f.Name, name, err)
			}
		}
		if err := os.WriteFile(full, good, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteTo(&failing{}); !errors.Is(err, errFull) {
			t.Errorf("a writer that fails: %v", err)
		}
		if err := errors.Join(os.Rename(full, full+".aside"), os.Symlink("/etc/passwd", full)); err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteTo(io.Discard); err == nil {
			t.Errorf("%s: read what lies outside", f.Name)
		}
		if err := errors.Join(os.Remove(full), os.Rename(full+".aside", full)); err != nil {
			t.Fatal(err)
		}
	}
}

var errFull = errors.New("full")

type failing struct{}

func (*failing) Write([]byte) (int, error) { return 0, errFull }
