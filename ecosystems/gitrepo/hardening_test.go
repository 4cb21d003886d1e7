package gitrepo_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/fetch"
)

func TestNoOtherTransports(t *testing.T) {
	m := newMirror(t, gitrepo.Options{})
	touched := filepath.Join(t.TempDir(), "touched")
	for _, url := range []string{
		"ext::sh -c 'touch " + touched + "'", "ext::touch%20" + touched, "fd::17", "--upload-pack=touch " + touched, "-u", "ftp://git.corp/a",
		"ssh://-oProxyCommand=touch/a", "ssh://-x@git.corp/a", "-oProxyCommand=x:a", "a\nb", "file://elsewhere/a", "relative/path", "./a", "", "https://",
		"transport::https://git.corp/a", "https://git.corp/a b", strings.Repeat("https://a/", 1000),
	} {
		_, _, err := m.Update(t.Context(), gitrepo.Source{URL: "https://git.example.org/a", Candidates: []string{url}})
		if !errors.Is(err, gitrepo.ErrURL) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.60q: %v", url, err)
		}
	}
	if _, err := os.Stat(touched); err == nil {
		t.Error("a command ran")
	}
}

// Neither the configuration of the user nor hooks or commands in a repository have a say.
func TestForeignConfigurationIsNotRead(t *testing.T) {
	home, w := t.TempDir(), newWork(t)
	touched := filepath.Join(home, "touched")
	hook := filepath.Join(home, "hook")
	write := func(path, content string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(hook, "#!/bin/sh\ntouch "+touched+"\n")
	write(filepath.Join(home, ".gitconfig"), "[core]\n\thooksPath = "+home+"\n\tfsmonitor = "+hook+
		"\n[url \"https://[::1]:1/\"]\n\tinsteadOf = "+w.dir+"\n[uploadpack]\n\tpackObjectsHook = "+hook+"\n")
	write(filepath.Join(home, "reference-transaction"), "#!/bin/sh\ntouch "+touched+"\n")
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", home)
	t.Setenv("GIT_DIR", home)
	t.Setenv("GIT_CONFIG_PARAMETERS", "'core.bare=nonsense'")
	m := newMirror(t, gitrepo.Options{})
	repo, _ := m.must(gitrepo.Source{URL: "https://git.example.org/a", Candidates: []string{w.dir}})
	if err := os.MkdirAll(filepath.Join(repo.Dir(), "hooks"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(filepath.Join(repo.Dir(), "hooks", "reference-transaction"), "#!/bin/sh\ntouch "+touched+"\n")
	os.Unsetenv("GIT_DIR")
	os.Unsetenv("GIT_CONFIG_PARAMETERS")
	w.commit("more", "1")
	m.must(gitrepo.Source{URL: "https://git.example.org/a", Candidates: []string{w.dir}})
	if _, err := os.Stat(touched); err == nil {
		t.Error("a hook ran")
	}
}

func TestConfigHoldsForEachCall(t *testing.T) {
	w := newWork(t)
	m := newMirror(t, gitrepo.Options{Config: map[string]string{"url." + w.dir + ".insteadOf": "https://git.example.org/a"}})
	repo, u := m.must(gitrepo.Source{URL: "https://git.example.org/a"})
	if u.From != "https://git.example.org/a" || len(refs(t, repo)) != 1 {
		t.Errorf("%+v", u)
	}
	for _, key := range []string{"", "core", "core.", ".x", "core.a\nb", "core.x y", "a b.c", "core.-x"} {
		if _, err := gitrepo.New(t.Context(), gitrepo.Options{Config: map[string]string{key: "x"}}); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", key, err)
		}
	}
}

func TestProgram(t *testing.T) {
	dir := t.TempDir()
	for name, script := range map[string]string{
		"old":     "echo git version 2.30.9",
		"another": "echo hello",
		"broken":  "exit 3",
		"noisy":   "yes git version 9.9",
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		if _, err := gitrepo.New(t.Context(), gitrepo.Options{Program: path}); !errors.Is(err, gitrepo.ErrNoGit) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := gitrepo.New(t.Context(), gitrepo.Options{Program: filepath.Join(dir, "missing")}); !errors.Is(err, gitrepo.ErrNoGit) {
		t.Error(err)
	}
}

// guarded serves a repository to who has the right credentials, and notes what it was sent.
func guarded(t *testing.T, dir, want string) (url string, seen func() []string) {
	t.Helper()
	var mu sync.Mutex
	var headers []string
	h, err := gitrepo.Handler(newGit(t, gitrepo.Options{}), openRoot(t, dir), gitrepo.ServeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		headers = append(headers, r.Header.Get("Authorization"))
		mu.Unlock()
		if r.Header.Get("Authorization") != want {
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			http.Error(w, "who are you", http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	}))
	return s.URL, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return headers
	}
}

func TestCredentials(t *testing.T) {
	w, dir := newWork(t), t.TempDir()
	w.publish(dir, "corp/a.git")
	const token = "t0psecret-token"
	url, _ := guarded(t, dir, "Bearer "+token)
	url += "/corp/a.git"

	m := newMirror(t, gitrepo.Options{})
	_, _, err := m.Update(t.Context(), gitrepo.Source{URL: url})
	if !errors.Is(err, fetch.ErrUnauthorized) {
		t.Error(err)
	}
	asked := ""
	m = newMirror(t, gitrepo.Options{Authorize: func(u string) string { asked = u; return "Bearer " + token }})
	if _, u := m.must(gitrepo.Source{URL: url}); u.From != url || asked != url {
		t.Errorf("%+v, %s", u, asked)
	}
	m = newMirror(t, gitrepo.Options{Authorize: func(string) string { return "Bearer wrong-" + token }})
	_, _, err = m.Update(t.Context(), gitrepo.Source{URL: url})
	if !errors.Is(err, fetch.ErrUnauthorized) || strings.Contains(err.Error(), token) {
		t.Error(err)
	}
}

func TestCredentialsInTheURL(t *testing.T) {
	w, dir := newWork(t), t.TempDir()
	w.publish(dir, "corp/a.git")
	base, seen := guarded(t, dir, "Basic "+base64.StdEncoding.EncodeToString([]byte("ann:p@ss/word")))
	url := strings.Replace(base, "://", "://ann:p%40ss%2Fword@", 1) + "/corp/a.git"
	repo, u := newMirror(t, gitrepo.Options{}).must(gitrepo.Source{URL: url})
	if strings.Contains(fmt.Sprint(u, repo.Name(), seen()), "p@ss") || strings.Contains(u.From, "ann") {
		t.Errorf("%+v %s", u, repo.Name())
	}
	config, err := os.ReadFile(filepath.Join(repo.Dir(), "config"))
	if err != nil || strings.Contains(string(config), "Basic") {
		t.Errorf("%s, %v", config, err)
	}
	wrong := strings.Replace(url, "p%40ss", "wr0ngpass", 1)
	_, _, err = newMirror(t, gitrepo.Options{}).Update(t.Context(), gitrepo.Source{URL: wrong})
	if !errors.Is(err, fetch.ErrUnauthorized) || strings.Contains(err.Error(), "wr0ng") {
		t.Error(err)
	}
}

func TestMissingOverHTTP(t *testing.T) {
	s := serve(t, t.TempDir(), gitrepo.ServeOptions{})
	_, _, err := newMirror(t, gitrepo.Options{}).Update(t.Context(), gitrepo.Source{URL: s.URL + "/corp/a.git?private_token=abcdefgh"})
	if !errors.Is(err, fetch.ErrAbsent) || strings.Contains(err.Error(), "abcdefgh") {
		t.Error(err)
	}
}

// hanging answers nothing until the client goes away.
func hanging(t *testing.T) string {
	gone := make(chan struct{})
	s := listen(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-gone:
		}
	}))
	t.Cleanup(func() { close(gone); s.CloseClientConnections() })
	return s.URL
}

