package gitrepo_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
)

// work is a working copy of an upstream, changed by the real git.
type work struct {
	t   testing.TB
	dir string
}

func newWork(t testing.TB, initArgs ...string) *work {
	t.Helper()
	w := &work{t, t.TempDir()}
	w.git(append([]string{"init", "-q", "-b", "main"}, initArgs...)...)
	w.commit("README", "first")
	return w
}

func (w *work) git(args ...string) string {
	w.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = w.dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=c", "GIT_COMMITTER_EMAIL=c@example.org",
		"GIT_TERMINAL_PROMPT=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		w.t.Fatalf("git %v: %v\n%s", args, err, stderr.String())
	}
	return strings.TrimSpace(string(out))
}

// commit writes a file and commits it; it returns the commit's id.
func (w *work) commit(path, content string) string {
	w.t.Helper()
	full := filepath.Join(w.dir, path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(content), 0o644); err != nil {
		w.t.Fatal(err)
	}
	w.git("add", "-A")
	w.git("commit", "-q", "-m", path)
	return w.git("rev-parse", "HEAD")
}

// publish makes a bare copy of everything at dir/name, where a Handler finds it.
func (w *work) publish(dir, name string) {
	w.t.Helper()
	w.git("push", "-q", "--mirror", w.bare(dir, name))
	w.git("--git-dir", filepath.Join(dir, name), "symbolic-ref", "HEAD", w.git("symbolic-ref", "HEAD"))
}

func (w *work) bare(dir, name string) string {
	full := filepath.Join(dir, name)
	if _, err := os.Stat(full); err != nil {
		w.git("init", "-q", "--bare", full)
	}
	return full
}

func newGit(t testing.TB, o gitrepo.Options) *gitrepo.Git {
	t.Helper()
	g, err := gitrepo.New(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func openRoot(t testing.TB, dir string) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

// mirror is a Store in a fresh folder.
type mirror struct {
	*gitrepo.Store
	t   testing.TB
	dir string
}

func newMirror(t testing.TB, o gitrepo.Options) *mirror {
	t.Helper()
	dir := t.TempDir()
	s, err := gitrepo.NewStore(newGit(t, o), openRoot(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	return &mirror{s, t, dir}
}

// update updates from a path of this machine and must work.
func (m *mirror) update(from string) (*gitrepo.Repo, gitrepo.Update) {
	m.t.Helper()
	return m.must(gitrepo.Source{URL: "https://git.example.org/team/Toy.jl", Candidates: []string{from}})
}

func (m *mirror) must(src gitrepo.Source) (*gitrepo.Repo, gitrepo.Update) {
	m.t.Helper()
	repo, u, err := m.Update(context.Background(), src)
	if err != nil {
		m.t.Fatal(err)
	}
	return repo, u
}

func refs(t testing.TB, r *gitrepo.Repo) map[string]string {
	t.Helper()
	list, err := r.Refs(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, ref := range list {
		out[ref.Name] = ref.ID
	}
	return out
}

// serve serves a folder of bare repositories over HTTP.
func serve(t testing.TB, dir string, o gitrepo.ServeOptions) *httptest.Server {
	t.Helper()
	h, err := gitrepo.Handler(newGit(t, gitrepo.Options{}), openRoot(t, dir), o)
	if err != nil {
		t.Fatal(err)
	}
	return listen(t, h)
}

func listen(t testing.TB, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// files lists a folder, for what must not have been left behind.
func files(t testing.TB, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
