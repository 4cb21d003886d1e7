package juliatest_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

// toml reads the artifacts of a release from its tarball.
func toml(t testing.TB, up *juliatest.Upstream, rel juliatest.Release, name string) *artifacts.File {
	t.Helper()
	text, ok := tree(t, up, rel.Path, rel.Tree, treehash.Package...).File(name)
	if !ok {
		t.Fatalf("%s %s has no %s", rel.Name, rel.Version, name)
	}
	f, err := artifacts.Parse(name, []byte(text))
	if err != nil || len(f.Problems) > 0 {
		t.Fatal(err, f, text)
	}
	return f
}

func TestArtifacts(t *testing.T) {
	up := juliatest.New(juliatest.WithBaseURL("http://127.0.0.1:1"))
	rel := up.Publish("Many", juliatest.Version{Number: "1.2.3+4", ArtifactsFile: "JuliaArtifacts.toml", Artifacts: []juliatest.Artifact{
		{Name: "data", Size: true, Also: []string{"https://elsewhere.invalid/x"}},
		{Name: "lib", Platform: "x86_64-linux-gnu-libgfortran5-cxx11", Packing: juliatest.XZ},
		{Name: "lib", Platform: "x86_64-linux-gnu", Tags: map[string]string{"cuda": "12.1"}, Lazy: true, Packing: juliatest.Zstd},
		{Name: "lib", Platform: "armv7l-linux-musleabihf", Packing: juliatest.Bzip2},
		{Name: "lib", Platform: "x86_64-w64-mingw32", Packing: juliatest.Plain},
		{Name: "lib", Platform: "aarch64-apple-darwin20", Packing: juliatest.Stored},
		{Name: "tool", NoDownload: true},
		{Name: "empty", Content: juliatest.Tree{Files: map[string]string{"a": "b"}, EmptyDirs: []string{"void/deep"}}},
		{Name: "full", Rule: treehash.Full, Content: juliatest.Tree{Files: map[string]string{"a": "b"}, EmptyDirs: []string{"void"}}},
		{Name: "dotgit", Content: juliatest.Tree{Files: map[string]string{"a": "b", ".git/HEAD": "x", "sub/.git": "y"}}},
	}})
	f := toml(t, up, rel, "JuliaArtifacts.toml")
	if len(f.Artifacts) != 10 || len(rel.Artifacts) != 10 {
		t.Fatal(len(f.Artifacts), len(rel.Artifacts))
	}
	var platforms []string
	seen := map[treehash.Hash]bool{}
	for i, a := range f.Artifacts {
		b := rel.Artifacts[i]
		if a.Name != b.Name || a.Tree != b.Tree || a.Lazy != b.Lazy || a.Platform.String() != b.Platform {
			t.Errorf("%+v is written as %+v", b, a)
		}
		platforms = append(platforms, a.Name+" "+b.Platform)
		if seen[a.Tree] && a.Name != "full" {
			t.Errorf("%s %s is another artifact too", a.Name, a.Platform)
		}
		seen[a.Tree] = true
		server := tree(t, up, b.Path, b.Tree, treehash.Artifact...)
		if a.Name == "tool" {
			if len(a.Downloads) > 0 || b.Origin != "" {
				t.Error("tool can be downloaded")
			}
			continue
		}
		origin := tree(t, up, b.Origin, b.Tree, treehash.Artifact...)
		if origin.Hash(treehash.Full) != server.Hash(treehash.Full) {
			t.Errorf("%s: the origin has another tree than the server", a.Name)
		}
		if origin.PlainNames() {
			t.Errorf("%s: the origin has plain names, as real ones do not", a.Name)
		}
		u, err := url.Parse(a.Downloads[0].URL)
		if err != nil || u.Path != "/"+b.Origin || u.Host != "127.0.0.1:1" {
			t.Errorf("%s is downloaded at %s: %v", a.Name, a.Downloads[0].URL, err)
		}
		data := body(t, up, b.Origin)
		if sum := sha256Hex(data); sum != a.Downloads[0].SHA256.Hex || b.SHA256 != a.Downloads[0].SHA256.Hex {
			t.Errorf("%s has another sha256", a.Name)
		}
		if a.Name == "data" && (a.Downloads[0].Size != int64(len(data)) || len(a.Downloads) != 2) {
			t.Errorf("%+v", a.Downloads)
		}
	}
	want := []string{
		"data any", "dotgit any", "empty any", "full any",
		"lib x86_64-linux-gnu-libgfortran5-cxx11", "lib x86_64-linux-gnu-cuda+12.1", "lib armv7l-linux-musleabihf",
		"lib x86_64-w64-mingw32", "lib aarch64-apple-darwin20", "tool any",
	}
	if diff := cmp.Diff(want, platforms); diff != "" {
		t.Error(diff)
	}
}

