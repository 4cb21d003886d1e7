package registry

import (
	"fmt"
	"testing"
)

// BenchmarkVersions reads an index of hex.pm's size.
func BenchmarkVersions(b *testing.B) {
	v := &Versions{Repository: "hexpm"}
	for i := range 21000 {
		p := VersionedPackage{Name: fmt.Sprintf("package_%05d", i)}
		for j := range 8 {
			p.Versions = append(p.Versions, fmt.Sprintf("1.%d.%d", j, i%7))
		}
		v.Packages = append(v.Packages, p)
	}
	file := seal(b, v.Marshal())
	trust := Trust{Key: testKey().Public(), Repository: "hexpm"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := trust.Versions(file); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPackage(b *testing.B) {
	file := seal(b, samplePackage().Marshal())
	trust := Trust{Key: testKey().Public(), Repository: "hexpm"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := trust.Package(file, "plug"); err != nil {
			b.Fatal(err)
		}
	}
}
