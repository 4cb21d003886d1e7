// Package julia mirrors what Julia's package manager and Julia's users fetch:
// registries, packages, artifacts, and Julia itself.
//
// # The ecosystem
//
// A registry, such as General, is a tree of small files that lists packages and their
// versions. Everything has its git tree hash for a name:
//
//	registries                    the state of each registry, the only file that changes
//	registry/UUID/TREE            a registry in one state
//	package/UUID/TREE             a version of a package
//	artifact/TREE                 binaries or data that packages need
//	bin/…  juliaup/…  install.sh  Julia itself, and its installer
//	classic/…                     all of it once more, as the older julia-mirror laid it out
//
// That is the protocol of package servers and the layout of storage servers, so the
// mirror serves clients, static web servers, package servers and other mirrors.
//
// # Where things come from
//
// Registries and their packages come from package servers, or from git: then the
// tarballs are written from git's tree objects, since an archive or a checkout would be
// changed by attributes. Artifacts come from the servers, and where these lack one, from
// the places that the package names.
//
// Which artifacts there are is told by the packages only. So a run has two halves:
// the packages of the selection, then what they turn out to need.
//
// # What is published
//
// A registry lists exactly what is here. If anything is left out, by the selection or
// because nobody has it any more, the registry is pruned: the same UUID, fewer
// versions, its own tree hash. Clients cannot tell, and resolve among what there is.
//
// # Julia itself
//
// Releases lie at upstream's paths, with their signatures and checksums, beside
// bin/versions.json, which lists them. It is upstream's, byte for byte: all releases that there
// are, with URLs on upstream's hosts. bin/versions.local.json is the same for programs
// that are to download here: only what is here, with URLs of the mirror. `offmirror serve`
// answers with the URL that was asked; a static web server has the file if base_url says where
// it is seen, and without it there is none.
//
// juliaup's databases name only what is here, and have a version of their own: juliaup
// takes a database only if its version is higher than that of the one it has, and than
// that of the one it was built with. It does not shrink when the mirror is rolled back: clients
// keep the newer database until there is a newer one still. Nightly builds have no version and no checksum;
// they lie at upstream's paths, too, and a build that fails to arrive leaves the one before in place.
//
// # Proof
//
// Registries are proven by their full tree hash, packages and artifacts by any of the
// rules that clients apply (see treehash), releases by the checksums of the list of
// releases. Clients check most of that again, but not all: older ones believe any
// registry, and juliaup any archive.
package julia
