package juliatest_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

func TestExportIsAStaticServer(t *testing.T) {
	up := juliatest.New(juliatest.WithoutFlavors())
	rel := up.Publish("Many", juliatest.Version{Number: "1.0.0", Artifacts: []juliatest.Artifact{{Name: "a"}, {Name: "b", Missing: true}}})
	first := up.Hash()
	up.PublishBulk(juliatest.Bulk{Packages: 10, Versions: 20, Artifacts: 8})
	up.PublishJulia(juliatest.Julia{Version: "1.10.4", Platforms: []string{"x86_64-linux-gnu"}})
	up.Remove(rel.Artifacts[0].Origin)
	all, part := t.TempDir(), t.TempDir()
	if err := up.Export(all); err != nil {
		t.Fatal(err)
	}
	if err := up.Export(part, "registr", "package/", "artifact/"); err != nil {
		t.Fatal(err)
	}
	static := http.FileServerFS(os.DirFS(part))
	count := map[string]int{}
	for _, path := range up.Paths() {
		kind, _, _ := strings.Cut(path, "/")
		count[kind]++
		want, ok := up.File(path)
		got, err := os.ReadFile(filepath.Join(all, path))
		if ok != (err == nil) || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, want %d: %v", path, len(got), len(want), err)
		}
		if object, err := pkgserver.ParsePath(path); err == nil {
			tree(t, static, path, object.Tree, treehash.Artifact...)
		} else if code := get(t, static, path).Code; (code == 200) != (path == "registries") {
			t.Errorf("%s: %d", path, code)
		}
	}
	for kind, want := range map[string]int{"registry": 2, "package": 21, "artifact": 9, "origin": 10, "registries": 1, "meta": 1, "bin": 5} {
		if count[kind] != want {
			t.Errorf("%d paths of %s, not %d", count[kind], kind, want)
		}
	}
	if !slices.Contains(up.Paths(), pkgserver.RegistryPath(up.UUID(), first)) {
		t.Error("the first state is gone")
	}
	if err := up.Export(filepath.Join(all, "nowhere")); err == nil {
		t.Error("a folder that is not there is written to")
	}
}

func TestStart(t *testing.T) {
	up, stop, err := juliatest.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	rel := up.Publish("Many", juliatest.Version{Number: "1.0.0", Artifacts: []juliatest.Artifact{{Name: "a"}}})
	download := toml(t, up, rel, "Artifacts.toml").Artifacts[0].Downloads[0].URL
	for _, url := range []string{up.BaseURL() + "/registries", download} {
		resp, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", url, resp.Status)
		}
	}
	stop()
	if _, err := http.Get(up.BaseURL() + "/registries"); err == nil {
		t.Error("it is still served")
	}
}

// TestBelowAPrefix follows the redirect to a flavor where the server is not at the root.
func TestBelowAPrefix(t *testing.T) {
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()
	up := juliatest.New(juliatest.WithBaseURL(server.URL + "/julia"))
	mux.Handle("/julia/", http.StripPrefix("/julia", up))
	resp, err := http.Get(server.URL + "/julia/registries")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.Request.URL.Path != "/julia/registries.conservative" {
		t.Error(resp.Status, resp.Request.URL)
	}
}
