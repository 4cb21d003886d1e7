// Package treehash proves tarballs by the git tree hash of what they contain,
// the identity that Julia gives to registries, packages and artifacts.
//
// A tarball is read once, as a stream: nothing is unpacked to disk, no file is
// held in memory, and the bytes of a file are hashed where the decompressor left
// them. Plain tar, gzip, zstd, bzip2 and xz are told apart by their first bytes, as
// Julia does it; names and content types are not looked at.
//
// # Three rules
//
// Julia hashes a tree in different ways, which differ only for trees that git
// itself cannot hold. One pass computes all of them:
//
//   - [Full], Tar.tree_hash: a directory without files is an entry like any other.
//     Registries are checked so by Julia 1.9 and later, as the packed stream.
//   - [SkipEmpty], Tar.tree_hash with skip_empty: directories without any file or
//     symbolic link below them are left out, as git does.
//   - [GitTools], Pkg.GitTools.tree_hash of the unpacked tree: like SkipEmpty, and
//     entries named .git are left out at any depth, yet count when it is asked whether a
//     directory holds a file. Packages and artifacts are checked so by every client.
//
// The hash of an artifact was made by any of them, depending on the age and the kind
// of the tool that made it, so whoever proves an artifact gives [Proof] all three.
//
// # What a tarball may contain
//
// Members are understood as Tar.jl understands them, since what Tar.jl refuses no
// client can install: later members replace earlier ones; a directory member keeps what
// is below it; only the owner's execute bit counts; a hard link is a copy of a file
// seen before; pax headers, global ones too, and GNU long names are obeyed.
// Absolute names, "..", names that lead through a symbolic link, devices and pipes, links
// with a size, and everything else that Tar.jl calls malformed is [ErrMalformed].
//
// Input is hostile. [Limits] bound the number of entries, the lengths and the sum of names,
// the depth, the unpacked size and its ratio to the packed size; what exceeds
// them is [ErrLimit]. No input panics, and the memory needed grows with the number
// and the names of the entries, never with the size of files.
package treehash
