package juliatest_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

func TestGitHasTheTreesOfTheRegistry(t *testing.T) {
	up := juliatest.New()
	corp := up.AddRegistry("Corp", uuid.UUID{})
	corp.Publish("Tool", juliatest.Version{Number: "1.0.0", Content: juliatest.Tree{
		Files: map[string]string{
			".gitattributes": "secret export-ignore\nversion.txt export-subst\n*.txt eol=crlf\nbig filter=lfs\n",
			"secret":         "left out by git archive", "version.txt": "$Format:%H$\n",
			"big": "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "ünï code.txt": "x",
		},
		Executables: map[string]string{"bin/tool": "#!/bin/sh\n"},
		Symlinks:    map[string]string{"link": "bin/tool"},
	}})
	corp.Publish("Tool", juliatest.Version{Number: "1.1.0", Content: juliatest.Tree{Submodules: map[string]string{"deps/x": strings.Repeat("1", 40)}}})
	first := corp.Hash()
	corp.AddPackage(juliatest.Package{Name: "Inner", Repo: "https://git.juliatest.invalid/Mono.jl.git", Subdir: "lib/Inner"})
	corp.AddPackage(juliatest.Package{Name: "Outer", Repo: "https://git.juliatest.invalid/Mono.jl.git", Subdir: "Outer"})
	corp.AddPackage(juliatest.Package{Name: "Elsewhere", Repo: "https://example.org/x.git"})
	corp.AddPackage(juliatest.Package{Name: "Empty"})
	corp.Publish("Inner", juliatest.Version{Number: "0.1.0"})
	corp.Publish("Outer", juliatest.Version{Number: "0.2.0"})
	corp.Publish("Inner", juliatest.Version{Number: "0.1.1"})
	corp.Drop("Inner", "0.1.1")
	dir := t.TempDir()
	if err := up.WriteGit(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	rev := func(repo, what string) string {
		return git(t, dir, "--git-dir="+filepath.Join(dir, repo), "rev-parse", what)
	}
	if got := rev("Corp.git", "master^{tree}"); got != corp.Hash().String() {
		t.Errorf("the registry is %s, not %v", got, corp.Hash())
	}
	if got := rev("Corp.git", "master~1^{tree}"); got != first.String() {
		t.Errorf("the registry was %s, not %v", got, first)
	}
	for _, c := range []struct{ pkg, version, repo, what string }{
		{"Tool", "1.0.0", "Tool.jl.git", "v1.0.0^{tree}"},
		{"Tool", "1.1.0", "Tool.jl.git", "v1.1.0^{tree}"},
		{"Tool", "1.1.0", "Tool.jl.git", "master^{tree}"},
		{"Inner", "0.1.0", "Mono.jl.git", "Inner-v0.1.0:lib/Inner"},
		{"Inner", "0.1.0", "Mono.jl.git", "Outer-v0.2.0:lib/Inner"},
		{"Outer", "0.2.0", "Mono.jl.git", "master:Outer"},
	} {
		rel, ok := corp.Release(c.pkg, c.version)
		if got := rev(c.repo, c.what); !ok || got != rel.Tree.String() {
			t.Errorf("%s of %s is %s, %s %s is %v", c.what, c.repo, got, c.pkg, c.version, rel.Tree)
		}
	}
	git(t, dir, "--git-dir="+filepath.Join(dir, "Mono.jl.git"), "rev-parse", "Inner-v0.1.1")
	git(t, dir, "--git-dir="+filepath.Join(dir, "Empty.jl.git"), "rev-parse", "--git-dir")
	if _, err := os.Stat(filepath.Join(dir, "x.git")); err == nil {
		t.Error("a repository of somebody else is written")
	}

	// Writing again extends the history.
	was := rev("Corp.git", "master")
	tool := rev("Tool.jl.git", "v1.0.0")
	corp.Publish("Tool", juliatest.Version{Number: "1.2.0"})
	if err := up.WriteGit(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if got := rev("Corp.git", "master~1"); got != was {
		t.Errorf("%s is rewritten as %s", was, got)
	}
	if got := rev("Tool.jl.git", "v1.2.0~2"); got != tool {
		t.Errorf("%s is rewritten as %s", tool, got)
	}
}

func TestRewriteHistory(t *testing.T) {
	up := juliatest.New()
	lost := up.Publish("Tool", juliatest.Version{Number: "1.0.0"})
	kept := up.Publish("Tool", juliatest.Version{Number: "11.0.0"})
	dir := t.TempDir()
	if err := up.WriteGit(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	repo := "--git-dir=" + filepath.Join(dir, "Tool.jl.git")
	before := git(t, dir, repo, "rev-parse", "v11.0.0")
	if err := up.RewriteHistory(t.Context(), dir, "Tool.jl.git", "11.0.0"); err != nil {
		t.Fatal(err)
	}
	if got := git(t, dir, repo, "rev-parse", "master^{tree}"); got != kept.Tree.String() {
		t.Error(got)
	}
	if got := git(t, dir, repo, "rev-parse", "v11.0.0"); got == before {
		t.Error("history is not rewritten")
	}
	if got := git(t, dir, repo, "tag"); got != "v11.0.0" {
		t.Error(got)
	}
	if got := git(t, dir, repo, "cat-file", "--batch-all-objects", "--batch-check"); strings.Contains(got, lost.Tree.String()) {
		t.Error("the lost tree is there")
	}
	if err := up.RewriteHistory(t.Context(), dir, "Nobody.jl.git"); err == nil {
		t.Error("nobody's history is rewritten")
	}
}

// TestGitOverHTTP mirrors what was written as a driver would.
func TestGitOverHTTP(t *testing.T) {
	g, err := gitrepo.New(t.Context(), gitrepo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	root := func(dir string) *os.Root {
		r, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.Close() })
		return r
	}
	dir := t.TempDir()
	h, err := gitrepo.Handler(g, root(dir), gitrepo.ServeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.StripPrefix("/git", h))
	defer server.Close()
	up := juliatest.New(juliatest.WithRepos(server.URL + "/git"))
	rel := up.Publish("Tool", juliatest.Version{Number: "1.0.0"})
	if err := up.WriteGit(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	store, err := gitrepo.NewStore(g, root(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]treehash.Hash{server.URL + "/git/General.git": up.Hash(), server.URL + "/git/Tool.jl.git": rel.Tree} {
		repo, _, err := store.Update(t.Context(), gitrepo.Source{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := repo.Resolve(t.Context(), "HEAD^{tree}"); err != nil || got != want.String() {
			t.Errorf("%s: %s, want %v: %v", url, got, want, err)
		}
	}
}

func TestWriteRepository(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "METADATA.jl.git")
	if err := juliatest.WriteRepository(t.Context(), dir, juliatest.Tree{}, sample); err != nil {
		t.Fatal(err)
	}
	if got := git(t, dir, "rev-parse", "HEAD^{tree}"); got != sample.Hash(treehash.SkipEmpty).String() {
		t.Error(got)
	}
	if got := git(t, dir, "rev-parse", "HEAD~1^{tree}"); got != treehash.EmptyTree.String() {
		t.Error(got)
	}
}
