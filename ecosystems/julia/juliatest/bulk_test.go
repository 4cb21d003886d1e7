package juliatest_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// TestBulkIsWhole reads and proves everything of a small one.
func TestBulkIsWhole(t *testing.T) {
	up := juliatest.New(juliatest.WithBaseURL("http://127.0.0.1:1"))
	up.PublishBulk(juliatest.Bulk{Packages: 25, Versions: 103, Artifacts: 150, Bytes: 150_000})
	r := read(t, up, up.Registry)
	versions, binaries, bytes := 0, 0, 0
	for _, p := range r.Packages() {
		list, err := p.Releases()
		if err != nil {
			t.Fatal(err)
		}
		deps, err := p.Dependencies()
		if err != nil {
			t.Fatal(err)
		}
		for _, rel := range list {
			versions++
			published, ok := up.Release(p.Name, rel.Version.String())
			if !ok || published.Tree != rel.Tree {
				t.Fatalf("%s %s: %+v", p.Name, rel.Version, published)
			}
			content := tree(t, up, published.Path, rel.Tree, treehash.Full)
			for _, d := range deps.At(rel.Version) {
				if d.Name == "Pkg" || d.Name == "Libdl" {
					continue
				}
				other, ok := r.Package(d.UUID)
				if !ok || other.Name != d.Name {
					t.Fatalf("%s needs %s", p.Name, d.Name)
				}
				if newest, err := other.Releases(); err != nil || !d.Compat.Contains(newest[len(newest)-1].Version) {
					t.Errorf("%s %s needs %s %s, of which there is none", p.Name, rel.Version, d.Name, d.Compat)
				}
			}
			text, ok := content.File("Artifacts.toml")
			if !ok {
				continue
			}
			f, err := artifacts.Parse("Artifacts.toml", []byte(text))
			if err != nil || len(f.Problems) > 0 {
				t.Fatal(err, f, text)
			}
			seen := map[string]bool{}
			for _, a := range f.Artifacts {
				binaries++
				if seen[a.Platform.String()] {
					t.Errorf("%s %s has two for %s", p.Name, rel.Version, a.Platform)
				}
				seen[a.Platform.String()] = true
				got := tree(t, up, "artifact/"+a.Tree.String(), a.Tree, treehash.GitTools)
				bytes += int(got.Bytes())
				at := a.Downloads[0].URL[len("http://127.0.0.1:1/"):]
				tree(t, up, at, a.Tree, treehash.GitTools)
				if sha256Hex(body(t, up, at)) != a.Downloads[0].SHA256.Hex {
					t.Errorf("%s has another sha256", at)
				}
			}
		}
	}
	if r.Len() != 25 || versions != 100 || binaries != 150 || bytes < 100_000 || bytes > 1_000_000 {
		t.Errorf("%d packages, %d versions, %d artifacts, %d bytes", r.Len(), versions, binaries, bytes)
	}
	for _, path := range []string{"origin/bulk/0-0-99.tar.gz", "origin/bulk/-1-0-0.tar.gz", "origin/bulk/x", "origin/bulk/0-0-0.tar.gz.x", "origin/bulk/00-0-0.tar.gz", "origin/bulk/1-0-0.tar.gz"} {
		if code := get(t, up, path).Code; code != 404 {
			t.Errorf("%s: %d", path, code)
		}
	}
}

func TestBulkGrows(t *testing.T) {
	up := juliatest.New()
	b := juliatest.Bulk{Packages: 12, Versions: 24}
	up.PublishBulk(b)
	before := up.Hash()
	name := b.Name(7)
	up.Warm()
	rel := up.Publish(name, juliatest.Version{Number: "1.99.0"})
	tree(t, up, rel.Path, rel.Tree, treehash.Full)
	list, err := read(t, up, up.Registry).Named(name)[0].Releases()
	if err != nil || len(list) != 3 || list[2].Version != version.MustParse("1.99.0") || up.Hash() == before {
		t.Error(list, err)
	}
	if !panics(func() { up.PublishBulk(b) }) || !panics(func() { juliatest.New().PublishBulk(juliatest.Bulk{Packages: 2, Versions: 1}) }) {
		t.Error("misuse is taken")
	}
	dir := t.TempDir()
	if err := up.WriteGit(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if names, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(names) != 1 {
		t.Errorf("%v %v, want the registry alone", names, err)
	}
	again := juliatest.New()
	again.PublishBulk(b)
	if again.Hash() != before {
		t.Error("the same bulk is another one")
	}
}

// BenchmarkBulk tells how long the registry of the benchmark takes to make, and what it
// then holds.
func BenchmarkBulk(b *testing.B) {
	for b.Loop() {
		up := juliatest.New()
		up.PublishBulk(juliatest.Bulk{Packages: 10_000, Versions: 100_000, Artifacts: 100_000})
		body(b, up, "registries.conservative")
		b.StopTimer()
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MiB-kept")
		registry := body(b, up, "registry/23338594-aafe-5451-b93e-139f81909106/"+up.Hash().String())
		b.ReportMetric(float64(len(registry))/(1<<20), "MiB-registry")
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.Sys)/(1<<20), "MiB-of-the-system")
		b.StartTimer()
	}
}

// BenchmarkNewState tells what a new version costs in a registry of that size.
func BenchmarkNewState(b *testing.B) {
	up := juliatest.New()
	bulk := juliatest.Bulk{Packages: 10_000, Versions: 20_000}
	up.PublishBulk(bulk)
	up.Warm()
	n := 0
	for b.Loop() {
		n++
		up.Publish(bulk.Name(n%bulk.Packages), juliatest.Version{Number: fmt.Sprintf("2.%d.0", n)})
		up.Hash()
	}
}
