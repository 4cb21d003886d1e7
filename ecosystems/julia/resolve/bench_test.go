package resolve_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/registry/registrytest"
	"github.com/offmirror/offmirror/ecosystems/julia/resolve"
)

// large is the tarball of a registry like General.
var large = sync.OnceValues(func() ([]byte, error) {
	var b bytes.Buffer
	err := registrytest.General.WriteTarball(&b)
	return b.Bytes(), err
})

// selections are those that a plan is measured with.
func selections(b *testing.B) map[string]resolve.Selection {
	var some []string
	for i := range 50 {
		some = append(some, registrytest.General.Name(registrytest.General.Packages-1-101*i))
	}
	return map[string]resolve.Selection{
		"everything":          {Everything: true},
		"everything/latest:3": {Everything: true, Versions: policy(b, "latest:3"), Julia: julia("1.10", "1.11")},
		"some":                {Roots: roots(b, some...), Julia: julia("1.10", "1.11")},
		"some/compatible":     {Roots: roots(b, some...), Julia: julia("1.10", "1.11"), Versions: policy(b, "compatible")},
	}
}

// BenchmarkPlan does all that a plan does with a registry of 10,000 packages and 100,000 versions:
// it reads the tarball, works out the closure and what changes in the registry, and its new hash.
// peak-MB is the most memory that the process had from the operating system; the aim for the
// whole plan, in which there are packages and artifacts too, is 300 MB and 10 s.
func BenchmarkPlan(b *testing.B) {
	for name, selection := range selections(b) {
		b.Run(name, func(b *testing.B) {
			spool, err := os.Create(filepath.Join(b.TempDir(), "registry.tar"))
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = spool.Close() }()
			tarball, err := large()
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			stop := watchMemory()
			for b.Loop() {
				if _, err := spool.Seek(0, io.SeekStart); err != nil {
					b.Fatal(err)
				}
				r, err := registry.Read(bytes.NewReader(tarball), registry.Options{Spool: spool})
				if err != nil {
					b.Fatal(err)
				}
				result := closure(b, selection, r)
				changes, err := r.Prune(result.Keep)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := r.PrunedHash(changes); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(result.Versions()), "versions")
			}
			b.ReportMetric(stop(), "peak-MB")
		})
	}
}

// watchMemory begins with as little memory as can be, and returns a function that ends the
// watch and returns the most that there was.
func watchMemory() (stop func() float64) {
	debug.FreeOSMemory()
	ctx, cancel := context.WithCancel(context.Background())
	peak := make(chan float64, 1)
	go func() {
		most := uint64(0)
		samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
		for {
			metrics.Read(samples)
			most = max(most, samples[0].Value.Uint64()-samples[1].Value.Uint64())
			select {
			case <-ctx.Done():
				peak <- float64(most) / 1e6
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	return func() float64 {
		cancel()
		return <-peak
	}
}

// BenchmarkClosure is the closure alone.
func BenchmarkClosure(b *testing.B) {
	tarball, err := large()
	if err != nil {
		b.Fatal(err)
	}
	r, err := registry.Read(bytes.NewReader(tarball), registry.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for name, selection := range selections(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				closure(b, selection, r)
			}
		})
	}
}
