package juliaup

import (
	"fmt"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// VersionPath is where the version of the current database is, a line of text. Preview
// channels of juliaup itself ask for [PreviewVersionPaths].
const VersionPath = "juliaup/RELEASECHANNELDBVERSION"

// PreviewVersionPaths are other places of the same text.
var PreviewVersionPaths = []string{
	"juliaup/RELEASEPREVIEWCHANNELDBVERSION",
	"juliaup/DEVCHANNELDBVERSION",
	"juliaup/DBVERSION",
}

// ProgramVersionPath is where the version of the newest juliaup is, a line of text.
const ProgramVersionPath = "juliaup/RELEASECHANNELVERSION"

// ProgramPaths returns where a version of juliaup is for a target: the archive that juliaup itself fetches
// to become newer, and the program with which it is installed first.
func ProgramPaths(v version.Version, target string) (archive, installer string) {
	archive = fmt.Sprintf("juliaup/bin/juliaup-%s-%s.tar.gz", v, target)
	installer = fmt.Sprintf("juliaup/bin/juliainstaller-%s-%s", v, target)
	if strings.Contains(target, "-windows-") {
		installer += ".exe"
	}
	return archive, installer
}

// TargetsFor returns the targets of the juliaup that runs on some platforms, of which none stand for
// all. The same system may be served by several, such as those for glibc and for musl.
func TargetsFor(platforms []artifacts.Platform) []string {
	if len(platforms) == 0 {
		return slices.Clone(Targets)
	}
	var list []string
	for _, target := range Targets {
		if slices.ContainsFunc(platforms, func(p artifacts.Platform) bool { return runsOn(target, p) }) {
			list = append(list, target)
		}
	}
	return list
}

func runsOn(target string, p artifacts.Platform) bool {
	system := p.Tag("os")
	if system == "macos" {
		system = "darwin"
	}
	return strings.HasPrefix(target, p.Tag("arch")+"-") && strings.Contains(target, "-"+system)
}

// Targets are what juliaup is built for, as Rust names them. The database of a target is
// about the Julias that it can run.
var Targets = []string{
	"aarch64-apple-darwin", "aarch64-unknown-linux-gnu", "aarch64-unknown-linux-musl",
	"i686-pc-windows-gnu", "i686-pc-windows-msvc", "i686-unknown-linux-gnu", "i686-unknown-linux-musl",
	"x86_64-apple-darwin", "x86_64-pc-windows-gnu", "x86_64-pc-windows-msvc",
	"x86_64-unknown-freebsd", "x86_64-unknown-linux-gnu", "x86_64-unknown-linux-musl",
}

// DatabasePath returns where the database of a version is for a target.
func DatabasePath(v version.Version, target string) string {
	return fmt.Sprintf("juliaup/versiondb/versiondb-%s-%s.json", v, target)
}

// serials is how many databases a mirror may publish for one of upstream.
const serials = 1000

// Raise returns the version for a changed database: higher than upstream's of any near time,
// and growing with upstream's version and with serial, which counts from 0 to 999 what the mirror has
// published for the same upstream version.
func Raise(upstream version.Version, serial int) (version.Version, error) {
	raised := upstream.Release()
	if serial < 0 || serial >= serials {
		return version.Version{}, fmt.Errorf("number %d of a juliaup database is not from 0 to %d", serial, serials-1)
	}
	if upstream.Patch > (1<<31)/serials {
		return version.Version{}, fmt.Errorf("version %s of the juliaup database is too high to be raised", upstream)
	}
	// No release of juliaup can come with this many databases more.
	raised.Patch = (upstream.Patch+1)*serials + uint32(serial)
	return raised, nil
}
