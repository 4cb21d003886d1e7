// Package registry reads, proves, filters and writes the registry files of a Hex
// repository: names, versions, packages/NAME and policies/NAME.
//
// A registry file is gzip(Signed{payload, signature}): a protobuf envelope
// around a protobuf payload, signed with RSASSA-PKCS1-v1_5 and SHA-512 over the
// payload's bytes. The payload repeats the repository's name and, for packages
// and policies, its own name, so that one signed file cannot be passed off as
// another. [Trust] checks all of that:
//
//	trust := registry.Trust{Key: registry.HexPM(), Repository: "hexpm"}
//	p, err := trust.Package(file, "jason")
//
// Reading keeps what it does not understand. Every [Release], advisory and index
// entry remembers its exact bytes and is written back as it came, unknown fields
// included, so a filtered and re-signed package differs from upstream's in the
// releases that it lacks and in nothing else:
//
//	kept := p.Keep(func(r registry.Release) bool { return wanted[r.Version] })
//	file, err := signingKey.Seal(kept.Marshal())
//
// Sealing is deterministic: the same payload and key give the same file.
//
// Everything from outside is taken for hostile. Sizes and counts are capped
// before memory is spent (see the Max constants), a payload is looked at only
// after its signature holds, and what two readers might understand differently
// (a singular field given twice, bytes after the gzip stream) is refused.
package registry
