package juliaup

import (
	"fmt"

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
