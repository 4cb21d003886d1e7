package artifacts_test

import (
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
)

func platform(t testing.TB, s string) artifacts.Platform {
	t.Helper()
	p, err := artifacts.ParsePlatform(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestParsePlatform(t *testing.T) {
	for in, want := range map[string]string{
		"x86_64-linux-gnu":              "x86_64-linux-gnu",
		"X86_64-Linux-GNU":              "x86_64-linux-gnu",
		"x86_64-unknown-linux-gnu":      "x86_64-linux-gnu",
		"amd64-linux-musl":              "x86_64-linux-musl",
		"i586-linux":                    "i686-linux-gnu",
		"armv7l-linux-gnueabihf":        "armv7l-linux-gnueabihf",
		"arm-linux-gnu":                 "armv7l-linux-gnueabihf",
		"armv6l-linux-musleabihf":       "armv6l-linux-musleabihf",
		"ppc64le-linux-gnu":             "powerpc64le-linux-gnu",
		"riscv64-linux-gnu":             "riscv64-linux-gnu",
		"aarch64-apple-darwin":          "aarch64-apple-darwin",
		"arm64-apple-darwin20":          "aarch64-apple-darwin20",
		"x86_64-w64-mingw32":            "x86_64-w64-mingw32",
		"x86_64-unknown-freebsd":        "x86_64-unknown-freebsd",
		"x86_64-unknown-freebsd13.2":    "x86_64-unknown-freebsd13",
		"aarch64-unknown-openbsd":       "aarch64-unknown-openbsd",
		"x86_64-linux-gnu-libgfortran5": "x86_64-linux-gnu-libgfortran5",
		"x86_64-linux-gnu-libgfortran5-cxx11-libstdcxx30-mpi+openmpi-cuda+12.1": "x86_64-linux-gnu-libgfortran5-cxx11-libstdcxx30-cuda+12.1-mpi+openmpi",
		"x86_64-w64-mingw32-julia_version+1.10.0":                               "x86_64-w64-mingw32-julia_version+1.10.0",
	} {
		p, err := artifacts.ParsePlatform(in)
		if err != nil || p.String() != want || p.IsAny() {
			t.Errorf("ParsePlatform(%q) = %v, %v, want %s", in, p, err, want)
			continue
		}
		if again, err := artifacts.ParsePlatform(p.String()); err != nil || again.String() != want {
			t.Errorf("%s became %v, %v", p, again, err)
		}
	}
	if s := (artifacts.Platform{}).String(); s != "any" {
		t.Error(s)
	}
}

func TestParsePlatformRefuses(t *testing.T) {
	for _, in := range []string{
		"", "any", "all", "linux", "x86_64", "x86_64-linux-", "x86_64-linux-uclibc", "sparc-linux-gnu", "x86_64-apple", "x86_64-darwin",
		"x86_64-windows", "x86_64-linux-gnu-", "x86_64-linux-gnu-cuda", "x86_64-linux-gnu-cuda+", "x86_64-linux-gnu\n", "x86_64-linux-gnu-os+windows",
		"x86_64-linux-gnu-julia_version+new", "x86_64-apple-darwin.", "x86_64-linux-gnu-libstdcxx99999999999", strings.Repeat("x", 300),
		"x86_64-linux-gnu-" + strings.Repeat("a", 300) + "+1",
	} {
		if p, err := artifacts.ParsePlatform(in); err == nil {
			t.Errorf("ParsePlatform(%.50q) = %v", in, p)
		} else {
			checkMessage(t, err)
		}
	}
}

func FuzzParsePlatform(f *testing.F) {
	for _, s := range []string{"x86_64-linux-gnu", "aarch64-apple-darwin20", "armv7l-linux-gnueabihf-libgfortran3-cxx03-libstdcxx26-a+b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := artifacts.ParsePlatform(s)
		if err != nil {
			checkMessage(t, err)
			return
		}
		if again, err := artifacts.ParsePlatform(p.String()); err != nil || again.String() != p.String() {
			t.Fatalf("%q became %s, which became %v: %v", s, p, again, err)
		}
	})
}

func TestMachine(t *testing.T) {
	for text, want := range map[string]string{
		"x86_64-linux-gnu-libgfortran5-cxx11-cuda+12.1": "x86_64-linux-gnu",
		"x86_64-linux-musl":                             "x86_64-linux-musl",
		"armv7l-linux-gnueabihf-cxx11":                  "armv7l-linux-gnueabihf",
		"aarch64-apple-darwin20":                        "aarch64-apple-darwin",
		"i686-w64-mingw32-libstdcxx30":                  "i686-w64-mingw32",
		"x86_64-unknown-freebsd13.2":                    "x86_64-unknown-freebsd",
	} {
		p, err := artifacts.ParsePlatform(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Machine().String(); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	if got := (artifacts.Platform{}).Machine(); !got.IsAny() {
		t.Errorf("of any: %s", got)
	}
}
