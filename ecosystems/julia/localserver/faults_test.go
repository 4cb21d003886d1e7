package localserver_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/localserver"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/fetch/stream"
	"github.com/offmirror/offmirror/layout"
)

// noise is text that does not compress.
func noise(n int) string {
	var b strings.Builder
	state := uint32(7)
	for b.Len() < n {
		state = state*1664525 + 1013904223
		b.WriteByte(byte(state >> 24))
	}
	return b.String()
}

// large is a version of which more arrives than is held back.
func large(c *company) juliatest.Release {
	return c.public.Publish("Large", juliatest.Version{Number: "1.0.0", Content: juliatest.Tree{Files: map[string]string{"data.bin": noise(1 << 20)}}})
}

// cut makes a request whose answer is to break off, and returns how much came. If what is wrong was
// seen before anything was sent, nothing of it came.
func (s *site) cut(path string) int {
	s.t.Helper()
	a, err := http.Get(s.URL + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if a.StatusCode == http.StatusBadGateway && err == nil && bytes.Contains(body, []byte("wrong bytes")) {
		return 0
	}
	if a.StatusCode != http.StatusOK || err == nil {
		s.t.Errorf("%s: %d with %d bytes, %v", path, a.StatusCode, len(body), err)
	}
	return len(body)
}

func TestUpstreamThatLies(t *testing.T) {
	c := newCompany(t)
	big := large(c)
	small, _ := c.public.Release("Example", "0.5.3")
	artifact, _ := c.public.Release("Zlib_jll", "1.3.1+2")
	now := newClock()
	s := serveSite(t, c.config(), ticking(now))
	s.list("/registries")
	bad := []string{big.Path, small.Path, artifact.Artifacts[0].Path}
	for _, path := range bad {
		c.public.TamperTar(path, juliatest.ChangeContent)
	}
	whole, _ := c.public.File(big.Path)
	if n := s.cut("/" + big.Path); n > len(whole)-stream.HeldBack {
		t.Errorf("%d of %d wrong bytes were sent", n, len(whole))
	}
	// What is small is not sent at all.
	for _, path := range bad[1:] {
		if body := s.get("/"+path, http.StatusBadGateway); !bytes.Contains(body, []byte("wrong bytes")) {
			t.Errorf("%s: %s", path, body)
		}
	}
	// For a moment nobody is asked again.
	asked := c.public.Count(small.Path)
	s.get("/"+small.Path, http.StatusBadGateway)
	if c.public.Count(small.Path) != asked {
		t.Error("asked again at once")
	}
	if m := s.meta(); m.Packages != 0 || m.Artifacts != 0 {
		t.Errorf("wrong bytes were kept: %+v", m)
	}
	for _, path := range bad {
		c.public.TamperTar(path, nil)
	}
	now.forward(time.Minute)
	for _, r := range []juliatest.Release{big, small} {
		if got := s.tree("/"+r.Path, treehash.GitTools); got != r.Tree {
			t.Errorf("%s: tree %s", r.Path, got)
		}
	}
	s.tree("/"+artifact.Artifacts[0].Path, treehash.GitTools)
}

// A registry that cannot be had is not listed in its new state.
func TestListNamesOnlyWhatIsHere(t *testing.T) {
	c := newCompany(t)
	s := serveSite(t, c.config())
	old := s.list("/registries")
	c.public.Publish("Example", juliatest.Version{Number: "0.6.0"})
	for name, spoil := range map[string]func(path string){
		"missing":   c.public.Remove,
		"wrong":     func(path string) { c.public.TamperTar(path, juliatest.ChangeContent) },
		"truncated": func(path string) { c.public.Truncate(path, 100, -1) },
		"failing":   func(path string) { c.public.Fail(path, 500, -1, "") },
	} {
		path := line(c.public.Registry)[1:]
		spoil(path)
		if diff := cmp.Diff(old, s.list("/registries")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if m := s.meta(); m.Current || m.state("server") != "last-known" || m.state("git") != "current" {
			t.Errorf("%s: %+v", name, m)
		}
		c.public.Recover()
		c.public.Restore(path)
		c.public.TamperTar(path, nil)
	}
	want := []string{line(c.corp), line(c.public.Registry)}
	slices.Sort(want)
	if diff := cmp.Diff(want, s.list("/registries")); diff != "" || !s.meta().Current {
		t.Error(diff)
	}
}

func TestListsThatAreNone(t *testing.T) {
	c := newCompany(t)
	s := serveSite(t, c.config())
	old := s.list("/registries")
	lists := map[string][]byte{
		"empty":   {},
		"a page":  []byte("<!doctype html><title>Log in</title>"),
		"endless": bytes.Repeat([]byte("/registry/x/y\n"), 1<<17),
		"many":    nil,
	}
	for i := range 300 {
		id := uuid.UUID{0x77, byte(i), byte(i >> 8)}
		lists["many"] = append(lists["many"], "/registry/"+id.String()+"/"+c.corp.Hash().String()+"\n"...)
	}
	for name, body := range lists {
		for _, path := range []string{"registries", "registries.conservative"} {
			c.public.Tamper(path, func([]byte) []byte { return body })
		}
		if diff := cmp.Diff(old, s.list("/registries")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if m := s.meta(); m.state("server") != "last-known" {
			t.Errorf("%s: %+v", name, m)
		}
		for _, path := range []string{"registries", "registries.conservative"} {
			c.public.Tamper(path, nil)
		}
	}
}

// The uplink is cut, and the git host too. What was known is served, also after a restart.
func TestWithoutUplink(t *testing.T) {
	c := newCompany(t)
	cfg := c.config()
	secret, _ := c.corp.Release("Secret", "1.0.0")
	example, _ := c.public.Release("Example", "0.5.3")
	s := serveSite(t, cfg)
	list := s.list("/registries")
	s.tree("/"+secret.Path, treehash.GitTools)
	s.tree("/"+example.Path, treehash.GitTools)
	c.public.Fail("", http.StatusServiceUnavailable, -1, "")
	away := c.git + ".away"
	if err := os.Rename(c.git, away); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(away) })
	for round := range 2 {
		if diff := cmp.Diff(list, s.list("/registries")); diff != "" {
			t.Error(diff)
		}
		for _, path := range append(list, "/"+secret.Path, "/"+example.Path) {
			s.get(path, http.StatusOK)
		}
		m := s.meta()
		if m.Current || m.state("git") != "last-known" || m.state("server") != "last-known" || m.Sources[0].Error == "" || m.Sources[0].Success == nil {
			t.Errorf("round %d: %+v", round, m)
		}
		zlib, _ := c.public.Release("Zlib_jll", "1.3.1+2")
		s.get("/"+zlib.Path, http.StatusBadGateway)
		s.stop()
		s = serveSite(t, cfg)
	}
	if m := s.meta(); m.state("git") != "last-known" || m.Packages != 2 || m.Registries != 2 {
		t.Errorf("before anybody asked: %+v", m)
	}
	// The git host is back, the uplink is not.
	if err := os.Rename(away, c.git); err != nil {
		t.Fatal(err)
	}
	c.corp.Publish("Secret", juliatest.Version{Number: "1.1.0"})
	c.push()
	if list := s.list("/registries"); !slices.Contains(list, line(c.corp)) || len(list) != 2 {
		t.Errorf("%v", list)
	}
}

// A source that was never reached does not keep the others from being served.
func TestUplinkThatNeverWas(t *testing.T) {
	c := newCompany(t)
	c.public.Fail("", http.StatusServiceUnavailable, -1, "")
	s := serveSite(t, c.config())
	if diff := cmp.Diff([]string{line(c.corp)}, s.list("/registries")); diff != "" {
		t.Error(diff)
	}
	if m := s.meta(); m.state("server") != "unknown" || m.Current {
		t.Errorf("%+v", m)
	}
	cfg := c.config()
	cfg.LocalRegistry = nil
	alone := serveSite(t, cfg)
	if body := alone.get("/registries", http.StatusServiceUnavailable); !bytes.Contains(body, []byte("503")) {
		t.Errorf("the reason is not told: %s", body)
	}
	c.public.Recover()
	alone.list("/registries.eager")
}

// The repository of a package may come late, or be named wrong at first.
func TestRepositoryThatIsMendedLater(t *testing.T) {
	c := newCompany(t)
	late := c.corp.Publish("Late", juliatest.Version{Number: "1.0.0"})
	c.corp.Edit(filepath.ToSlash(filepath.Join("L", "Late", "Package.toml")), func(text string) string {
		return strings.Replace(text, "Late.jl.git", "Lost.jl.git", 1)
	})
	c.push()
	s := serveSite(t, c.config())
	s.list("/registries")
	if body := s.get("/"+late.Path, http.StatusNotFound); !bytes.Contains(body, []byte("Lost.jl.git")) {
		t.Errorf("the repository is not named: %s", body)
	}
	c.corp.Edit("L/Late/Package.toml", func(text string) string { return strings.Replace(text, "Lost.jl.git", "Late.jl.git", 1) })
	c.push()
	s.list("/registries")
	if got := s.tree("/"+late.Path, treehash.GitTools); got != late.Tree {
		t.Errorf("tree %s", got)
	}
}

func TestVersionThatNobodyCanServe(t *testing.T) {
	c := newCompany(t)
	v := c.corp.Publish("Modular", juliatest.Version{Number: "1.0.0", Missing: true, Content: juliatest.Tree{
		Submodules: map[string]string{"deps/other": "1234567890123456789012345678901234567890"},
	}})
	c.push()
	s := serveSite(t, c.config())
	if body := s.get("/"+v.Path, http.StatusNotFound); !bytes.Contains(body, []byte("submodule")) {
		t.Errorf("%s", body)
	}
}

// What is pushed as a registry and is none changes nothing.
func TestRegistriesThatAreNone(t *testing.T) {
	c := newCompany(t)
	s := serveSite(t, c.config())
	good := s.list("/registries")
	now := func(text string) string { return text }
	spoil := func(edit func(string) string) {
		now = edit
		c.corp.Edit("README", func(text string) string { return text + "x" })
		c.push()
	}
	c.corp.Edit("Registry.toml", func(text string) string { return now(text) })
	for name, edit := range map[string]func(string) string{
		"no TOML":         func(string) string { return "<html>" },
		"empty":           func(string) string { return "" },
		"no UUID":         func(text string) string { return strings.Replace(text, "uuid = ", "id = ", 1) },
		"nested absurdly": func(text string) string { return text + "\nx = " + strings.Repeat("[", 100_000) },
	} {
		spoil(edit)
		if diff := cmp.Diff(good, s.list("/registries")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if m := s.meta(); m.state("git") != "last-known" || !strings.Contains(m.Sources[0].Error, "is no registry") {
			t.Errorf("%s: %+v", name, m.Sources[0])
		}
	}
	spoil(func(text string) string { return text })
	if list := s.list("/registries"); !slices.Contains(list, line(c.corp)) {
		t.Errorf("%v", list)
	}
}

// Hosts and paths that a registry must not lead to.
func TestRegistryThatLeadsAstray(t *testing.T) {
	c := newCompany(t)
	secret, _ := c.corp.Release("Secret", "1.0.0")
	reached := 0
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { reached++; http.Error(w, "no", http.StatusForbidden) }))
	t.Cleanup(inside.Close)
	for _, repo := range []string{
		"ext::sh -c id", "--upload-pack=/bin/sh", "../../../etc", "fd::1", "file:///etc/passwd", inside.URL + "/x.git", "ssh://-oProxyCommand=id/x", "https://",
	} {
		c.corp.Edit("S/Secret/Package.toml", func(text string) string {
			var out []string
			for l := range strings.SplitSeq(text, "\n") {
				if strings.HasPrefix(l, "repo") {
					l = "repo = \"" + repo + "\""
				}
				out = append(out, l)
			}
			return strings.Join(out, "\n")
		})
		c.push()
		s := serveSite(t, c.config())
		s.list("/registries")
		a, body := s.ask(http.MethodGet, "/"+secret.Path)
		if a.StatusCode != http.StatusNotFound && a.StatusCode != http.StatusBadGateway || len(body) > 1200 {
			t.Errorf("%s: %d %s", repo, a.StatusCode, body)
		}
		s.stop()
	}
	if reached == 0 {
		t.Error("the web server was not asked: this test tells nothing")
	}
}

