package treehash

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// Hash is a git object id: a SHA-1.
type Hash [20]byte

// EmptyTree is the id of the tree without entries.
var EmptyTree = Hash{0x4b, 0x82, 0x5d, 0xc6, 0x42, 0xcb, 0x6e, 0xb9, 0xa0, 0x60,
	0xe5, 0x4b, 0xf8, 0xd6, 0x92, 0x88, 0xfb, 0xee, 0x49, 0x04}

// ParseHash reads the 40 lower-case hexadecimal digits that [Hash.String] writes.
// Upper case is refused, since hashes are parts of paths and compared as text. The error is
// [ErrNotHash] and quotes at most a part of s.
func ParseHash(s string) (Hash, error) {
	var h Hash
	if len(s) != 2*len(h) {
		return Hash{}, fmt.Errorf("git tree hash %.60q: %w", s, ErrNotHash)
	}
	upper := strings.ContainsFunc(s, func(c rune) bool { return 'A' <= c && c <= 'F' })
	if _, err := hex.Decode(h[:], []byte(s)); err != nil || upper {
		return Hash{}, fmt.Errorf("git tree hash %.60q: %w", s, ErrNotHash)
	}
	return h, nil
}

// String returns the hash in lower-case hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// IsZero reports whether h is the zero Hash, which names nothing.
func (h Hash) IsZero() bool { return h == Hash{} }

// MarshalText writes the form of String.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText is [ParseHash].
func (h *Hash) UnmarshalText(text []byte) error {
	parsed, err := ParseHash(string(text))
	if err == nil {
		*h = parsed
	}
	return err
}

// Rule is a way to hash a tree; see the package comment.
type Rule uint8

// The rules.
const (
	Full      Rule = iota + 1 // Tar.tree_hash
	SkipEmpty                 // Tar.tree_hash(skip_empty = true)
	GitTools                  // Pkg.GitTools.tree_hash
)

// String says in a word or two what is particular about the rule.
func (r Rule) String() string {
	switch r {
	case Full:
		return "full"
	case SkipEmpty:
		return "without empty directories"
	case GitTools:
		return "without empty directories and .git"
	}
	return fmt.Sprintf("Rule(%d)", uint8(r))
}
