package registry

import (
	"encoding/hex"
	"fmt"
)

// Checksum is a SHA-256. The zero Checksum means that there is none.
type Checksum [32]byte

// ParseChecksum reads 64 hexadecimal digits of either case: registries and
// mix.lock write lower case, rebar.lock, manifest.toml and tarballs upper case.
func ParseChecksum(s string) (Checksum, error) {
	var c Checksum
	if len(s) != 2*len(c) {
		return Checksum{}, fmt.Errorf("checksum %.80q: want %d hexadecimal digits", s, 2*len(c))
	}
	if _, err := hex.Decode(c[:], []byte(s)); err != nil {
		return Checksum{}, fmt.Errorf("checksum %.80q: %w", s, err)
	}
	return c, nil
}

// String returns the checksum in lower-case hexadecimal.
func (c Checksum) String() string { return hex.EncodeToString(c[:]) }

// IsZero reports whether there is no checksum.
func (c Checksum) IsZero() bool { return c == Checksum{} }
