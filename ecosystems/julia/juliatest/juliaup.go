package juliatest

import (
	"fmt"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/juliaup"
	"github.com/offmirror/offmirror/ecosystems/julia/releases"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// selfPaths are where the version of juliaup itself is, for each of its channels.
var selfPaths = []string{
	"juliaup/RELEASECHANNELVERSION", "juliaup/RELEASEPREVIEWCHANNELVERSION", "juliaup/DEVCHANNELVERSION",
}

// PublishJuliaup publishes what juliaup asks for: a database of a version ("1.0.91"), which lists
// the Julias that are published by now, for each of its targets; juliaup itself and its installer, in a version ("1.18.9")
// of their own, as scripts that tell it; and the install script. What was published before remains.
func (u *Upstream) PublishJuliaup(database, self string) {
	v := version.MustParse(database)
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, path := range append([]string{juliaup.VersionPath}, juliaup.PreviewVersionPaths...) {
		u.put(path, []byte(v.String()+"\n"))
	}
	for _, path := range selfPaths {
		u.put(path, []byte(self+"\n"))
	}
	for _, target := range juliaup.Targets {
		u.put(juliaup.DatabasePath(v, target), u.database(v, target))
		program := func(name string) string { return fmt.Sprintf("#!/bin/sh\necho %s %s for %s\n", name, self, target) }
		exe := ""
		if strings.Contains(target, "-windows-") {
			exe = ".exe"
		}
		tarball := Tree{Executables: map[string]string{"juliaup" + exe: program("juliaup"), "julialauncher" + exe: program("julialauncher")}}
		u.put("juliaup/bin/juliaup-"+self+"-"+target+".tar.gz", tarball.Tarball())
		u.put("juliaup/bin/juliainstaller-"+self+"-"+target+exe, []byte(program("juliainstaller")))
	}
	u.put("install.sh", fmt.Appendf(nil, "#!/bin/sh\nJULIAUP_SERVER=${JULIAUP_SERVER:-%s}\necho installs juliaup %s from $JULIAUP_SERVER/juliaup/bin\n", u.releasesURL, self))
}

// runs tells which platforms of Julia a target of juliaup can run, its own first.
func runs(target string) []string {
	switch arch, system, _ := strings.Cut(target, "-"); {
	case strings.HasPrefix(system, "unknown-linux-") && arch == "x86_64": // musl gets glibc's Julia too
		return []string{"x86_64-linux-gnu", "i686-linux-gnu"}
	case strings.HasPrefix(system, "unknown-linux-"):
		return []string{arch + "-linux-gnu"}
	case system == "apple-darwin" && arch == "aarch64":
		return []string{"aarch64-apple-darwin14", "x86_64-apple-darwin14"}
	case system == "apple-darwin":
		return []string{"x86_64-apple-darwin14"}
	case strings.HasPrefix(system, "pc-windows-") && arch == "x86_64":
		return []string{"x86_64-w64-mingw32", "i686-w64-mingw32"}
	case strings.HasPrefix(system, "pc-windows-"):
		return []string{"i686-w64-mingw32"}
	}
	return []string{"x86_64-unknown-freebsd11.1"}
}

// shortPlatform is how juliaup writes a triplet: "x64.linux.gnu".
func shortPlatform(triplet string) string {
	return strings.NewReplacer("x86_64", "x64", "i686", "x86", "-", ".").Replace(triplet)
}

// database returns the database of a target.
func (u *Upstream) database(v version.Version, target string) []byte {
	type build struct{ UrlPath string }
	type channel struct{ Version string }
	db := struct {
		AvailableVersions map[string]build
		AvailableChannels map[string]channel
		Version           string
	}{map[string]build{}, map[string]channel{}, v.String()}
	for i, triplet := range runs(target) {
		short := shortPlatform(triplet)
		arch, _, _ := strings.Cut(short, ".")
		lead := func(name string, to version.Version) {
			c := channel{to.String() + "+0." + short}
			db.AvailableChannels[name+"~"+arch] = c
			if i == 0 {
				db.AvailableChannels[name] = c
			}
		}
		has := func(v version.Version) bool {
			for _, f := range u.julias[v] {
				if f.Triplet == triplet && f.Extension == "tar.gz" {
					db.AvailableVersions[v.String()+"+0."+short] = build{f.path}
					return true
				}
			}
			return false
		}
		newest := func(name string, want func(version.Version) bool) {
			if v, ok := u.newestJulia(func(v version.Version) bool { return has(v) && want(v) }); ok {
				lead(name, v)
			}
		}
		stable := func(v version.Version) bool { return !v.IsPre() }
		newest("release", stable)
		newest("lts", func(v version.Version) bool { return stable(v) && strings.HasPrefix(v.String(), releases.LTS+".") })
		for rank, name := range stages {
			newest(name, func(v version.Version) bool { return stage(v) >= rank })
		}
		for v := range u.julias {
			if !has(v) {
				continue
			}
			lead(v.String(), v)
			if v.IsPre() {
				continue
			}
			newest(fmt.Sprint(v.Major), func(w version.Version) bool { return stable(w) && w.Major == v.Major })
			newest(fmt.Sprintf("%d.%d", v.Major, v.Minor), func(w version.Version) bool {
				return stable(w) && w.Major == v.Major && w.Minor == v.Minor
			})
		}
	}
	return encode(db)
}

// stages are channels that take what is not stable, too, the least stable first.
var stages = []string{"alpha", "beta", "rc"}

// stage is how far a version is among stages.
func stage(v version.Version) int {
	for rank, name := range stages {
		if strings.HasPrefix(v.Pre(), name) {
			return rank
		}
	}
	if v.IsPre() {
		return -1
	}
	return len(stages)
}
