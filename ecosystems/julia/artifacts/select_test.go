package artifacts_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
)

// entry writes an entry of a list: "Name hash key=value …".
func entry(text string) string {
	words := strings.Fields(text)
	s := fmt.Sprintf("[[%s]]\ngit-tree-sha1 = %q\n", words[0], hash(words[1]))
	for _, tag := range words[2:] {
		key, value, _ := strings.Cut(tag, "=")
		if key == "lazy" {
			s += tag + "\n"
			continue
		}
		s += fmt.Sprintf("%s = %q\n", key, value)
	}
	return s + fmt.Sprintf("[[%s.download]]\nurl = \"https://files.example/%s\"\nsha256 = %q\n", words[0], words[1], sum)
}

// zlib has the platforms of a real package of binaries, and the trap that one of its
// entries differs from the right one only in a further tag.
var zlib = entry("Zlib ffe8 arch=aarch64 os=macos") +
	entry("Zlib 5aaa arch=aarch64 os=linux libc=glibc") +
	entry("Zlib b5bc arch=aarch64 os=linux libc=musl") +
	entry("Zlib c506 arch=aarch64 os=freebsd") +
	entry("Zlib 6f57 arch=armv6l os=linux libc=glibc call_abi=eabihf") +
	entry("Zlib e752 arch=armv7l os=linux libc=glibc call_abi=eabihf") +
	entry("Zlib 5d81 arch=armv7l os=linux libc=musl call_abi=eabihf") +
	entry("Zlib aaa3 arch=i686 os=linux libc=glibc") +
	entry("Zlib 92f5 arch=i686 os=windows") +
	entry("Zlib 1d21 arch=riscv64 os=linux libc=glibc") +
	entry("Zlib b963 arch=x86_64 os=macos") +
	entry("Zlib 1b1d arch=x86_64 os=linux libc=glibc sanitize=memory") +
	entry("Zlib efb2 arch=x86_64 os=linux libc=glibc") +
	entry("Zlib 5b67 arch=x86_64 os=linux libc=musl") +
	entry("Zlib 588b arch=x86_64 os=windows")

func trees(list []artifacts.Artifact) string {
	var b strings.Builder
	for _, a := range list {
		b.WriteString(" " + a.Tree.String()[:4])
	}
	return strings.TrimPrefix(b.String(), " ")
}

// TestRealPlatforms holds what clients take, and how many entries a mirror for
// them has.
func TestRealPlatforms(t *testing.T) {
	list := parse(t, zlib).Artifacts
	for host, want := range map[string]struct{ choice, superset string }{
		"x86_64-linux-gnu":                                     {"efb2", "1b1d efb2"},
		"aarch64-linux-gnu":                                    {"5aaa", "5aaa"},
		"x86_64-linux-musl":                                    {"5b67", "5b67"},
		"x86_64-w64-mingw32":                                   {"588b", "588b"},
		"aarch64-apple-darwin":                                 {"ffe8", "ffe8"},
		"armv7l-linux-gnueabihf":                               {"e752", "e752"},
		"aarch64-unknown-freebsd":                              {"c506", "c506"},
		"powerpc64le-linux-gnu":                                {"", ""},
		"x86_64-linux-gnu-libgfortran5-cxx11-libstdcxx30":      {"efb2", "1b1d efb2"},
		"x86_64-linux-gnu-libgfortran5-cxx11-sanitize+memory":  {"1b1d", "1b1d efb2"},
		"x86_64-linux-gnu-libgfortran5-cxx11-sanitize+address": {"efb2", "efb2"},
	} {
		p := platform(t, host)
		if got := trees(artifacts.Choose(list, p)); got != want.choice {
			t.Errorf("%s takes %q, want %q", host, got, want.choice)
		}
		if got := trees(artifacts.Superset(list, []artifacts.Platform{p}, true)); got != want.superset {
			t.Errorf("a mirror for %s has %q, want %q", host, got, want.superset)
		}
	}
	if all := artifacts.Superset(list, nil, true); len(all) != len(list) || len(list) != 15 {
		t.Errorf("all platforms: %d of %d", len(all), len(list))
	}
	two := []artifacts.Platform{platform(t, "x86_64-w64-mingw32"), platform(t, "i686-w64-mingw32")}
	if got := trees(artifacts.Superset(list, two, true)); got != "92f5 588b" {
		t.Errorf("two platforms: %q", got)
	}
}

