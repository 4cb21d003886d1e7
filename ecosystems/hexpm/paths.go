package hexpm

import "strings"

// The files of a repository, below its prefix in the tree and below its base
// URL upstream alike.
const (
	namesFile     = "names"
	versionsFile  = "versions"
	publicKeyFile = "public_key"
	packagesDir   = "packages/"
	tarballsDir   = "tarballs/"
	docsDir       = "docs/"
	policiesDir   = "policies/"

	tarballSuffix = ".tar"
	docsSuffix    = ".tar.gz"
)

func packageFile(name string) string { return packagesDir + name }

func tarballFile(name, version string) string {
	return tarballsDir + name + "-" + version + tarballSuffix
}

func docsFile(name, version string) string { return docsDir + name + "-" + version + docsSuffix }

// releaseOf takes the base name of a tarball or documentation archive apart. A
// package's name holds no "-", so the first one ends it.
func releaseOf(base, suffix string) (name, version string, ok bool) {
	base, ok = strings.CutSuffix(base, suffix)
	if !ok {
		return "", "", false
	}
	return strings.Cut(base, "-")
}