// TestHashesOfTreesThatGitCannotHold is about the rule by which an artifact is named.
func TestHashesOfTreesThatGitCannotHold(t *testing.T) {
	content := juliatest.Tree{Files: map[string]string{"a": "b"}, EmptyDirs: []string{"void"}}
	plain := juliatest.Tree{Files: map[string]string{"a": "b"}}
	if content.Hash(treehash.GitTools) != plain.Hash(treehash.Full) || content.Hash(treehash.Full) == plain.Hash(treehash.Full) {
		t.Error("empty directories count where they should not, or the other way around")
	}
	plain.Files["void/.git"] = ""
	if plain.Hash(treehash.GitTools) == content.Hash(treehash.GitTools) {
		t.Error("a folder with nothing but .git is left out")
	}
}

func TestArtifactsThatAreNotThere(t *testing.T) {
	up := juliatest.New()
	rel := up.Publish("Lost", juliatest.Version{Number: "1.0.0", Artifacts: []juliatest.Artifact{
		{Name: "a", Missing: true}, {Name: "b", Dead: true}, {Name: "c", Wrong: true},
	}})
	a, b, c := rel.Artifacts[0], rel.Artifacts[1], rel.Artifacts[2]
	for path, want := range map[string]int{
		a.Path: http.StatusNotFound, a.Origin: http.StatusOK,
		b.Path: http.StatusOK, b.Origin: http.StatusNotFound,
		c.Path: http.StatusOK, c.Origin: http.StatusOK,
	} {
		if got := get(t, up, path).Code; got != want {
			t.Errorf("%s: %d", path, got)
		}
	}
	if sha256Hex(body(t, up, c.Origin)) == c.SHA256 {
		t.Error("the wrong file is the right one")
	}
}

func TestArtifactsOfPackagesWithOneName(t *testing.T) {
	up := juliatest.New()
	var origins []string
	for i, r := range []*juliatest.Registry{up.Registry, up.AddRegistry("Corp", uuid.UUID{})} {
		rel := r.Publish("Twin", juliatest.Version{Number: "1.0.0", Artifacts: []juliatest.Artifact{
			{Name: "a", Content: juliatest.Tree{Files: map[string]string{"a": strings.Repeat("x", i)}}},
		}})
		b := rel.Artifacts[0]
		if sha256Hex(body(t, up, b.Origin)) != b.SHA256 {
			t.Errorf("%s has another sha256", b.Origin)
		}
		origins = append(origins, b.Origin)
	}
	if origins[0] == origins[1] {
		t.Error(origins)
	}
}

func TestJLL(t *testing.T) {
	up := juliatest.New()
	rel := up.PublishJLL("Zlib", "1.3.1+2", "x86_64-linux-gnu", "aarch64-apple-darwin", "x86_64-w64-mingw32")
	if rel.Name != "Zlib_jll" || rel.UUID.String() != "83775a58-1f1d-513f-b197-d71354ab007a" {
		t.Error(rel)
	}
	f := toml(t, up, rel, "Artifacts.toml")
	host, err := artifacts.ParsePlatform("x86_64-linux-gnu-libgfortran5-cxx11-julia_version+1.10.4")
	if err != nil {
		t.Fatal(err)
	}
	chosen := artifacts.Choose(f.Artifacts, host)
	if len(chosen) != 1 || chosen[0].Platform.String() != "x86_64-linux-gnu" {
		t.Error(chosen)
	}
	source, _ := tree(t, up, rel.Path, rel.Tree, treehash.Full).File("src/Zlib_jll.jl")
	for _, part := range []string{"module Zlib_jll\n", "import JLLWrappers\n", "import Pkg\n", "v\"1.3.1+2\"", "Pkg.Artifacts.ensure_artifact_installed(name, artifacts_toml)"} {
		if !strings.Contains(source, part) {
			t.Errorf("the source lacks %q:\n%s", part, source)
		}
	}
	up.PublishJLL("Zlib_jll", "1.3.1+3", "x86_64-linux-gnu")
	if len(read(t, up, up.Registry).Named("Zlib_jll")) != 1 || len(up.Releases()) != 3 {
		t.Error(up.Releases())
	}
}

