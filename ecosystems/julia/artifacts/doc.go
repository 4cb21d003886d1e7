// Package artifacts reads Artifacts.toml, in which a Julia package names trees of binaries
// or data, and works out which of them a mirror must hold.
//
// # The file
//
// It is at the root of the package, under the first of [Names] that exists. Each name in it has
// one table, for any platform, or a list of them, one for each platform. Every text in such a
// table but git-tree-sha1 is a tag: os, arch, libc, call_abi and others that are about the
// platform, or what packages made up: cuda, mpi, sanitize, …. An entry that clients would skip
// with a message is in [File.Problems] and hurts no other.
//
// # Which entries
//
// A client takes, for each name, one of the entries that match its own tags: for each tag that is
// present on both sides, the values agree. [Choose] says which one. But packages may bring a
// script (.pkg/select_artifacts.jl) that adds tags to the platform, and what it adds depends
// on the machine: on its GPU, on its MPI. So a mirror cannot compute that choice and holds
// [Superset] instead: all entries whose os, arch, libc and call_abi fit, whatever the other tags.
//
// Lazy entries are fetched when they are first used, from the same place; they belong to
// the superset unless the mirror leaves them out. Entries without download are for those who build the
// package; clients never ask for them.
//
// # Where they come from
//
// A package server has an artifact by its tree hash. Its tarball is not the file of
// the download URLs, whose sha256 therefore says nothing about it; the tree hash does.
package artifacts
