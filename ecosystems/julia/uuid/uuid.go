// Package uuid holds the identities that Julia gives to packages and registries.
//
// Names are for people: several packages may share one. In registries, manifests
// and the paths of a package server it is the UUID that counts, written in lower
// case with hyphens.
package uuid

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
)

// UUID is 128 bits. The zero UUID names nothing.
type UUID [16]byte

// ErrSyntax is the error of [Parse].
var ErrSyntax = errors.New("want a UUID such as 7876af07-990d-54b4-ab0e-23690620f79a")

// Julia stands for the language itself where dependencies are listed.
var Julia = MustParse("1222c4b2-2114-5bfd-aeef-88e4692bbb3e")

// Parse reads the form with hyphens. Upper case is accepted, as Julia does, and
// is gone from [UUID.String].
func Parse(s string) (UUID, error) {
	var u UUID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return UUID{}, fmt.Errorf("%.60q: %w", s, ErrSyntax)
	}
	var digits [32]byte
	n := 0
	for _, part := range [...]string{s[:8], s[9:13], s[14:18], s[19:23], s[24:]} {
		n += copy(digits[n:], part)
	}
	if _, err := hex.Decode(u[:], digits[:]); err != nil {
		return UUID{}, fmt.Errorf("%.60q: %w", s, ErrSyntax)
	}
	return u, nil
}

// MustParse is Parse for UUIDs that are written in a program. It panics where
// Parse fails.
func MustParse(s string) UUID {
	u, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

// String returns the form in which UUIDs are parts of paths.
func (u UUID) String() string {
	var b [36]byte
	hex.Encode(b[:], u[:4])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	hex.Encode(b[9:], u[4:6])
	hex.Encode(b[14:], u[6:8])
	hex.Encode(b[19:], u[8:10])
	hex.Encode(b[24:], u[10:])
	return string(b[:])
}

// IsZero reports whether u names nothing.
func (u UUID) IsZero() bool { return u == UUID{} }

// Compare orders UUIDs as their texts are ordered.
func (u UUID) Compare(other UUID) int { return bytes.Compare(u[:], other[:]) }

// MarshalText writes the form of String.
func (u UUID) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText is [Parse].
func (u *UUID) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err == nil {
		*u = parsed
	}
	return err
}
