package juliatest_test

import (
	"archive/tar"
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
)

func TestMisuseOfEverythingElsePanics(t *testing.T) {
	member := func(h tar.Header) func() {
		return func() { juliatest.AppendMember(h, "x")(juliatest.Tree{}.Tarball()) }
	}
	for name, f := range map[string]func(){
		"Julia without a version": func() { juliatest.New().PublishJulia(juliatest.Julia{Version: "new"}) },
		"Julia for a toaster": func() {
			juliatest.New().PublishJulia(juliatest.Julia{Version: "1.0.0", Platforms: []string{"toaster"}})
		},
		"Julia for nobody": func() {
			juliatest.New().PublishJulia(juliatest.Julia{Version: "1.0.0", Platforms: []string{"riscv64-linux-gnu"}})
		},
		"a nightly for nobody":     func() { juliatest.New().PublishNightly("", "1.0.0", "x", "riscv64-linux-gnu") },
		"a database without one":   func() { juliatest.New().PublishJuliaup("new", "1") },
		"nothing to change":        func() { juliatest.ChangeContent(nil) },
		"what is no tar stream":    member(tar.Header{Name: "x"}), // it is gzipped
		"a dependency of no range": func() { juliatest.New().Publish("A", juliatest.Version{Number: "1.0.0", Deps: []string{"B one"}}) },
		"a dependency of no UUID":  func() { juliatest.New().Publish("A", juliatest.Version{Number: "1.0.0", Deps: []string{"B@b"}}) },
		"a packing of no program": func() {
			juliatest.New().Publish("A", juliatest.Version{Number: "1.0.0", Artifacts: []juliatest.Artifact{{Name: "a", Packing: "zip"}}})
		},
	} {
		if !panics(f) {
			t.Errorf("%s is taken", name)
		}
	}
	if got := juliatest.FlipByte(nil); len(got) != 0 {
		t.Error(got)
	}
}

func TestGitErrors(t *testing.T) {
	up := juliatest.New()
	up.Publish("Tool", juliatest.Version{Number: "1.0.0"})
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := up.WriteGit(t.Context(), file); err == nil {
		t.Error("repositories are written into a file")
	}
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "General.git"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "General.git", "HEAD"), []byte("nonsense"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := up.WriteGit(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "General.git") {
		t.Errorf("a broken repository is extended: %v", err)
	}
	shared := juliatest.New()
	shared.AddPackage(juliatest.Package{Name: "Root", Repo: "https://git.juliatest.invalid/Mono.jl.git"}).Publish(juliatest.Version{Number: "1.0.0"})
	shared.AddPackage(juliatest.Package{Name: "Inner", Repo: "https://git.juliatest.invalid/Mono.jl.git", Subdir: "Inner"}).Publish(juliatest.Version{Number: "1.0.0"})
	if !panics(func() { _ = shared.WriteGit(t.Context(), t.TempDir()) }) {
		t.Error("a package is both the root and above another one")
	}
}

// TestGitByFileURL mirrors a repository from a folder, as a demonstration without a server may.
func TestGitByFileURL(t *testing.T) {
	dir := t.TempDir()
	up := juliatest.New(juliatest.WithRepos("file://" + filepath.ToSlash(dir)))
	rel := up.Publish("Tool", juliatest.Version{Number: "1.0.0"})
	if err := up.WriteGit(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	info, _ := up.Registry.File("T/Tool/Package.toml")
	_, url, _ := strings.Cut(info, "repo = \"")
	url, _, _ = strings.Cut(url, "\"")
	g, err := gitrepo.New(t.Context(), gitrepo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	store, err := gitrepo.NewStore(g, root)
	if err != nil {
		t.Fatal(err)
	}
	repo, _, err := store.Update(t.Context(), gitrepo.Source{URL: url, Local: true})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := repo.Resolve(t.Context(), "v1.0.0^{tree}"); err != nil || got != rel.Tree.String() {
		t.Error(got, err)
	}
}

// TestInterceptMayFlush is for tests that answer slowly.
func TestInterceptMayFlush(t *testing.T) {
	up, stop, err := juliatest.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	next := make(chan bool)
	up.Intercept(func(w http.ResponseWriter, _ *http.Request) bool {
		_, _ = w.Write([]byte("a"))
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		<-next
		_, _ = w.Write([]byte("b"))
		return true
	})
	resp, err := http.Get(up.BaseURL())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	one := make([]byte, 1)
	if _, err := resp.Body.Read(one); err != nil || string(one) != "a" {
		t.Error(string(one), err)
	}
	close(next)
	if _, err := resp.Body.Read(one); string(one) != "b" {
		t.Error(string(one), err)
	}
}

// TestTruncateWhereItIsTold cuts a body that is written in many pieces.
func TestTruncateWhereItIsTold(t *testing.T) {
	up, stop, err := juliatest.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	whole := bytes.Repeat([]byte("0123456789"), 100_000)
	up.Put("big", whole)
	for _, n := range []int64{0, 1, 40_000, 999_999} {
		up.Truncate("big", n, 1)
		resp, err := http.Get(up.BaseURL() + "/big")
		if err != nil {
			if n > 0 {
				t.Error(n, err)
			}
			continue // not even headers
		}
		var got bytes.Buffer
		_, err = got.ReadFrom(resp.Body)
		resp.Body.Close()
		if err == nil || !bytes.Equal(got.Bytes(), whole[:n]) {
			t.Errorf("%d bytes of %d: %v", got.Len(), n, err)
		}
	}
	if name := up.Registry.Name(); name != "General" {
		t.Error(name)
	}
}