// A git host that takes its time does not keep clients from what is known.
func TestGitHostThatHangs(t *testing.T) {
	c := newCompany(t)
	hang := make(chan struct{})
	hanging := false
	asked := make(chan struct{}, 10)
	files := http.FileServer(http.Dir(c.git))
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hanging {
			asked <- struct{}{}
			<-hang
		}
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(host.Close)
	for _, name := range []string{"Corp.git"} { // for git clients without smart HTTP
		if out, err := gitRun(t, filepath.Join(c.git, name), "update-server-info"); err != nil {
			t.Fatal(out, err)
		}
	}
	cfg := c.config()
	cfg.LocalRegistry = localserver.URLs{host.URL + "/Corp.git"}
	s := serveSite(t, cfg)
	s.server.SetPatience(time.Millisecond, time.Minute)
	list := s.list("/registries")
	if !slices.Contains(list, line(c.corp)) {
		t.Fatal(list)
	}
	hanging = true
	for range 3 {
		if diff := cmp.Diff(list, s.list("/registries")); diff != "" {
			t.Error(diff)
		}
	}
	<-asked
	select {
	case <-asked:
		t.Error("it was asked again while it hangs")
	default:
	}
	close(hang)
}

// A git host that hangs from the beginning costs the first clients some time, and no more than that.
func TestGitHostThatHangsFromTheBeginning(t *testing.T) {
	c := newCompany(t)
	hang := make(chan struct{})
	host := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	t.Cleanup(host.Close)
	t.Cleanup(func() { close(hang) })
	cfg := c.config()
	cfg.LocalRegistry = localserver.URLs{host.URL + "/Corp.git"}
	s := serveSite(t, cfg)
	s.server.SetPatience(time.Minute, time.Millisecond)
	for a, body := s.ask(http.MethodGet, "/registries"); string(body) != line(c.public.Registry)+"\n"; a, body = s.ask(http.MethodGet, "/registries") {
		if a.StatusCode != http.StatusServiceUnavailable { // nothing is known yet
			t.Fatalf("%d: %s", a.StatusCode, body)
		}
	}
	if m := s.meta(); m.state("git") != "unknown" || m.Current {
		t.Errorf("%+v", m)
	}
	cfg = c.config()
	cfg.LocalRegistry, cfg.PkgServer = localserver.URLs{host.URL + "/Corp.git"}, ""
	alone := serveSite(t, cfg)
	alone.server.SetPatience(0, time.Millisecond)
	a, _ := alone.ask(http.MethodGet, "/registries")
	if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
		t.Errorf("%d, %v", a.StatusCode, a.Header)
	}
}

