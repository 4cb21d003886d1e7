package resolve_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/resolve"
)

// large is a registry of 10,000 packages and 100,000 versions, each of which needs five
// packages.
func large(b *testing.B) *registry.Registry {
	random := rand.New(rand.NewPCG(3, 4))
	var text strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&text, "package P%d\nversions 0.1.0 0.2.0 0.2.1 0.9.0 1.0.0 1.1.0 1.2.0 1.2.1 1.3.0 2.0.0\n", i)
		for _, r := range []string{"0-1.0", "1.1-2"} {
			deps, compat := "", ""
			for range min(i, 5) {
				d := random.IntN(i)
				if name := fmt.Sprintf(" P%d", d); !strings.Contains(deps+" ", name+" ") {
					deps += name
					compat += fmt.Sprintf("%s=0.%d-1", name, random.IntN(10))
				}
			}
			fmt.Fprintf(&text, "deps %s JLLWrappers%s\ncompat %s julia=1.%d-1%s\n", r, deps, r, random.IntN(10), compat)
		}
	}
	// As a tarball: the file system for tests searches long for what is not there.
	var tarball bytes.Buffer
	w := tar.NewWriter(&tarball)
	for name, file := range files("Large", text.String()) {
		if err := w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(file.Data))}); err != nil {
			b.Fatal(err)
		}
		if _, err := w.Write(file.Data); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	r, err := registry.Read(&tarball, registry.Options{})
	if err != nil {
		b.Fatal(err)
	}
	return r
}

func BenchmarkClosure(b *testing.B) {
	r := large(b)
	for _, versions := range []string{"all", "latest:1", "compatible"} {
		for name, s := range map[string]resolve.Selection{
			"everything": {Everything: true},
			"one":        {Roots: roots(b, "P9999"), Julia: julia("1.10", "1.11")},
		} {
			s.Versions = policy(b, versions)
			b.Run(name+"/"+versions, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					result := closure(b, s, r)
					b.ReportMetric(float64(result.Versions()), "versions")
				}
			})
		}
	}
}
