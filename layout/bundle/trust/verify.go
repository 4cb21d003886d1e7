package trust

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"aead.dev/minisign"
)

// Signed is what a good signature says.
type Signed struct {
	Key     Public // that made it
	Comment string // the trusted comment: plain text, one line
}

// ErrSignature means that a signature is no signature of the message by any of the keys.
var ErrSignature = errors.New("signature does not match")

// Verify proves that one of the keys signed the message. It accepts only what
// minisign -VH accepts: both signatures hold, the one over the message and the one over
// the trusted comment, and the message was hashed first. The error matches [ErrSignature]
// if the signature is well formed and not by any of the keys.
func Verify(message, signature []byte, keys ...Public) (Signed, error) {
	s, err := parseSignature(signature)
	if err != nil {
		return Signed{}, err
	}
	for _, key := range keys {
		if s.by(key, message) {
			return Signed{Key: key, Comment: s.comment}, nil
		}
	}
	return Signed{}, fmt.Errorf("%w: not signed by %s, or changed afterwards", ErrSignature, describe(keys))
}

func describe(keys []Public) string {
	switch len(keys) {
	case 0:
		return "any key, since none is known"
	case 1:
		return keys[0].String()
	}
	return fmt.Sprintf("any of %d keys", len(keys))
}

// signature is a signature that is well formed.
type signature struct {
	text    []byte // without carriage returns
	id      [keyIDSize]byte
	comment string
	claimed Public // the key that it says it is by; zero: it says nothing of it
}

func parseSignature(data []byte) (*signature, error) {
	s, err := readSignature(data)
	if err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	return s, nil
}

func readSignature(data []byte) (*signature, error) {
	if len(data) > MaxFile {
		return nil, fmt.Errorf("larger than %d bytes", MaxFile)
	}
	text := strings.TrimRight(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
	lines := strings.Split(text, "\n")
	if len(lines) != 4 {
		return nil, fmt.Errorf("has %d lines, not the four of minisign", len(lines))
	}
	untrusted, ok := strings.CutPrefix(lines[0], untrustedPrefix)
	if !ok {
		return nil, errors.New("does not begin with an untrusted comment, as minisign's do")
	}
	raw, err := decodeLine(lines[1], 2+keyIDSize+64)
	if err != nil {
		return nil, err
	}
	s := &signature{text: []byte(text + "\n"), id: [keyIDSize]byte(raw[2:])}
	switch binary.LittleEndian.Uint16(raw) {
	case minisign.HashEdDSA:
	case minisign.EdDSA:
		return nil, errors.New("in minisign's legacy form; sign again without -l")
	default:
		return nil, errors.New("by an algorithm that is not minisign's")
	}
	if s.comment, ok = strings.CutPrefix(lines[2], trustedPrefix); !ok {
		return nil, errors.New("without a trusted comment")
	}
	if err := checkComment(strings.ReplaceAll(s.comment, "\t", " ")); err != nil {
		return nil, err
	}
	global, err := decodeLine(lines[3], 64)
	if err != nil {
		return nil, err
	}
	if checkPoint([32]byte(raw[2+keyIDSize:])) != nil || checkPoint([32]byte(global)) != nil {
		return nil, errors.New("made so that it proves nothing")
	}
	if line, ok := strings.CutPrefix(untrusted, claim); ok {
		s.claimed, _ = ParsePublic(line) // whoever claims nonsense claims nothing
	}
	return s, nil
}

func decodeLine(line string, size int) ([]byte, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(line)
	if err != nil || len(raw) != size || strings.Contains(line, "\r") {
		return nil, fmt.Errorf("a line is not %d bytes in base64", size)
	}
	return raw, nil
}

// by reports whether key made the signature of message.
func (s *signature) by(key Public, message []byte) bool {
	if key.IsZero() || s.id != key.id {
		return false
	}
	m, err := key.minisign()
	return err == nil && minisign.Verify(m, message, s.text)
}
