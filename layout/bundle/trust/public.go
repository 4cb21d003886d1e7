package trust

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"aead.dev/minisign"
)

// MaxFile is the size in bytes above which a key or a signature is refused as being none.
const MaxFile = 4 << 10

const (
	keyIDSize       = 8
	publicSize      = 2 + keyIDSize + ed25519.PublicKeySize
	untrustedPrefix = "untrusted comment: "
	trustedPrefix   = "trusted comment: "
)

// Public is a public key. The zero value is none. Values can be compared, which takes
// the id into account; see [Public.Same].
type Public struct {
	id    [keyIDSize]byte
	point [ed25519.PublicKeySize]byte
}

// ParsePublic reads a public key: the line that begins with RW, or the text of minisign's
// .pub file, which is that line below a comment.
//
// A key with which signatures prove nothing is refused, as stock minisign refuses its
// signatures.
func ParsePublic(text string) (Public, error) {
	p, err := parsePublic(text)
	if err != nil {
		return Public{}, fmt.Errorf("public key: %w", err)
	}
	return p, nil
}

func parsePublic(text string) (p Public, err error) {
	if len(text) > MaxFile {
		return p, fmt.Errorf("larger than %d bytes", MaxFile)
	}
	line := strings.TrimSpace(text)
	if comment, rest, ok := strings.Cut(line, "\n"); ok {
		if !strings.HasPrefix(comment, untrustedPrefix) {
			return p, errors.New("want a line that begins with RW, or minisign's .pub file")
		}
		line = strings.TrimSpace(rest)
	}
	if strings.HasPrefix(line, untrustedPrefix) {
		return p, errors.New("there is only the comment; the line that begins with RW is missing")
	}
	if len(line) != base64.StdEncoding.EncodedLen(publicSize) {
		return p, fmt.Errorf("%.20q… is not the line of %d characters that begins with RW", line, base64.StdEncoding.EncodedLen(publicSize))
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(line)
	if err != nil || len(raw) != publicSize {
		return p, fmt.Errorf("%.20q… is not base64", line)
	}
	if binary.LittleEndian.Uint16(raw) != minisign.EdDSA {
		return p, errors.New("not one of minisign's keys, whose line begins with RW")
	}
	copy(p.id[:], raw[2:])
	copy(p.point[:], raw[2+keyIDSize:])
	return p, checkPoint(p.point)
}

// String returns the line of minisign's .pub file that begins with RW: 56 characters.
func (p Public) String() string {
	raw := binary.LittleEndian.AppendUint16(make([]byte, 0, publicSize), minisign.EdDSA)
	raw = append(append(raw, p.id[:]...), p.point[:]...)
	return base64.StdEncoding.EncodeToString(raw)
}

// ID returns minisign's id of the key, 16 hexadecimal digits: a label that
// anybody can give a key.
func (p Public) ID() string { return fmt.Sprintf("%016X", binary.LittleEndian.Uint64(p.id[:])) }

// File returns the text of minisign's .pub file.
func (p Public) File() []byte {
	return []byte(untrustedPrefix + "minisign public key " + p.ID() + "\n" + p.String() + "\n")
}

// Same reports whether both are the same Ed25519 key, whatever their ids.
func (p Public) Same(q Public) bool { return p.point == q.point }

// IsZero reports whether p is no key.
func (p Public) IsZero() bool { return p == Public{} }

// MarshalText is String; the zero value is an error.
func (p Public) MarshalText() ([]byte, error) {
	if p.IsZero() {
		return nil, errors.New("public key: there is none")
	}
	return []byte(p.String()), nil
}

// UnmarshalText reads the line that begins with RW.
func (p *Public) UnmarshalText(text []byte) (err error) {
	if bytes.ContainsAny(text, " \t\r\n") {
		return errors.New("public key: want the line that begins with RW alone")
	}
	*p, err = ParsePublic(string(text))
	return err
}

// minisign returns p as the library knows it.
func (p Public) minisign() (m minisign.PublicKey, err error) {
	err = m.UnmarshalText([]byte(p.String()))
	return m, err
}
