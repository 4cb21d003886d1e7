// Package pkgserver knows the paths of Julia's package protocol and the list of registries,
// the only file of it that ever changes.
//
//	registries                 the list
//	registries.conservative    the same, when all that it leads to has reached the servers
//	registries.eager           the same, as soon as it is there
//	registry/UUID/HASH         tarball of a registry
//	package/UUID/HASH          tarball of a package
//	artifact/HASH              tarball of an artifact
//
// UUIDs and hashes are in lower case. The list has a line /registry/UUID/HASH for each registry, also
// where the server is below a path of its own: clients take UUID and hash from the line and nothing
// else.
//
// Clients pass over lines in other forms, but stop with an error at a line that has this form and a
// bad UUID or hash; [ParseRegistries] reports both and [FormatRegistries] writes neither.
package pkgserver
