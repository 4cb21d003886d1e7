package registry_test

import (
	"bytes"
	"io"
	"sync"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/registry/registrytest"
)

// large is the tarball of a registry like General.
var large = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	if err := registrytest.General.WriteTarball(&b); err != nil {
		panic(err)
	}
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
			if err != nil {
				b.Fatal(err)
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
