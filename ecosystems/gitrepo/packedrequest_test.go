package gitrepo_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
)

// counting is a git that writes down how much of a request it got.
func counting(t *testing.T) (program string, got func() int) {
	t.Helper()
	dir := t.TempDir()
	program, count := filepath.Join(dir, "git"), filepath.Join(dir, "count")
	script := `#!/bin/sh
case "$*" in
*version*) echo git version 2.40.0; exit;;
esac
if [ -n "$HTTP_CONTENT_ENCODING" ]; then gzip -dc; else cat; fi | wc -c > ` + count + `
printf 'Content-Type: application/x-git-upload-pack-result\r\n\r\ndone'
`
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return program, func() int {
		text, err := os.ReadFile(count)
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
}

// What is small when packed may be endless when it is not, and git keeps much of it in memory.
func TestPackedRequestsAreBounded(t *testing.T) {
	w, dir := newWork(t), t.TempDir()
	w.publish(dir, "a.git")
	program, got := counting(t)
	const most = 1 << 20
	h, err := gitrepo.Handler(newGit(t, gitrepo.Options{Program: program}), openRoot(t, dir), gitrepo.ServeOptions{MaxRequest: most})
	if err != nil {
		t.Fatal(err)
	}
	s := listen(t, h)
	post := func(size int) (int, error) {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, _ = z.Write(make([]byte, size))
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequest(http.MethodPost, s.URL+"/a.git/git-upload-pack", &packed)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-git-upload-pack-request")
		req.Header.Set("Content-Encoding", "gzip")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0, err
		}
		defer resp.Body.Close()
		_, err = new(bytes.Buffer).ReadFrom(resp.Body)
		return resp.StatusCode, err
	}
	if status, err := post(most - 1); err != nil || status != http.StatusOK || got() != most-1 {
		t.Errorf("%d, %v; git got %d bytes", status, err, got())
	}
	if _, err := post(64 * most); err == nil {
		t.Error("the whole answer came")
	}
	if n := got(); n > most {
		t.Errorf("git got %d bytes", n)
	}
}

// A request that is damaged on its way is not answered as if it asked for nothing.
func TestBrokenPackedRequests(t *testing.T) {
	w, dir := newWork(t), t.TempDir()
	w.publish(dir, "a.git")
	git := newGit(t, gitrepo.Options{})
	h, err := gitrepo.Handler(git, openRoot(t, dir), gitrepo.ServeOptions{MaxRequest: 2 << 20})
	if err != nil {
		t.Fatal(err)
	}
	s := listen(t, h)
	packed := func(content []byte) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(content)
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	good := packed([]byte("0014command=ls-refs\n0000"))
	for name, c := range map[string]struct {
		body   []byte
		status int
	}{
		"good":         {good, http.StatusOK},
		"empty":        {nil, http.StatusBadRequest},
		"no gzip":      {[]byte("0014command=ls-refs\n0000"), http.StatusBadRequest},
		"half a head":  {good[:5], http.StatusBadRequest},
		"only a head":  {good[:10], http.StatusBadRequest},
		"no checksum":  {good[:len(good)-8], http.StatusBadRequest},
		"wrong sum":    {append(bytes.Clone(good[:len(good)-8]), 1, 2, 3, 4, 5, 6, 7, 8), http.StatusBadRequest},
		"wrong inside": {append(bytes.Clone(good[:10]), bytes.Repeat([]byte{0xff}, 20)...), http.StatusBadRequest},
		"rubbish next": {append(bytes.Clone(good), "rubbish"...), http.StatusBadRequest},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/a.git/git-upload-pack", bytes.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-git-upload-pack-request")
		req.Header.Set("Content-Encoding", "gzip")
		req.Header.Set("Git-Protocol", "version=2")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != c.status || len(body) == 0 {
			t.Errorf("%s: %d %.100q, %v; want %d", name, resp.StatusCode, body, err, c.status)
		}
	}
}
