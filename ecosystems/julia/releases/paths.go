package releases

import (
	"fmt"

	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// place is where the files of a platform lie, on the server for releases and on that for
// nightlies.
type place struct {
	dir, tag               string
	nightlyDir, nightlyTag string
}

// places by system, or libc where it is not glibc, and architecture.
var places = map[string]place{
	"linux x86_64":      {"linux/x64", "linux-x86_64", "linux/x86_64", "linux-x86_64"},
	"linux i686":        {"linux/x86", "linux-i686", "linux/i686", "linux-i686"},
	"linux aarch64":     {"linux/aarch64", "linux-aarch64", "linux/aarch64", "linux-aarch64"},
	"linux armv7l":      {"linux/armv7l", "linux-armv7l", "linux/armv7l", "linux-armv7l"},
	"linux powerpc64le": {"linux/ppc64le", "linux-ppc64le", "linux/ppc64le", "linux-ppc64le"},
	"musl x86_64":       {"musl/x64", "musl-x86_64", "musl/x86_64", "musl-x86_64"},
	"macos x86_64":      {"mac/x64", "mac64", "macos/x86_64", "macos-x86_64"},
	"macos aarch64":     {"mac/aarch64", "macaarch64", "macos/aarch64", "macos-aarch64"},
	"windows x86_64":    {"winnt/x64", "win64", "winnt/x64", "win64"},
	"windows i686":      {"winnt/x86", "win32", "winnt/x86", "win32"},
	"freebsd x86_64":    {"freebsd/x64", "freebsd-x86_64", "freebsd/x86_64", "freebsd-x86_64"},
}

func placeOf(p artifacts.Platform) (place, error) {
	system := p.Tag("os")
	if libc := p.Tag("libc"); libc != "" && libc != "glibc" {
		system = libc
	}
	at, ok := places[system+" "+p.Tag("arch")]
	if !ok {
		return place{}, fmt.Errorf("there are no builds of Julia for %s", p)
	}
	return at, nil
}

// Path returns where the file of a release lies below the server. The extension is
// "tar.gz" everywhere, also "dmg" for macOS, "exe" and "zip" for Windows. The error says that
// there is no Julia for the platform.
func Path(v version.Version, p artifacts.Platform, extension string) (string, error) {
	at, err := placeOf(p)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("bin/%s/%d.%d/julia-%s-%s.%s", at.dir, v.Major, v.Minor, v, at.tag, extension), nil
}

// NightlyPath returns where a nightly build lies below its server: of the main branch, or of
// a release branch such as "1.13".
func NightlyPath(branch string, p artifacts.Platform, extension string) (string, error) {
	at, err := placeOf(p)
	if err != nil {
		return "", err
	}
	if branch != "" {
		branch += "/"
	}
	return fmt.Sprintf("bin/%s/%sjulia-latest-%s.%s", at.nightlyDir, branch, at.nightlyTag, extension), nil
}