// TestArtifactsTomlLooksReal compares a text with what Pkg writes.
func TestArtifactsTomlLooksReal(t *testing.T) {
	up := juliatest.New(juliatest.WithBaseURL("https://github.com"))
	rel := up.Publish("Zlib_jll", juliatest.Version{Number: "1.3.1+2", Artifacts: []juliatest.Artifact{
		{Name: "Zlib", Platform: "aarch64-apple-darwin"},
		{Name: "Zlib", Platform: "x86_64-linux-gnu", Tags: map[string]string{"sanitize": "memory"}, Lazy: true, Size: true},
		{Name: "data"},
	}})
	a := rel.Artifacts
	want := fmt.Sprintf(`[[Zlib]]
arch = "aarch64"
git-tree-sha1 = "%s"
os = "macos"

    [[Zlib.download]]
    sha256 = "%s"
    url = "https://github.com/origin/Zlib_jll.jl/releases/download/Zlib-v1.3.1+2/Zlib.v1.3.1.aarch64-apple-darwin.tar.gz"
[[Zlib]]
arch = "x86_64"
git-tree-sha1 = "%s"
lazy = true
libc = "glibc"
os = "linux"
sanitize = "memory"

    [[Zlib.download]]
    sha256 = "%s"
    size = %d
    url = "https://github.com/origin/Zlib_jll.jl/releases/download/Zlib-v1.3.1+2/Zlib.v1.3.1.x86_64-linux-gnu-sanitize+memory.tar.gz"

[data]
git-tree-sha1 = "%s"

    [[data.download]]
    sha256 = "%s"
    url = "https://github.com/origin/Zlib_jll.jl/releases/download/Zlib-v1.3.1+2/data.v1.3.1.any.tar.gz"
`, a[0].Tree, a[0].SHA256, a[1].Tree, a[1].SHA256, len(body(t, up, a[1].Origin)), a[2].Tree, a[2].SHA256)
	got, _ := tree(t, up, rel.Path, rel.Tree, treehash.Full).File("Artifacts.toml")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestContentReplacesWhatIsGenerated(t *testing.T) {
	up := juliatest.New()
	rel := up.Publish("Own", juliatest.Version{Number: "1.0.0", Content: juliatest.Tree{
		Files: map[string]string{"src/Own.jl": "module Own end\n", ".gitattributes": "* text=auto eol=crlf\n"},
	}})
	got := tree(t, up, rel.Path, rel.Tree, treehash.Full)
	if text, _ := got.File("src/Own.jl"); text != "module Own end\n" {
		t.Error(text)
	}
	if _, ok := got.File("Project.toml"); !ok {
		t.Error("there is no Project.toml")
	}
	module := up.Publish("Own", juliatest.Version{Number: "1.1.0", Content: juliatest.Tree{Submodules: map[string]string{"deps/x": strings.Repeat("1", 40)}}})
	if code := get(t, up, module.Path).Code; code != http.StatusNotFound {
		t.Errorf("a tarball with a submodule: %d", code)
	}
	later := up.Publish("Own", juliatest.Version{Number: "1.2.0", Missing: true})
	if code := get(t, up, later.Path).Code; code != http.StatusNotFound {
		t.Errorf("a missing package: %d", code)
	}
	if again := juliatest.New().Publish("Own", juliatest.Version{Number: "1.2.0"}); again.Tree != later.Tree {
		t.Error("the same version is another one elsewhere")
	}
	if !bytes.Contains(body(t, up, "registries.eager"), []byte("/registry/23338594-")) {
		t.Error("General is not listed")
	}
}
