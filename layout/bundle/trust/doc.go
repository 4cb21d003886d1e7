// Package trust decides whose bundles a mirror takes.
//
// # Keys and signatures
//
// Keys and signatures are minisign's: Ed25519 over BLAKE2b-512 of the message, and a
// second signature over the first one and a trusted comment. The files are those of the
// stock program, which can check what this package signs, sign what it checks, and
// use its keys:
//
//	minisign -Vm FILE -p KEY.pub
//
// A key is its 32-byte Ed25519 key. The 8-byte number that minisign calls its id can be
// chosen by anybody and decides nothing here; it is a label for people, and says which
// of several keys a signature is to be checked with.
//
// # Policy
//
// [Trusted] is the memory of one mirror root, in state/trusted.json: keys that it trusts,
// keys that it will never take again, and whether a signature was ever seen.
// [Trusted.Check] judges the manifest of a bundle and changes nothing; when the bundle
// has been applied, [Trusted.Accept] remembers. The rules:
//
//   - a root that trusts nobody takes the first signer, and says so, unless it was told whom
//     to trust or to wait until it is told;
//   - from then on only trusted keys are taken, and those that a chain of [Rotate]
//     statements leads to from a trusted one, which then retires;
//   - a key that was replaced or revoked is refused for ever, whoever names it;
//   - a bundle without a signature is refused, unless that was asked for and no signature was
//     ever seen.
//
// Whatever is read here may come from anybody. It is capped in size, read strictly, and
// no input panics.
package trust
