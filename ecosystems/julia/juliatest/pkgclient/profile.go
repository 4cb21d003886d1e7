package pkgclient

import (
	"fmt"

	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// Profile is how a version of Julia deals with package servers. Make it with [Julia].
type Profile struct {
	Version version.Version

	minor uint32
}

// Julia returns the profile of a version from 1.4 on; versions newer than those that are known,
// of which 1.13 is the last, are treated like it. It panics on anything else: versions are
// written in programs.
func Julia(v string) Profile {
	parsed := version.MustParse(v)
	if parsed.Major != 1 || parsed.Minor < 4 {
		panic(fmt.Sprintf("pkgclient: Julia %s does not know package servers", v))
	}
	return Profile{Version: parsed, minor: parsed.Minor}
}

// String returns the version with the word "Julia" before it.
func (p Profile) String() string { return "Julia " + p.Version.String() }

// The differences, each named after what the versions from then on do. They were read from
// the branches release-1.4 to release-1.13 of Pkg.

// knowsAllRegistries: the server's list adds to the registries that are installed by
// themselves. Without it the list is read once for each registry.
func (p Profile) knowsAllRegistries() bool { return p.minor >= 5 }

// ownDownloader: libcurl within Julia, 7z and Tar.jl, instead of the system's
// curl and tar.
func (p Profile) ownDownloader() bool { return p.minor >= 6 }

// keepsPacked: registries stay tarballs and are read in memory.
func (p Profile) keepsPacked() bool { return p.minor >= 7 }

// refusesOverlap: two tables of Deps.toml or Compat.toml that speak of the same dependency of the
// same version make the registry useless. 1.13 finds the first only.
func (p Profile) refusesOverlap() bool { return p.minor >= 7 && p.minor <= 12 }

// asksListed: packages come from the server only if it lists a registry that has them.
func (p Profile) asksListed() bool { return p.minor >= 8 }

// readsListAlways: the list is read at the beginning of an update, not when the first registry
// needs it.
func (p Profile) readsListAlways() bool { return p.minor >= 8 }

// provesRegistry: the tree hash of a packed registry is checked.
func (p Profile) provesRegistry() bool { return p.minor >= 9 }

// retriesList: three more attempts to read the list.
func (p Profile) retriesList() bool { return p.minor >= 9 }

// knowsWeak: WeakDeps.toml and WeakCompat.toml are read.
func (p Profile) knowsWeak() bool { return p.minor >= 9 }

// coolsDown: a registry that was updated lately is left alone.
func (p Profile) coolsDown() bool { return p.minor >= 9 }

// parallelArtifacts: artifacts are downloaded several at once.
func (p Profile) parallelArtifacts() bool { return p.minor >= 12 }

// asksZstd: Accept-Encoding is sent for the three classes of objects, and formats are
// told apart by their first bytes.
func (p Profile) asksZstd() bool { return p.minor >= 13 }

// asksListedArtifacts: the rule of asksListed for artifacts.
func (p Profile) asksListedArtifacts() bool { return p.minor >= 13 }

// logsInstall: the installation of a registry counts as an update of it.
func (p Profile) logsInstall() bool { return p.minor >= 13 }

// knowsManifestRegistries: manifests say which registries their packages are from.
func (p Profile) knowsManifestRegistries() bool { return p.minor >= 13 }

// looksAtAllRanges: names of dependencies must be known even if no version that is left
// has them. In between only versions count that are listed and not yanked.
func (p Profile) looksAtAllRanges() bool { return p.minor == 4 || p.minor >= 13 }
