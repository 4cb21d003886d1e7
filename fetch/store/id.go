package store

import (
	"encoding/hex"
	"fmt"
)

// ID names an object: the SHA-256 of its bytes.
type ID [32]byte

// ParseID reads the 64 lower-case hexadecimal digits that [ID.String] writes.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != 2*len(id) {
		return ID{}, fmt.Errorf("object id %.80q: want %d hexadecimal digits", s, 2*len(id))
	}
	for i := range s {
		if c := s[i]; c >= 'A' && c <= 'F' {
			return ID{}, fmt.Errorf("object id %.80q: want lower-case digits", s)
		}
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return ID{}, fmt.Errorf("object id %.80q: %w", s, err)
	}
	return id, nil
}

// String returns the id in lower-case hexadecimal.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// IsZero reports whether id is the zero value, which names no object.
func (id ID) IsZero() bool { return id == ID{} }

// MarshalText makes ids readable in JSON.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText is the inverse of MarshalText.
func (id *ID) UnmarshalText(text []byte) error {
	parsed, err := ParseID(string(text))
	if err == nil {
		*id = parsed
	}
	return err
}
