// Package releases reads versions.json, the list of all releases of Julia itself, and
// works out which files of which releases a mirror must hold.
//
// # versions.json
//
// Everybody who installs Julia by program reads it: juliaup's database is made from it; jill, setup-julia and
// asdf ask for it. It has, for each version, files with platform, sha256, size and an absolute URL, and
// for most archives the text of the signature. [Parse] keeps what it does not know, so that
// [Index.Rewrite] can write a list of only what is mirrored, with the mirror's own URLs, to stand
// beside the original.
//
// Files lie below bin/, at the path that their URLs have: [File.Path]. Where a file
// should be that no list has, [Path] and [NightlyPath] tell.
//
// # Which releases
//
// A [Selector] is what people say to juliaup:
//
//	release             the newest stable release
//	lts                 the newest of the series with long-term support, see [LTS]
//	1, 1.10             the newest stable release that begins so
//	1.10.5, 1.13.0-rc3  exactly that
//	rc, beta, alpha     the newest that is stable or at least so far
//	all                 every stable release
//	nightly             last night's build, 1.13-nightly that of a release branch
//
// Nightlies are in no versions.json; they have neither checksum nor a lasting name.
//
// Published files have been replaced in the past, so what counts is the checksum. The
// servers sometimes answer 404 for files that exist: for a file of the list that is a passing failure.
package releases