// TestChoice holds the rules by which one of several is taken.
func TestChoice(t *testing.T) {
	for _, c := range []struct {
		name, host, want string
		entries          []string
	}{
		{"the greater triplet", "x86_64-linux-gnu", "0005", []string{"A 0004 os=linux arch=x86_64 libgfortran_version=4", "A 0005 os=linux arch=x86_64 libgfortran_version=5", "A 0003 os=linux arch=x86_64 libgfortran_version=3"}},
		{"the host's own", "x86_64-linux-gnu-libgfortran4", "0004", []string{"A 0004 os=linux arch=x86_64 libgfortran_version=4.0.0", "A 0005 os=linux arch=x86_64 libgfortran_version=5"}},
		{"the least difference", "x86_64-linux-gnu-libgfortran5-cxx11", "0002", []string{"A 0001 os=linux arch=x86_64", "A 0002 os=linux arch=x86_64 cxxstring_abi=cxx11", "A 0003 os=linux arch=x86_64 cxxstring_abi=cxx03"}},
		{"newer systems than it was made for", "aarch64-apple-darwin22", "0020", []string{"A 0020 os=macos arch=aarch64 os_version=20", "A 0023 os=macos arch=aarch64 os_version=23"}},
		{"newer libstdc++ too", "x86_64-linux-gnu-libstdcxx29", "0029", []string{"A 0029 os=linux arch=x86_64 libstdcxx_version=3.4.29", "A 0030 os=linux arch=x86_64 libstdcxx_version=3.4.30"}},
		{"any patch of Julia", "x86_64-w64-mingw32-julia_version+1.10.4", "0110", []string{"A 0109 os=windows arch=x86_64 julia_version=1.9.0", "A 0110 os=windows arch=x86_64 julia_version=1.10.0"}},
		{"libc goes without saying", "x86_64-linux-gnu", "0001", []string{"A 0001 os=linux arch=x86_64", "A 0002 os=linux arch=x86_64 libc=musl"}},
		{"case does not matter", "x86_64-linux-gnu", "0001", []string{"A 0001 os=Linux arch=X86_64 libc=GLIBC"}},
		{"free tags are not settled", "x86_64-linux-gnu", "0001 0002", []string{"A 0001 os=linux arch=x86_64 mpi=openmpi", "A 0002 os=linux arch=x86_64 mpi=mpich", "A 0003 os=linux arch=x86_64 mpi=mpich cuda=12.1"}},
		{"one of each name", "x86_64-linux-gnu", "0001 0003", []string{"A 0001 os=linux arch=x86_64", "A 0002 os=windows arch=x86_64", "B 0003 os=linux arch=x86_64", "C 0004 os=macos arch=x86_64"}},
	} {
		content := ""
		for _, e := range c.entries {
			content += entry(e)
		}
		if got := trees(artifacts.Choose(parse(t, content).Artifacts, platform(t, c.host))); got != c.want {
			t.Errorf("%s: %s takes %q, want %q", c.name, c.host, got, c.want)
		}
	}
}

func TestSuperset(t *testing.T) {
	list := parse(t, entry("A 0001 os=linux arch=x86_64 cuda=12.1 lazy=true")+entry("A 0002 os=linux arch=x86_64 cuda=none")+entry("A 0003 os=windows arch=x86_64")+
		"[data]\ngit-tree-sha1 = \""+hash("da7a")+"\"\ndownload = [{url = \"https://x/y\", sha256 = \""+sum+"\"}]\n"+
		"[local]\ngit-tree-sha1 = \""+hash("10ca")+"\"\n").Artifacts
	for _, c := range []struct {
		platform string
		lazy     bool
		want     string
	}{
		{"x86_64-linux-gnu", true, "0001 0002 da7a"},
		{"x86_64-linux-gnu", false, "0002 da7a"},
		{"x86_64-linux-gnu-cuda+12.1", true, "0001 da7a"},
		{"x86_64-w64-mingw32", true, "0003 da7a"},
		{"aarch64-linux-gnu", true, "da7a"},
		{"", false, "0002 0003 da7a"},
	} {
		var platforms []artifacts.Platform
		if c.platform != "" {
			platforms = append(platforms, platform(t, c.platform))
		}
		if got := trees(artifacts.Superset(list, platforms, c.lazy)); got != c.want {
			t.Errorf("%q, lazy %v: %q, want %q", c.platform, c.lazy, got, c.want)
		}
	}
	if diff := cmp.Diff([]string{"JuliaArtifacts.toml", "Artifacts.toml"}, artifacts.Names); diff != "" || artifacts.Hook != ".pkg/select_artifacts.jl" {
		t.Error(diff, artifacts.Hook)
	}
}

// TestSupersetHoldsEveryChoice holds that, whatever tags a script adds to the platform of
// a client, the client's choice is in the mirror.
func TestSupersetHoldsEveryChoice(t *testing.T) {
	values := map[string][]string{
		"os": {"linux", "windows", "macos"}, "arch": {"x86_64", "aarch64"}, "libc": {"glibc", "musl"}, "libgfortran_version": {"4", "5"},
		"cuda": {"none", "11.8", "12.1"}, "mpi": {"mpich", "openmpi"}, "julia_version": {"1.9.0", "1.10.0"},
	}
	rapid.Check(t, func(rt *rapid.T) {
		content := ""
		for i := range rapid.IntRange(1, 8).Draw(rt, "entries") {
			text := fmt.Sprintf("A %04d", i)
			for _, key := range slices.Sorted(maps.Keys(values)) {
				if v := rapid.SampledFrom(values[key]).Draw(rt, key); key == "os" || key == "arch" || rapid.Bool().Draw(rt, "has "+key) {
					text += " " + key + "=" + v
				}
			}
			content += entry(text)
		}
		list := parse(t, content).Artifacts
		bare := rapid.SampledFrom([]string{"x86_64-linux-gnu", "x86_64-linux-musl", "aarch64-apple-darwin", "x86_64-w64-mingw32"}).Draw(rt, "host")
		augmented := bare
		for _, key := range []string{"cuda", "mpi", "julia_version"} {
			if rapid.Bool().Draw(rt, "adds "+key) {
				augmented += "-" + key + "+" + rapid.SampledFrom(values[key]).Draw(rt, "value")
			}
		}
		mirror := " " + trees(artifacts.Superset(list, []artifacts.Platform{platform(t, bare)}, true)) + " "
		for _, a := range artifacts.Choose(list, platform(t, augmented)) {
			if !strings.Contains(mirror, " "+a.Tree.String()[:4]+" ") {
				rt.Fatalf("%s takes %v, which is not in %s", augmented, a, mirror)
			}
		}
	})
}
