package localserver_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/localserver"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/fetch"
)

// company is what a server stands between: a public Pkg server, and a registry Corp in git with its
// packages. The artifacts of these are at a web server that is no Pkg server to anybody.
type company struct {
	t       *testing.T
	public  *juliatest.Upstream
	private *juliatest.Upstream
	corp    *juliatest.Registry
	git     string // folder
}

func newCompany(t *testing.T, options ...juliatest.Option) *company {
	t.Helper()
	c := &company{t: t, git: t.TempDir()}
	c.public = start(t, options...)
	c.private = start(t, juliatest.WithRepos("file://"+c.git))
	c.corp = c.private.AddRegistry("Corp", uuid.UUID{})
	c.public.Publish("Example", juliatest.Version{Number: "0.5.3"})
	c.public.PublishJLL("Zlib", "1.3.1+2", "x86_64-linux-gnu")
	c.corp.Publish("Secret", juliatest.Version{Number: "1.0.0"})
	c.push()
	return c
}

func start(t *testing.T, options ...juliatest.Option) *juliatest.Upstream {
	t.Helper()
	up, stop, err := juliatest.Start(options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return up
}

// push writes the repositories as the registry stands now.
func (c *company) push() {
	c.t.Helper()
	if err := c.private.WriteGit(context.Background(), c.git); err != nil {
		c.t.Fatal(err)
	}
}

// registryURL is what local_registry names.
func (c *company) registryURL() string { return "file://" + c.git + "/Corp.git" }

// config is that of a package server before both, whose sources are asked each time.
func (c *company) config() localserver.Config {
	folder := c.t.TempDir()
	cfg := localserver.DefaultConfig()
	cfg.LocalRegistry = localserver.URLs{c.registryURL()}
	cfg.PkgServer = c.public.BaseURL()
	cfg.CacheDir, cfg.GitClonesDir = filepath.Join(folder, "cache"), filepath.Join(folder, "clones")
	cfg.MinTime = 0
	return cfg
}

// site is a running server.
type site struct {
	*httptest.Server
	t      *testing.T
	server *localserver.Server
	stop   func()
}

// clock is a clock that tests put forward.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func serveSite(t *testing.T, cfg localserver.Config, change ...func(*localserver.Options)) *site {
	t.Helper()
	o := localserver.Options{Config: cfg, Fetch: quick(), Version: "1.2.3", Now: newClock().Now}
	for _, f := range change {
		f(&o)
	}
	if err := cfg.Check(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s, err := localserver.Open(ctx, o)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	srv := httptest.NewServer(localserver.Site{Server: s})
	site := &site{Server: srv, t: t, server: s}
	site.stop = sync.OnceFunc(func() {
		cancel()
		srv.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(site.stop)
	return site
}

// quick is a configuration of the engine with which no test waits.
func quick() fetch.Config {
	c := fetch.DefaultConfig()
	c.Backoff, c.BackoffMax = 1, 2
	return c
}

func ticking(c *clock) func(*localserver.Options) {
	return func(o *localserver.Options) { o.Now = c.Now }
}

// ask makes a request and returns its answer with the whole body.
func (s *site) ask(method, path string, header ...string) (*http.Response, []byte) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	a, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		s.t.Fatalf("%s %s: %d bytes, then %v", method, path, len(body), err)
	}
	return a, body
}

// get expects a status.
func (s *site) get(path string, status int) []byte {
	s.t.Helper()
	a, body := s.ask(http.MethodGet, path)
	if a.StatusCode != status {
		s.t.Fatalf("GET %s: %d %.300s, want %d", path, a.StatusCode, body, status)
	}
	return body
}

func (s *site) list(path string) []string {
	s.t.Helper()
	return strings.Fields(string(s.get(path, http.StatusOK)))
}

// tree expects a tarball and returns its tree hash by a rule.
func (s *site) tree(path string, rule treehash.Rule) treehash.Hash {
	s.t.Helper()
	body := s.get(path, http.StatusOK)
	tree, err := treehash.Read(strings.NewReader(string(body)), treehash.Options{})
	if err != nil {
		s.t.Fatalf("%s: %v", path, err)
	}
	if tree.Compression() != treehash.Gzip {
		s.t.Errorf("%s is packed as %v", path, tree.Compression())
	}
	return tree.Hash(rule)
}

// meta is a part of what /meta says.
type meta struct {
	Version    string `json:"pkgserver_version"`
	Current    bool   `json:"current"`
	Registries int    `json:"registries_cached"`
	Packages   int    `json:"packages_cached"`
	Artifacts  int    `json:"artifacts_cached"`
	Sources    []struct {
		Kind, URL, State, Error, Flavor, Name string
		Success                               *time.Time `json:"last_success"`
	}
}

func (s *site) meta() (m meta) {
	s.t.Helper()
	if err := json.Unmarshal(s.get("/meta", http.StatusOK), &m); err != nil {
		s.t.Fatal(err)
	}
	return m
}

// state returns the state of the first source of a kind.
func (m meta) state(kind string) string {
	for _, src := range m.Sources {
		if src.Kind == kind {
			return src.State
		}
	}
	return "none"
}

func line(r *juliatest.Registry) string {
	return "/registry/" + r.UUID().String() + "/" + r.Hash().String()
}

// gitRun runs git on a repository.
func gitRun(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{"--git-dir=" + dir}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null")
	out, err := cmd.CombinedOutput()
	return string(out), err
}
