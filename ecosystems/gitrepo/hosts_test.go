package gitrepo_test

import (
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/fetch"
)

func TestHostConfig(t *testing.T) {
	got := gitrepo.HostConfig(map[string]fetch.Host{
		"git.corp":      {CA: "/etc/corp.pem", Proxy: "none", TokenEnv: "X"},
		"git.corp:8443": {Proxy: "http://proxy:3128"},
		"other":         {User: "x"},
	})
	want := map[string]string{
		"http.https://git.corp/.sslCAInfo":  "/etc/corp.pem",
		"http.https://git.corp/.proxy":      "",
		"http.http://git.corp/.proxy":       "",
		"http.https://git.corp:8443/.proxy": "http://proxy:3128",
		"http.http://git.corp:8443/.proxy":  "http://proxy:3128",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A server whose certificate only the configured authority vouches for, behind the environment's
// proxy, which is not there.
func TestHostConfigHolds(t *testing.T) {
	w, dir := newWork(t), t.TempDir()
	w.publish(dir, "a.git")
	h, err := gitrepo.Handler(newGit(t, gitrepo.Options{}), openRoot(t, dir), gitrepo.ServeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewTLSServer(http.HandlerFunc(h.ServeHTTP))
	t.Cleanup(s.Close)
	t.Setenv("GIT_SSL_CAINFO", os.DevNull)
	t.Setenv("https_proxy", "http://127.0.0.1:1")
	ca := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(ca, block, 0o644); err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(s.URL, "https://")
	src := gitrepo.Source{URL: s.URL + "/a.git"}
	for _, host := range []fetch.Host{{}, {CA: ca}, {Proxy: "none"}} {
		m := newMirror(t, gitrepo.Options{Config: gitrepo.HostConfig(map[string]fetch.Host{name: host})})
		var all *fetch.Error
		if _, _, err := m.Update(t.Context(), src); !errors.As(err, &all) || errors.Is(err, fetch.ErrAbsent) {
			t.Errorf("%+v: %v", host, err)
		}
	}
	m := newMirror(t, gitrepo.Options{Config: gitrepo.HostConfig(map[string]fetch.Host{name: {CA: ca, Proxy: "none"}})})
	m.must(src)
}
