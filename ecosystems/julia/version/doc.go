// Package version knows Julia's version numbers and the three ways to speak of
// many of them at once: ranges of registries, compat entries, and the versions of
// Julia that a site uses.
//
// # Versions
//
// A [Version] is what Julia calls VersionNumber: 1.2.3-rc.1+4. Pre-releases come
// before the release, and, unlike SemVer, builds count: 1.2.3 < 1.2.3+0 < 1.2.3+1,
// which is how the packages of binaries (JLLs) number their rebuilds. [Parse] takes
// what Julia takes: a leading "v", one or two numbers ("1.2" is 1.2.0), a pre-release
// without hyphen ("1.0rc1"), and the bounds "1.2-" and "1.2+" before and behind
// everything that begins so.
//
// # Ranges of registries
//
// Registries compress what holds for many versions of a package:
//
//	range = bound | bound "-" bound
//	bound = "*" | [ "v" ] number [ "." number [ "." number ] ]
//
// A bound speaks only of the numbers that it has: "0.7-0" is everything from 0.7.0 to
// before 1.0.0, "1.2" all of 1.2.x. Pre-release and build of the version that is tested are not
// looked at. Where both bounds become the same by filling up with zeros, the upper
// one is meant: "1.2-1.2.0" is 1.2.0 alone. A range may be empty.
//
// # Compat entries
//
// In projects, and in the selection of a mirror, versions are asked for as in the
// section [compat] of a Project.toml, a list of specifiers of which one must hold:
//
//	1.2.3, ^1.2.3   1.2.3 to before 2.0.0      0.2.3   0.2.3 to before 0.3.0
//	~1.2.3          1.2.3 to before 1.3.0      ~1      1.0.0 to before 2.0.0
//	=1.2.3          1.2.3                      =1.2    1.2.0
//	>=1.2, ≥1.2     1.2.0 and more             <1.2    before 1.2.0
//	1.2 - 3         1.2.0 to before 4.0.0, blanks required
//
// Both become a [Set].
package version
