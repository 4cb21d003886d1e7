// Package digest names and computes the content digests that package
// ecosystems use as identity.
//
// A [Digest] is an algorithm and its value in lower-case hexadecimal. A
// [Hasher] computes any number of them in a single pass over the bytes.
package digest

// Algorithm names a digest function, in the spelling used in reports, audits
// and the string form of a [Digest].
type Algorithm string

// The algorithms that mirrored ecosystems use.
const (
	SHA256  Algorithm = "sha256"
	SHA512  Algorithm = "sha512"
	SHA1    Algorithm = "sha1"
	MD5     Algorithm = "md5"
	GitBlob Algorithm = "git-blob" // SHA-1 over "blob SIZE\x00" and the bytes: git's object id of a file
)

// Digest is one digest value. It is comparable; the zero Digest names nothing.
type Digest struct {
	Algorithm Algorithm
	Hex       string // lower-case, of the algorithm's full length
}

// String returns "ALGORITHM:HEX".
func (d Digest) String() string { return string(d.Algorithm) + ":" + d.Hex }
