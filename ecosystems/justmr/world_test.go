package justmr_test

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/ecosystemtest"
	"github.com/offmirror/offmirror/ecosystems/justmr"
)

// world is a file server, git repositories, and a mirror of what a repos.json names.
type world struct {
	t       *testing.T
	url     string
	root    *ecosystemtest.Root
	options *justmr.Options
	dir     string

	mu    sync.Mutex
	files map[string]string
	asked []string

	intercept func(http.ResponseWriter, *http.Request) bool // nil: nothing is
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, root: ecosystemtest.NewRoot(t, justmr.Ecosystem()), dir: t.TempDir(), files: map[string]string{}}
	server := httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(server.Close)
	w.url = server.URL
	w.options = justmr.Ecosystem().Options().(*justmr.Options)
	w.options.Configs = []string{filepath.Join(w.dir, "repos.json")}
	return w
}

// Intercept lets f answer requests: where it returns true, it has. A nil f ends it.
func (w *world) Intercept(f func(http.ResponseWriter, *http.Request) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.intercept = f
}

func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	f := w.intercept
	w.mu.Unlock()
	if f != nil && f(rw, r) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, r.Method+" "+r.URL.RequestURI())
	body, ok := w.files[r.URL.RequestURI()]
	if !ok {
		http.NotFound(rw, r)
		return
	}
	_, _ = rw.Write([]byte(body))
}

func (w *world) requests() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	asked := w.asked
	w.asked = nil
	return asked
}

// put serves a file and returns its content id.
func (w *world) put(path, body string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.files[path] = body
	return blobID(body)
}

func blobID(body string) string {
	sum := sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(body), body))
	return hex.EncodeToString(sum[:])
}

// config writes the repos.json. URL stands for the server in it.
func (w *world) config(repositories string) {
	w.t.Helper()
	text := `{"repositories": {` + strings.ReplaceAll(repositories, "URL", w.url) + `}}`
	if err := os.WriteFile(w.options.Configs[0], []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) driver() ecosystems.Driver {
	w.t.Helper()
	d, err := justmr.New(w.options)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

func (w *world) sync() ecosystemtest.Outcome {
	w.t.Helper()
	return w.root.Sync(w.driver(), ecosystems.Selection{})
}

func (w *world) mustSync() ecosystemtest.Outcome {
	w.t.Helper()
	o := w.sync()
	if o.Err != nil || len(o.Missing) > 0 {
		w.t.Fatalf("%v, missing %+v", o.Err, o.Missing)
	}
	for _, d := range w.root.Verify(w.driver()) {
		w.t.Errorf("verify: %+v", d)
	}
	return o
}

func (w *world) want(paths ...string) {
	w.t.Helper()
	files := w.root.Files()
	for _, p := range paths {
		if files[p] == "" {
			w.t.Errorf("%s is not published", p)
		}
	}
}

func (w *world) git(args ...string) string {
	w.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example")
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// get returns what is served at a URL.
func get(t testing.TB, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v", url, resp.StatusCode, err)
	}
	return string(body)
}
