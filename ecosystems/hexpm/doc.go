// Package hexpm mirrors Hex repositories: hex.pm, the package repository of Elixir,
// Erlang and Gleam, and any other that speaks its format, with the installers and
// builds that belong to it.
//
// # The ecosystem
//
// A repository is a handful of signed index files, one per package, and tarballs:
//
//	names, versions             every package: when it changed, which versions it has
//	packages/NAME               every release: checksums, dependencies, retirement, advisories
//	tarballs/NAME-VERSION.tar   the releases
//	docs/NAME-VERSION.tar.gz    documentation, of some releases; no index names it
//	public_key                  the key that signs the index files
//	policies/NAME               rules of an organisation
//	repos/NAME/…                further repositories, laid out alike
//	installs/…  builds/…        what mix local.hex and setup-beam install
//
// The copy has the same layout. Index files are signed together with the name of
// the repository, not with its address, so clients accept an unchanged copy from
// any URL (index = "verbatim"). A selection can instead be signed anew with a key
// of the site (index = "filtered"): then the index lists only what is here, and
// clients resolve dependencies freely.
//
// # What changes, and how it shows
//
// Most releases never change, but for an hour after its publication a release, and
// for a day a new package, may be replaced or withdrawn. The indexes show that
// imperfectly:
//
//   - a replaced release shows only in the package's time of change in names;
//   - a retirement shows after somebody else's publication made the indexes anew;
//   - the text of a security advisory shows in no index;
//   - names, versions and packages/NAME are made, and cached by the CDN, apart
//     from each other, so any of them may be older than another.
//
// So a run asks again for every package that differs in either index, that has or
// had advisories, or that changed during the last day (when anything changed at all).
// A package whose file does not show the change that an index tells of is
// unsettled: the copy here stays, and the package is asked for by every run until
// its file catches up or the grace of 25 hours is over. Every deep_every, and with
// --deep, all packages are asked for, conditionally. A run that finds both indexes as
// they were and nothing unsettled ends after these two requests.
//
// # Proof
//
// Nothing is taken from upstream that is not proven: index files by RSA signature
// with a pinned key and by the names inside them, tarballs by both checksums of
// the registry, installers by a signed list, builds by theirs. Documentation has
// no checksum anywhere; it has to be a whole archive. An index that went back in time
// or lost many packages stops the run, since signatures do not expire.
package hexpm
