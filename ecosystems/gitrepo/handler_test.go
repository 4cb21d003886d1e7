package gitrepo_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
)

func TestClientsOfTheHandler(t *testing.T) {
	w, dir := newWork(t), t.TempDir()
	w.git("tag", "v1")
	forgotten := w.commit("forgotten", "1")
	w.publish(dir, "git.corp:8443/team/Toy.git")
	w.git("reset", "-q", "--hard", "HEAD~1")
	now := w.commit("src/Toy.jl", strings.Repeat("module Toy end\n", 20_000))
	w.publish(dir, "git.corp:8443/team/Toy.git")
	url := serve(t, dir, gitrepo.ServeOptions{}).URL + "/git.corp:8443/team/Toy.git"

	for _, version := range []string{"0", "1", "2"} {
		clone := filepath.Join(t.TempDir(), "clone")
		w.git("-c", "protocol.version="+version, "clone", "-q", url, clone)
		if got := w.git("-C", clone, "rev-parse", "HEAD", "v1"); got != now+"\n"+w.git("rev-parse", "v1") {
			t.Errorf("version %s: %s", version, got)
		}
		w.git("-C", clone, "-c", "protocol.version="+version, "fetch", "-q", "origin", forgotten)
		if got := w.git("-C", clone, "rev-parse", "FETCH_HEAD"); got != forgotten {
			t.Errorf("version %s: %s", version, got)
		}
	}
	mirrored, u := newMirror(t, gitrepo.Options{}).must(gitrepo.Source{URL: url})
	if u.From != url || refs(t, mirrored)["refs/heads/main"] != now {
		t.Errorf("%+v", u)
	}
}

func TestPushIsRefused(t *testing.T) {
	w, dir := newWork(t), t.TempDir()
	w.publish(dir, "a.git")
	s := serve(t, dir, gitrepo.ServeOptions{})
	for _, target := range []string{"/a.git/git-receive-pack", "/a.git/info/refs?service=git-receive-pack", "/absent.git/git-receive-pack"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if got := ask(t, s, method, target, "", nil); got.StatusCode != http.StatusForbidden {
				t.Errorf("%s %s: %s", method, target, got.Status)
			}
		}
	}
}

func ask(t *testing.T, s *httptest.Server, method, target, contentType string, body io.Reader, headers ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+target, body)
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func TestOnlyRepositoriesAndOnlySmartHTTP(t *testing.T) {
	w, outside, dir := newWork(t), t.TempDir(), t.TempDir()
	w.publish(outside, "secret.git")
	w.publish(dir, "corp/a.git")
	w.publish(dir, ".incoming/half.git")
	w.publish(dir, "corp/nosuffix")
	if err := os.Symlink(filepath.Join(outside, "secret.git"), filepath.Join(dir, "corp", "link.git")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "corp", "empty.git"), 0o755); err != nil {
		t.Fatal(err)
	}
	s := serve(t, dir, gitrepo.ServeOptions{})
	const list, pack = "/info/refs?service=git-upload-pack", "application/x-git-upload-pack-request"
	for _, c := range []struct {
		method, target, contentType string
		want                        int
	}{
		{"GET", "/corp/a.git" + list, "", 200},
		{"GET", "//corp//a.git/" + list, "", 200},
		{"GET", "/corp/a.git/info/refs", "", 404}, // dumb clients
		{"GET", "/corp/a.git/HEAD", "", 404},
		{"GET", "/corp/a.git/config", "", 404},
		{"GET", "/corp/a.git/objects/info/packs", "", 404},
		{"GET", "/corp/a.git/git-upload-pack", "", 405},
		{"HEAD", "/corp/a.git" + list, "", 405},
		{"POST", "/corp/a.git" + list, "", 405},
		{"POST", "/corp/a.git/git-upload-pack", "text/plain", 415},
		{"GET", "/corp/a.git/info/refs?service=git-upload-archive", "", 404},
		{"GET", "/corp/absent.git" + list, "", 404},
		{"GET", "/corp/empty.git" + list, "", 404},
		{"GET", "/corp/nosuffix" + list, "", 404},
		{"GET", "/corp/link.git" + list, "", 404},
		{"GET", "/.incoming/half.git" + list, "", 404},
		{"GET", "/corp/x/%2e%2e/a.git" + list, "", 200},
		{"GET", "/%2e%2e/%2e%2e" + outside + "/secret.git" + list, "", 404},
		{"GET", "/corp/a.git%00" + list, "", 404},
		{"GET", "/corp/a.git%0a" + list, "", 404},
		{"GET", "/info/refs?service=git-upload-pack", "", 404},
		{"GET", "/", "", 404},
		{"POST", "/absent.git/git-upload-pack", pack, 404},
	} {
		if got := ask(t, s, c.method, c.target, c.contentType, nil); got.StatusCode != c.want {
			t.Errorf("%s %s: %s, want %d", c.method, c.target, got.Status, c.want)
		}
	}
}

