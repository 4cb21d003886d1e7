package justmr_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/mirror"
)

// gitHost is a server of git repositories.
type gitHost struct {
	w   *world
	url string
	dir string
}

func (w *world) gitHost() *gitHost {
	w.t.Helper()
	g := &gitHost{w: w, dir: w.t.TempDir()}
	git, err := gitrepo.New(w.t.Context(), gitrepo.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	root, err := os.OpenRoot(g.dir)
	if err != nil {
		w.t.Fatal(err)
	}
	h, err := gitrepo.Handler(git, root, gitrepo.ServeOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.asked = append(w.asked, r.Method+" "+r.URL.RequestURI())
		w.mu.Unlock()
		h.ServeHTTP(rw, r)
	}))
	w.t.Cleanup(func() { server.Close(); root.Close() })
	g.url = server.URL
	return g
}

// host is HOST:PORT.
func (g *gitHost) host() string { return strings.TrimPrefix(g.url, "http://") }

// repo makes an empty repository.
func (g *gitHost) repo(name string) *hosted {
	g.w.t.Helper()
	r := &hosted{g.w, filepath.Join(g.dir, filepath.FromSlash(name)), g.w.t.TempDir(), g.url + "/" + name}
	g.w.git("init", "-q", "--bare", "-b", "main", r.dir)
	g.w.git("init", "-q", "-b", "main", r.work)
	return r
}

// hosted is a repository of a host, with a working copy.
type hosted struct {
	w              *world
	dir, work, url string
}

func (r *hosted) git(args ...string) string {
	r.w.t.Helper()
	return r.w.git(append([]string{"-C", r.work}, args...)...)
}

// commit commits a file to the current branch.
func (r *hosted) commit(name, content string) string {
	r.w.t.Helper()
	full := filepath.Join(r.work, name)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		r.w.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(content), 0o600); err != nil {
		r.w.t.Fatal(err)
	}
	r.git("add", "-A")
	r.git("commit", "-q", "-m", name)
	return r.git("rev-parse", "HEAD")
}

// push makes the host's repository what the working copy is.
func (r *hosted) push() {
	r.w.t.Helper()
	r.git("push", "-q", "--mirror", r.dir)
}

// entry is a repository of a configuration.
func gitEntry(name, url, branch, commit string) string {
	return `"` + name + `": {"repository": {"type": "git", "repository": "` + url + `", "branch": "` + branch + `", "commit": "` + commit + `"}}`
}

// serveMirror serves what is published; the URL is that of the root.
func (w *world) serveMirror() string {
	w.t.Helper()
	m, err := mirror.Open(w.root.Dir, w.root.Config)
	if err != nil {
		w.t.Fatal(err)
	}
	s := httptest.NewServer(m.Handler(map[string]ecosystems.Driver{"justmr": w.driver()}))
	w.t.Cleanup(func() {
		s.Close()
		if err := m.Close(); err != nil {
			w.t.Error(err)
		}
	})
	return s.URL
}

// reaches fetches a branch as just-mr does, and looks for a commit.
func (w *world) reaches(url, branch, commit string) {
	w.t.Helper()
	into := filepath.Join(w.t.TempDir(), "into")
	w.git("init", "-q", "--bare", into)
	for _, ref := range []string{"refs/heads/" + branch, "refs/tags/" + branch} {
		if w.git("ls-remote", url, ref) != "" {
			w.git("--git-dir", into, "-c", "protocol.version=0", "fetch", "-q", "--no-tags", url, "+"+ref+":"+ref)
		}
	}
	w.git("--git-dir", into, "cat-file", "-e", commit+"^{commit}")
}