func TestTimeout(t *testing.T) {
	m := newMirror(t, gitrepo.Options{Timeout: 200 * time.Millisecond})
	_, _, err := m.Update(t.Context(), gitrepo.Source{URL: hanging(t) + "/a.git"})
	if !errors.Is(err, gitrepo.ErrTimeout) || strings.Contains(err.Error(), "\n") {
		t.Error(err)
	}
}

func TestCancelEndsTheHelpersToo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	url := hanging(t)
	go func() {
		time.Sleep(100 * time.Millisecond)
		cancel()
	}()
	if _, _, err := newMirror(t, gitrepo.Options{}).Update(ctx, gitrepo.Source{URL: url + "/a.git"}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestTooManyRefs(t *testing.T) {
	w := newWork(t)
	for i := range 5 {
		w.git("branch", fmt.Sprint("b", i))
	}
	m := newMirror(t, gitrepo.Options{MaxRefs: 5})
	if _, _, err := m.Update(t.Context(), gitrepo.Source{URL: "https://git.example.org/a", Candidates: []string{w.dir}}); !errors.Is(err, gitrepo.ErrLimit) {
		t.Error(err)
	}
}

// A server that goes on sending is cut off by the size of what has arrived.
func TestTooManyBytes(t *testing.T) {
	w, dir := newWork(t), t.TempDir()
	w.publish(dir, "a.git")
	h, err := gitrepo.Handler(newGit(t, gitrepo.Options{}), openRoot(t, dir), gitrepo.ServeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.Header.Get("Content-Length") != "" {
			body := &slowEnd{ResponseWriter: w, done: r.Context().Done()}
			h.ServeHTTP(body, r)
			return
		}
		h.ServeHTTP(w, r)
	}))
	m := newMirror(t, gitrepo.Options{MaxBytes: -1})
	_, _, err = m.Update(t.Context(), gitrepo.Source{URL: s.URL + "/a.git"})
	if !errors.Is(err, gitrepo.ErrLimit) {
		t.Error(err)
	}
}

// slowEnd holds a pack back, so that the transfer lasts.
type slowEnd struct {
	http.ResponseWriter
	done <-chan struct{}
}

func (s *slowEnd) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func (s *slowEnd) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "PACK") {
		select {
		case <-s.done:
		case <-time.After(20 * time.Second):
		}
	}
	return s.ResponseWriter.Write(p)
}
