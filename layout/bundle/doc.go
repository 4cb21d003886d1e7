// Package bundle is the form in which snapshots travel to a network that nothing
// else reaches: what the files of a bundle are, and how to read them without
// trusting anybody. Package create writes them, package apply takes them in.
//
//	NAME.001.tar, NAME.002.tar …   the volumes
//	NAME.manifest                  binds them: what is in the bundle, and the SHA-256 of each volume
//	NAME.manifest.minisig          the manifest's signature, as minisign writes it
//
// NAME is offmirror-TIME-DIGEST, made from what the bundle is about (see
// [Manifest.DeriveName]), so that equal bundles have equal names and different ones
// can lie in one folder. All names suit FAT32 and exFAT. A volume is always
// smaller than the size that was asked for: the largest file on FAT32 has a byte
// less than 4 GiB.
//
// # Manifest
//
// A file that sha256sum -c takes: comments hold indented JSON (the [Manifest]), the
// other lines the SHA-256 and name of each volume. There is one way only to write
// it; anything else is refused.
//
// # Volumes
//
// A volume is a tar that any tar unpacks, for the day when nobody has offmirror:
//
//	README                    how to rescue what is inside with tar and sha256sum
//	snapshots/ECOSYSTEM/ID    a snapshot as it lies in a mirror: its list, compressed with zstd
//	objects/ab/abcdef…        an object, named by its SHA-256
//	….part-0001               a piece of what is larger than a whole volume
//	NAME.001.index.zst        the index, the last member
//
// Lists come first, then the objects, sorted by name. The [Entry] lines of the index
// say where in the volume each payload begins, and the manifest says where the index
// begins and what its SHA-256 is. So offmirror finds everything without reading tar
// headers, in any order, and believes no byte that the signed manifest does not
// lead to: manifest, index, payload.
//
// # Encryption
//
// An encrypted volume is the same file inside an age file, NAME.001.tar.age. The
// manifest is about what is inside. It stays readable, and with it the names of the
// ecosystems, snapshots and sizes.
package bundle