func TestHeadersOfAnswers(t *testing.T) {
	w, dir := newWork(t), t.TempDir()
	w.publish(dir, "a.git")
	s := serve(t, dir, gitrepo.ServeOptions{})
	got := ask(t, s, "GET", "/a.git/info/refs?service=git-upload-pack", "", nil, "Git-Protocol", "version=2; rm -rf /")
	if ct := got.Header.Get("Content-Type"); ct != "application/x-git-upload-pack-advertisement" {
		t.Error(ct)
	}
	if cc := got.Header.Get("Cache-Control"); !strings.Contains(cc, "no-cache") {
		t.Error(cc)
	}
	body, err := io.ReadAll(got.Body)
	if err != nil || !bytes.HasPrefix(body, []byte("001e# service=git-upload-pack\n")) || bytes.Contains(body, []byte("version 2")) {
		t.Errorf("%.80q, %v", body, err)
	}
	got = ask(t, s, "GET", "/a.git/info/refs?service=git-upload-pack", "", nil, "Git-Protocol", "version=2")
	if body, _ := io.ReadAll(got.Body); !bytes.Contains(body, []byte("version 2")) {
		t.Errorf("%.80q", body)
	}
}

func TestRequestsAreBounded(t *testing.T) {
	w, dir := newWork(t), t.TempDir()
	w.publish(dir, "a.git")
	s := serve(t, dir, gitrepo.ServeOptions{MaxRequest: 1000, Concurrency: 1, Wait: time.Millisecond})
	const pack = "application/x-git-upload-pack-request"
	if got := ask(t, s, "POST", "/a.git/git-upload-pack", pack, strings.NewReader(strings.Repeat("0000", 1000))); got.StatusCode != http.StatusRequestEntityTooLarge {
		t.Error(got.Status)
	}

	// A gzipped request is git's to unpack.
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	io.WriteString(z, "0032want "+w.git("rev-parse", "main")+"\n00000009done\n")
	z.Close()
	got := ask(t, s, "POST", "/a.git/git-upload-pack", pack, &packed, "Content-Encoding", "gzip")
	if body, err := io.ReadAll(got.Body); got.StatusCode != 200 || !bytes.HasPrefix(body, []byte("0008NAK\nPACK")) || err != nil {
		t.Errorf("%s %.60q %v", got.Status, body, err)
	}

	// One slot, taken by a request whose body does not end: the next is told to come again.
	r, held := io.Pipe()
	first := make(chan struct{})
	go func() {
		defer close(first)
		req, err := http.NewRequestWithContext(t.Context(), "POST", s.URL+"/a.git/git-upload-pack", r)
		if err != nil {
			t.Error(err)
			return
		}
		req.Header.Set("Content-Type", pack)
		if resp, err := s.Client().Do(req); err == nil {
			resp.Body.Close()
		}
	}()
	io.WriteString(held, "0032want "+w.git("rev-parse", "main")+"\n") // returns when it is being read
	for {
		resp := ask(t, s, "GET", "/a.git/info/refs?service=git-upload-pack", "", nil)
		if resp.StatusCode == http.StatusServiceUnavailable {
			if resp.Header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			break
		}
	}
	io.WriteString(held, "00000009done\n")
	held.Close()
	<-first
}

func TestADamagedRepositoryIsAnError(t *testing.T) {
	w, dir := newWork(t), t.TempDir()
	w.publish(dir, "a.git")
	if err := os.WriteFile(filepath.Join(dir, "a.git", "HEAD"), []byte("nonsense"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := serve(t, dir, gitrepo.ServeOptions{})
	got := ask(t, s, "GET", "/a.git/info/refs?service=git-upload-pack", "", nil)
	if body, _ := io.ReadAll(got.Body); got.StatusCode < 400 || bytes.Contains(body, []byte(dir)) {
		t.Errorf("%s %s", got.Status, body)
	}
}
