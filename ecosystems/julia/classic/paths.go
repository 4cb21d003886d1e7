package classic

import (
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// Places, below the root of the layout.
const (
	StatusPath      = "status.json"
	ReleaseInfoPath = "releases/releaseinfo.json"
	ListPath        = "registries/list.txt"
	ClientPath      = "PkgMirrors.jl.git"
	MetadataPath    = "metadata/METADATA.jl"
)

// SumSuffix is added to the name of a file whose SHA-256 it holds.
const SumSuffix = ".sha256"

const tarSuffix = ".tar.gz"

// RegistryPath returns the folder of a registry's files. The folder of its repository
// has ".git" behind it.
func RegistryPath(name string) string { return "registries/" + name }

// ReleasesPath returns the folder of a series such as "v1.10", or of "latest".
func ReleasesPath(series string) string { return "releases/" + series }

// PackagePath returns the folder of a package in a registry.
func PackagePath(pkg, registry string) string { return "packages/" + pkg + "/" + registry }

// TarballPath returns where the tarball of a tree is.
func TarballPath(pkg, registry string, tree treehash.Hash) string {
	return PackagePath(pkg, registry) + "/" + pkg + "-" + tree.String() + tarSuffix
}

// VersionPath returns where the link of a version is, or with the version "latest" the
// tarball of the newest commit.
func VersionPath(pkg, registry, version string) string {
	return PackagePath(pkg, registry) + "/" + pkg + "-" + version + tarSuffix
}

// Latest stands where a version would.
const Latest = "latest"

// PackageFile is what the path of a package's tarball says.
type PackageFile struct {
	Package, Registry string
	Tree              treehash.Hash // zero for the newest commit
}

// ParsePackageFile reads a path that [TarballPath] makes, or [VersionPath] for [Latest].
// Links with versions are not meant.
func ParsePackageFile(path string) (f PackageFile, ok bool) {
	parts := strings.Split(path, "/")
	if len(parts) != 4 || parts[0] != "packages" {
		return f, false
	}
	f.Package, f.Registry = parts[1], parts[2]
	rest, isOf := strings.CutPrefix(parts[3], f.Package+"-")
	word, isTar := strings.CutSuffix(rest, tarSuffix)
	if !isOf || !isTar || f.Package == "" || f.Registry == "" {
		return PackageFile{}, false
	}
	if word == Latest {
		return f, true
	}
	tree, err := treehash.ParseHash(word)
	if err != nil {
		return PackageFile{}, false
	}
	f.Tree = tree
	return f, true
}

// Relative returns the target of a symbolic link at a path to another path of the same tree, in
// its shortest form.
func Relative(from, to string) string {
	a, b := strings.Split(from, "/"), strings.Split(to, "/")
	a = a[:len(a)-1] // links are seen from their folder
	for len(a) > 0 && len(b) > 1 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	return strings.Repeat("../", len(a)) + strings.Join(b, "/")
}
