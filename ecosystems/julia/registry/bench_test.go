package registry_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/registry"
)

// Size of the registry that is measured: about that of General.
const (
	benchPackages = 10_000
	benchVersions = 10 // of each package
)

// large is the tarball of a registry with many packages, each of which needs five before
// it.
var large = sync.OnceValue(func() []byte {
	random := rand.New(rand.NewPCG(1, 2))
	id := func(i int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", i) }
	files := map[string]string{}
	var index strings.Builder
	index.WriteString("name = \"Large\"\nuuid = \"22222222-aaaa-4bbb-8ccc-000000000000\"\n\n[packages]\n")
	for i := range benchPackages {
		name := fmt.Sprintf("Package%d", i)
		path := fmt.Sprintf("%c/%s", 'A'+i%26, name)
		fmt.Fprintf(&index, "%s = { name = \"%s\", path = \"%s\" }\n", id(i), name, path)
		files[path+"/Package.toml"] = fmt.Sprintf("name = \"%s\"\nuuid = \"%s\"\nrepo = \"https://git.example/%s.jl.git\"\n", name, id(i), name)
		var versions []string
		for v := range benchVersions {
			versions = append(versions, fmt.Sprintf("%d.%d.0", v/5, v%5))
		}
		files[path+"/Versions.toml"] = versionsTable(versions...)
		deps, compat := "[0]\n", "[0]\njulia = \"1\"\n"
		for range min(i, 5) {
			d := random.IntN(i)
			if line := fmt.Sprintf("Package%d = \"%s\"\n", d, id(d)); !strings.Contains(deps, line) {
				deps += line
				compat += fmt.Sprintf("Package%d = [\"0.2-0\", \"1\"]\n", d)
			}
		}
		files[path+"/Deps.toml"] = deps + strings.Replace(deps, "[0]", "\n[1]", 1)
		files[path+"/Compat.toml"] = compat + strings.Replace(strings.Replace(compat, "[0]", "\n[1]", 1), "\"1\"\n", "\"1.6.0-1\"\n", 1)
	}
	files["Registry.toml"] = index.String()
	var b bytes.Buffer
	b.Write(pack(&testing.B{}, files, ""))
	return b.Bytes()
})

// BenchmarkWhole reads all that a plan may need of a large registry.
func BenchmarkWhole(b *testing.B) {
	tarball := large()
	b.SetBytes(int64(len(tarball)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := registry.Read(bytes.NewReader(tarball), registry.Options{})
		if err != nil {
			b.Fatal(err)
		}
		for _, p := range r.Packages() {
			if _, err := p.Info(); err != nil {
				b.Fatal(err)
			}
			deps, err := p.Dependencies()
			if err != nil {
				b.Fatal(err)
			}
			releases, err := p.Releases()
			if err != nil || len(releases) != benchVersions {
				b.Fatal(err, len(releases))
			}
			for _, release := range releases {
				deps.At(release.Version)
			}
		}
	}
}

func BenchmarkRead(b *testing.B) {
	tarball := large()
	b.SetBytes(int64(len(tarball)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := registry.Read(bytes.NewReader(tarball), registry.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPrune(b *testing.B) {
	r, err := registry.Read(bytes.NewReader(large()), registry.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		changes, err := r.Prune(func(p *registry.Package, release registry.Release) bool {
			return p.UUID[15]%2 == 0 && release.Version.Major > 0
		})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := r.WritePruned(io.Discard, changes); err != nil {
			b.Fatal(err)
		}
	}
}
