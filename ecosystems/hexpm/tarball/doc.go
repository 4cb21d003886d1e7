// Package tarball reads, proves and writes Hex package tarballs.
//
// A package tarball is an uncompressed tar of four members: VERSION ("3"),
// CHECKSUM, metadata.config (Erlang terms) and contents.tar.gz (the sources). Two
// checksums belong to it. The outer one is the SHA-256 of the whole file and
// decides; the signed registry names it, and the fetch engine proves it while
// the bytes arrive. The inner one is the SHA-256 over the members VERSION,
// metadata.config and contents.tar.gz. It is deprecated, yet clients still compare
// what they compute with the member CHECKSUM and with the registry, so a mirror
// must not hand out a tarball whose inner checksum is wrong:
//
//	request.Proof = tarball.Proof(release.InnerChecksum)
//
// Reading is strict: members twice, links, extension headers and sizes beyond
// what clients accept are refused. No writer of Hex packages makes any of these.
// Further members, which none makes either, are passed over as clients do.
// contents.tar.gz is never unpacked.
//
// Proving allocates next to nothing and asks the reader once for a tarball of
// less than 128 KiB. Everything here is safe for concurrent use as far as the
// reader is.
package tarball
