// Package hexpmtest makes Hex repositories on the fly: an [Upstream] is an
// http.Handler that answers as repo.hex.pm and builds.hex.pm do. It is used by
// tests, by `offmirror demo` and by the benchmark.
//
//	up := hexpmtest.New()
//	up.Publish("mime", "2.0.0")
//	up.Publish("plug", "1.15.0", hexpmtest.Dep("mime", "~> 2.0"))
//	server := httptest.NewServer(up)
//
// # What is real
//
// The bytes: registry files are protobuf, signed and gzipped as hex.pm's are;
// tarballs hold a small project that the real mix or rebar3 compiles.
//
// The order of events. Every method that changes something rebuilds what
// hex.pm's would: [Repository.Publish], [Repository.Replace], [Repository.Revert] and
// [Repository.Advise] rebuild the package and both indexes; [Repository.Retire] and
// [Repository.Unretire] rebuild the package only, so that the indexes show it after
// the next rebuild; documentation rebuilds nothing. Advisories do not touch
// updated_at. A tarball is gone as soon as its release is.
//
// The answers: opaque ETags (with a multipart suffix on tarballs and
// documentation), Last-Modified, conditional requests, HEAD, Range, Cache-Control.
//
// # What is made easy
//
// [Upstream.Freeze] keeps serving what a path holds now, as an edge cache may: a
// stale packages/NAME, a names newer than versions, a list of installers torn
// from its signature. [Upstream.Tamper] changes bytes on their way out.
// [Upstream.Requests] tells what was asked, and how.
//
// Everything depends on the seed, the clock and the calls made, on nothing else.
// Methods are safe for concurrent use, also while the handler serves. Misuse,
// such as publishing a version twice, panics: it is a mistake in a program.
package hexpmtest
