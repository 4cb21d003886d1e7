// Package juliatest makes Julia package servers on the fly: an [Upstream] is an
// http.Handler that answers as pkg.julialang.org does, and as the places do where
// artifacts and Julia itself come from. It is used by tests, by `offmirror demo`
// and by the benchmark.
//
//	up := juliatest.New(juliatest.WithBaseURL(url))
//	up.Publish("Parsers", juliatest.Version{Number: "2.8.1"})
//	up.Publish("JSON", juliatest.Version{Number: "0.21.4", Deps: []string{"Dates", "Parsers 1, 2"}})
//	up.PublishJLL("Zlib", "1.3.1+2", "x86_64-linux-gnu", "aarch64-apple-darwin")
//
// # What is real
//
// The bytes: packages are projects that Julia adds, loads and tests; registries have the
// files and the compressed ranges that the tools of General write; artifacts are trees
// with an Artifacts.toml that Pkg reads. Everything has its git tree hash, which is
// computed here by other code than that of package treehash.
//
// The order of events. A registry has a new state, with a new hash, whenever it has
// changed and somebody looks; older states remain.
//
// The answers. /registries is a redirect to a flavor, relative and chosen by the headers of the
// client; tarballs are gzip, or zstd if [Upstream.Serve] or [Upstream.SetCDN] says
// so; there are HEAD, Content-Length, Range and opaque ETags. All lists name the newest
// states; a flavor falls behind by [Upstream.Freeze]. The eager flavor of the real
// servers may name what is not there yet: [Version.Missing], [Upstream.Remove].
//
// # What is made easy
//
// To go back: [Registry.RollBack]. To break things, with hashes that are right
// ([Registry.Edit], [Registry.Delete], [Registry.ListTwice], [Artifact.Wrong]) or
// wrong ([Upstream.Tamper], [Upstream.TamperTar]); to lose them ([Upstream.Remove],
// [Version.Missing], [Artifact.Dead]); to fail ([Upstream.Fail], [Upstream.Truncate], [Upstream.Intercept]).
// [Upstream.Requests] tells what was asked, and how.
//
// Everything depends on the options and the calls made, on nothing else. Methods are safe for
// concurrent use, also while the handler serves. Misuse, such as publishing a version
// twice, panics: it is a mistake in a program.
package juliatest
