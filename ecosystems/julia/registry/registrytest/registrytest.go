// Package registrytest makes registries for measurements: as large as wanted, always the same, and
// in their proportions like General.
//
// That is: a seventh are JLL packages with build numbers in a folder of their own; few
// packages have most of the versions; a few old packages are needed by most others, some of the
// standard library by almost all; what a package needs changes a few times in its life; some
// have weak dependencies; one version in a hundred is yanked.
package registrytest

import (
	"crypto/sha1" //nolint:gosec // for numbers that look like git's
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/treetar"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

// Shape is how large a registry is.
type Shape struct {
	Packages int
	Versions int // of all packages; at least one each
	Seed     uint64
}

// General is about as large as General.
var General = Shape{Packages: 10_000, Versions: 100_000}

// UUID is that of all registries of this package.
var UUID = uuid.MustParse("22222222-aaaa-4bbb-8ccc-00000000000f")

// Name returns the name of a package, counted from 0.
func (s Shape) Name(i int) string {
	if isJLL(i) {
		return fmt.Sprintf("Library%d_jll", i)
	}
	return fmt.Sprintf("Package%d", i)
}

// ID returns the UUID of a package.
func ID(name string) uuid.UUID {
	sum := sha1.Sum([]byte(name)) //nolint:gosec // as above
	return uuid.UUID(sum[:16])
}

// Tree returns the tree hash that the registry names for a version.
func Tree(name, version string) string {
	sum := sha1.Sum([]byte(name + "@" + version)) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}

func isJLL(i int) bool { return i%7 == 3 }

// WriteTarball writes the registry as a package server has it.
func (s Shape) WriteTarball(w io.Writer) error {
	z := treetar.Gzip(w)
	tar := treetar.NewWriter(z)
	files := s.Files()
	last := ""
	// A slash comes before all else in the order of tarballs.
	order := slices.SortedFunc(maps.Keys(files), func(a, b string) int {
		return strings.Compare(strings.ReplaceAll(a, "/", "\x00"), strings.ReplaceAll(b, "/", "\x00"))
	})
	for _, name := range order {
		dir := path.Dir(name)
		for i, c := range dir + "/" {
			if c == '/' && dir != "." && !strings.HasPrefix(last+"/", dir[:i]+"/") {
				if err := tar.Directory(dir[:i]); err != nil {
					return err
				}
			}
		}
		last = dir
		if err := tar.File(name, int64(len(files[name])), false, strings.NewReader(files[name])); err != nil {
			return err
		}
	}
	if err := tar.Close(); err != nil {
		return err
	}
	return z.Close()
}

// Files returns the registry's files by their path.
func (s Shape) Files() map[string]string {
	g := generator{Shape: s, random: rand.New(rand.NewPCG(s.Seed, 7)), files: map[string]string{}}
	var index strings.Builder
	fmt.Fprintf(&index, "name = \"Large\"\nuuid = \"%s\"\nrepo = \"https://git.example/Large.git\"\n\ndescription = \"\"\"\nMany packages.\n\"\"\"\n\n[packages]\n", UUID)
	counts := s.counts()
	for i := range s.Packages {
		name := s.Name(i)
		folder := name[:1] + "/" + name
		if isJLL(i) {
			folder = "jll/" + folder
		}
		fmt.Fprintf(&index, "%s = { name = %q, path = %q }\n", ID(name), name, folder)
		g.files[folder+"/Package.toml"] = fmt.Sprintf("name = %q\nuuid = \"%s\"\nrepo = \"https://git.example/organization/%s.jl.git\"\n", name, ID(name), name)
		g.versions(i, folder, counts[i])
	}
	g.files["Registry.toml"] = index.String()
	return g.files
}

// counts says how many versions each package has: most have few.
func (s Shape) counts() []int {
	weights := []int{1, 2, 3, 4, 5, 7, 9, 12, 20, 37}
	counts := make([]int, s.Packages)
	left := s.Versions
	for i := range counts {
		counts[i] = max(1, weights[i%len(weights)]*s.Versions/(10*max(s.Packages, 1)))
		left -= counts[i]
	}
	for i := 0; left > 0 && i < s.Packages; i++ { // what rounding has lost
		counts[i] += (left + s.Packages - 1) / s.Packages
		left -= (left + s.Packages - 1) / s.Packages
	}
	return counts
}