func TestTwoServersOnTheSameFolders(t *testing.T) {
	c := newCompany(t)
	cfg := c.config()
	serveSite(t, cfg)
	other := cfg
	other.GitClonesDir = t.TempDir()
	third := cfg
	third.CacheDir = t.TempDir()
	for name, cfg := range map[string]localserver.Config{"both": cfg, "cache_dir": other, "git_clones_dir": third} {
		s, err := localserver.Open(context.Background(), localserver.Options{Config: cfg, Fetch: quick()})
		if !errors.Is(err, layout.ErrLocked) || name != "both" && !strings.HasPrefix(err.Error(), name+": ") {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			s.Close()
		}
	}
	one := c.config()
	one.GitClonesDir = one.CacheDir // one folder for both is fine
	s := serveSite(t, one)
	s.list("/registries")
}

// An object that has rotted on disk is not served but fetched or made anew.
func TestObjectsThatRot(t *testing.T) {
	c := newCompany(t)
	cfg := c.config()
	secret, _ := c.corp.Release("Secret", "1.0.0")
	example, _ := c.public.Release("Example", "0.5.3")
	s := serveSite(t, cfg)
	paths := append(s.list("/registries"), "/"+secret.Path, "/"+example.Path)
	good := map[string][]byte{}
	for _, path := range paths {
		good[path] = s.get(path, http.StatusOK)
	}
	for name, rot := range map[string]func([]byte) []byte{
		"a bit":     func(b []byte) []byte { b[len(b)/2] ^= 4; return b },
		"truncated": func(b []byte) []byte { return b[:len(b)/2] },
		"gone":      func([]byte) []byte { return nil },
	} {
		s.stop()
		err := filepath.WalkDir(filepath.Join(cfg.CacheDir, "store", "sha256"), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if err := os.Remove(path); err != nil {
				return err
			}
			if data = rot(data); data == nil {
				return nil
			}
			return os.WriteFile(path, data, 0o444)
		})
		if err != nil {
			t.Fatal(err)
		}
		s = serveSite(t, cfg)
		for _, path := range paths {
			if !bytes.Equal(s.get(path, http.StatusOK), good[path]) {
				t.Errorf("%s: %s is served with other bytes", name, path)
			}
		}
	}
	aside, err := os.ReadDir(filepath.Join(cfg.CacheDir, "state", "quarantine"))
	if err != nil || len(aside) < len(paths) {
		t.Errorf("%d objects were put aside, %v", len(aside), err)
	}
}

// State files that are damaged cost questions and nothing else.
func TestStateThatIsDamaged(t *testing.T) {
	c := newCompany(t)
	cfg := c.config()
	secret, _ := c.corp.Release("Secret", "1.0.0")
	s := serveSite(t, cfg)
	list := s.list("/registries")
	s.get("/"+secret.Path, http.StatusOK)
	for _, content := range []string{"", "{", "null", `{"version":1,"sources":{"x":{"uuid":"y"}}}`, "package/../../x 00 5\n\x00\xff", strings.Repeat("x", 100_000)} {
		s.stop()
		for _, name := range []string{"localserver.json", "objects", "fetch/journal"} {
			if err := os.WriteFile(filepath.Join(cfg.CacheDir, "state", name), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		s = serveSite(t, cfg)
		if diff := cmp.Diff(list, s.list("/registries")); diff != "" {
			t.Errorf("%.20q: %s", content, diff)
		}
		if got := s.tree("/"+secret.Path, treehash.GitTools); got != secret.Tree {
			t.Errorf("%.20q: tree %s", content, got)
		}
	}
}
