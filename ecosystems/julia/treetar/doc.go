// Package treetar writes tarballs in the normal form of Julia's Tar.jl, from other
// tarballs and from git tree objects.
//
// # Normal form
//
// A tree has exactly one normal form, so whoever makes the tarball of a tree, and
// whenever, gets the same bytes: [Writer] and Tar.jl 1.10 do. Each directory
// has a member, before what is in it; entries of a directory are sorted by the bytes of their
// names; modes are 0644 or 0755, owners and times zero; hard links have become files;
// names too long for a header are in a pax header. No zero blocks
// stand behind the last member. The gzip around it, see [Gzip], has no time and no
// name; its bytes depend on this program's version of the compressor, which no client minds,
// since all of them check the tree and not the file.
//
// # From other tarballs
//
// [Rewrite] reads any tarball that package treehash reads, hashes it on the way, and
// writes it anew. Members come in any order and later ones replace earlier ones, so
// the decompressed bytes are kept aside in between, in a file that the caller gives.
//
// # From git
//
// [WriteGit] writes the tarball of a tree object, from the objects themselves:
// "git archive" and a checkout both look at .gitattributes, and with export-ignore,
// export-subst, end-of-line conversion or filters such as LFS the bytes are others than
// those that were hashed. Each object is hashed again as it passes, so what has been written has
// the tree's hash. The tree of a package in a subdirectory is a tree like any other.
// A tree with a submodule cannot be had as a tarball, see [SubmoduleError].
package treetar
