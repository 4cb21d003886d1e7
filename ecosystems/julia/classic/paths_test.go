package classic_test

import (
	"path"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/julia/classic"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/layout"
)

var example = must("46e44e869b4d90b96bd8ed1fdcf32244fddfb6cc")

func must(hash string) treehash.Hash {
	h, err := treehash.ParseHash(hash)
	if err != nil {
		panic(err)
	}
	return h
}

func TestPaths(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		classic.TarballPath("Example", "General", example):        "packages/Example/General/Example-46e44e869b4d90b96bd8ed1fdcf32244fddfb6cc.tar.gz",
		classic.VersionPath("Example", "General", "0.5.3"):        "packages/Example/General/Example-0.5.3.tar.gz",
		classic.VersionPath("Example", "General", classic.Latest): "packages/Example/General/Example-latest.tar.gz",
		classic.PackagePath("Example", "Corp"):                    "packages/Example/Corp",
		classic.RegistryPath("General"):                           "registries/General",
		classic.ReleasesPath("v1.10"):                             "releases/v1.10",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestParsePackageFile(t *testing.T) {
	t.Parallel()
	got, ok := classic.ParsePackageFile(classic.TarballPath("A-B", "General", example))
	if want := (classic.PackageFile{Package: "A-B", Registry: "General", Tree: example}); !ok || got != want {
		t.Errorf("got %+v, %v", got, ok)
	}
	got, ok = classic.ParsePackageFile(classic.VersionPath("Example", "General", classic.Latest))
	if want := (classic.PackageFile{Package: "Example", Registry: "General"}); !ok || got != want {
		t.Errorf("got %+v, %v", got, ok)
	}
	tarball := classic.TarballPath("Example", "General", example)
	for _, p := range []string{
		"", "packages", tarball + ".sha256", classic.VersionPath("Example", "General", "0.5.3"), "x/" + tarball,
		strings.ToUpper(tarball), strings.Replace(tarball, "/Example-", "/Other-", 1), strings.Replace(tarball, "packages", "package", 1),
		"packages//General/-46e44e869b4d90b96bd8ed1fdcf32244fddfb6cc.tar.gz", "packages/Example//Example-latest.tar.gz",
	} {
		if got, ok := classic.ParsePackageFile(p); ok {
			t.Errorf("%q is taken for %+v", p, got)
		}
	}
}

func TestRelativeLinksLeadWhereTheyShould(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"registries/General/E/Example/releases", "packages/Example/General", "../../../../packages/Example/General"},
		{"packages/Example/General/Example", "registries/General/E/Example", "../../../registries/General/E/Example"},
		{"a/b/link", "a/b/file", "file"},
		{"link", "a/b", "a/b"},
		{"a/b/link", "a", "../../a"},
	} {
		if got := classic.Relative(c[0], c[1]); got != c[2] {
			t.Errorf("from %s to %s: %s, want %s", c[0], c[1], got, c[2])
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SampledFrom([]string{"a", "b", "c", "dd"})
		paths := rapid.SliceOfN(part, 1, 5)
		from, to := path.Join(paths.Draw(t, "from")...), path.Join(paths.Draw(t, "to")...)
		got := classic.Relative(from, to)
		if path.Join(path.Dir(from), got) != to {
			t.Fatalf("from %s, %s does not lead to %s", from, got, to)
		}
		if path.Clean(got) != got {
			t.Fatalf("%s is not in its shortest form", got)
		}
		if err := layout.CheckLink(from, got); err != nil && !strings.HasPrefix(from, to) {
			t.Fatal(err)
		}
	})
}
