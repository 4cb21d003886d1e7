// Package read finds bundles on media and reads them where they lie: in several
// folders, in any order, from media that cannot be written to. Nothing is unpacked,
// nothing is written.
//
//	b, err := read.Open([]string{"/media/stick1", "/media/stick2"}, read.Options{})
//	defer b.Close()
//
// Open reads the manifest and looks which volumes are there and have the right
// size. It proves no signature: that is for the caller to do, with Bundle.File and
// Bundle.Signature, before it believes anything else that a bundle says.
//
// # What is believed
//
// The manifest names the SHA-256 of each index, the index that of each payload.
// A [Reader] compares the index before it returns the first entry, and again while
// it reads it, since media may be exchanged meanwhile. Payloads come as they lie on
// the media: whoever takes them compares their digests. Tar headers and padding are
// never looked at, except by [Bundle.Verify], to which they are bytes of the file.
//
// # Faults
//
// A volume that is not there is [ErrMissing]; one that is there and is not what the
// manifest says, [ErrDamaged]; one that none of the identities opens,
// [ErrIdentity]. Such a fault belongs to its volume: the others can be read.
package read
