//go:build e2e

package e2e

import (
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// gitProgram is the path of the host's git, which offmirror needs as well.
func gitProgram(t testing.TB) string {
	t.Helper()
	git, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	return git
}

// newGitServer hands out the bare repositories in dir over smart HTTP, by git's
// own server, and returns its URL.
func newGitServer(t testing.TB, dir string) string {
	t.Helper()
	path, err := exec.Command(gitProgram(t), "--exec-path").Output()
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(&cgi.Handler{
		Path: filepath.Join(string(path[:len(path)-1]), "git-http-backend"),
		Dir:  dir,
		Env: []string{
			"GIT_PROJECT_ROOT=" + dir, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1", "HOME=" + dir, "PATH=" + os.Getenv("PATH"),
			"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*",
		},
	})
	t.Cleanup(s.Close)
	return s.URL
}
