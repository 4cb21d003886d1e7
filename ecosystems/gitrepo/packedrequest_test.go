package gitrepo_test

import (
	"bytes"
	"compress/gzip"
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
