// Package digest names and computes the content digests that package
// ecosystems use as identity.
//
// A [Digest] is an algorithm and its value in lower-case hexadecimal. A
// [Hasher] computes any number of them in a single pass over the bytes. Whoever
// has an identity that is not a plain digest, such as the git tree id of what a
// tar contains, implements [Summer] and lets the Hasher feed it in the same pass.
//
// MD5 and SHA-1 (and with it git's object ids) are here because ecosystems name
// their files by them. They tell accidents from the real thing, not an attacker:
// who has a choice asks for SHA-256.
package digest

import (
	"encoding/hex"
	"fmt"
	"strings"
)

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

// Size returns the length of the algorithm's values in bytes, or 0 if the
// algorithm is unknown.
func (a Algorithm) Size() int {
	switch a {
	case SHA256:
		return 32
	case SHA512:
		return 64
	case SHA1, GitBlob:
		return 20
	case MD5:
		return 16
	}
	return 0
}

// Digest is one digest value. It is comparable; the zero Digest names nothing.
type Digest struct {
	Algorithm Algorithm
	Hex       string // lower-case, of the algorithm's full length
}

// New makes a Digest from a value in hexadecimal, of either case. The errors
// are those of [Parse].
func New(a Algorithm, value string) (Digest, error) {
	d := Digest{Algorithm: a, Hex: strings.ToLower(value)}
	if err := d.Check(); err != nil {
		return Digest{}, err
	}
	return d, nil
}

// Parse reads the form that [Digest.String] writes: "ALGORITHM:HEX", with
// digits of either case. The error is, with [errors.Is], [ErrUnknownAlgorithm],
// [ErrLength] or [ErrNotHex], and quotes at most a part of s.
func Parse(s string) (Digest, error) {
	a, value, ok := strings.Cut(s, ":")
	if !ok {
		return Digest{}, fmt.Errorf("digest %.160q: %w", s, ErrUnknownAlgorithm)
	}
	return New(Algorithm(a), value)
}

// Check reports what is wrong with a Digest that was not made by [New] or
// [Parse], with their errors. Upper-case digits are wrong too, since digests
// are compared as they stand.
func (d Digest) Check() error {
	size := d.Algorithm.Size()
	switch {
	case size == 0:
		return fmt.Errorf("digest %.32q: %w", d.Algorithm, ErrUnknownAlgorithm)
	case len(d.Hex) != 2*size:
		return fmt.Errorf("digest %.160q: %w: %s has %d digits, not %d", d.String(), ErrLength, d.Algorithm, 2*size, len(d.Hex))
	}
	for _, c := range []byte(d.Hex) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return fmt.Errorf("digest %.160q: %w", d.String(), ErrNotHex)
		}
	}
	return nil
}

// IsZero reports whether d is the zero Digest.
func (d Digest) IsZero() bool { return d == Digest{} }

// String returns "ALGORITHM:HEX".
func (d Digest) String() string { return string(d.Algorithm) + ":" + d.Hex }

// MarshalText writes the form of String.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText is [Parse].
func (d *Digest) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err == nil {
		*d = parsed
	}
	return err
}

// sum makes a Digest of a value that was just computed.
func sum(a Algorithm, value []byte) Digest {
	return Digest{Algorithm: a, Hex: hex.EncodeToString(value)}
}
