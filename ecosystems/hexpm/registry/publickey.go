package registry

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
)

// PublicKey is an RSA key that registry files or installer lists are signed with.
type PublicKey struct {
	rsa *rsa.PublicKey
	der []byte // SubjectPublicKeyInfo
}

// Sizes of acceptable keys in bits. The upper one bounds the work of a check.
const minKeyBits, maxKeyBits = 1024, 16384

// ParsePublicKey reads the first PEM block of text, which is either a
// SubjectPublicKeyInfo ("PUBLIC KEY", as hex.pm publishes it) or a PKCS#1 key
// ("RSA PUBLIC KEY", as `mix hex.registry build` writes it).
func ParsePublicKey(text []byte) (*PublicKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("public key: no PEM block found, expected one that begins with -----BEGIN PUBLIC KEY-----")
	}
	switch block.Type {
	case "PUBLIC KEY":
		key, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("public key: %w", err)
		}
		r, ok := key.(*rsa.PublicKey)
		if !ok {
			return nil, fmt.Errorf("public key: found a %T, expected an RSA key", key)
		}
		return newPublicKey(r)
	case "RSA PUBLIC KEY":
		r, err := x509.ParsePKCS1PublicKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("public key: %w", err)
		}
		return newPublicKey(r)
	case "PRIVATE KEY", "RSA PRIVATE KEY":
		return nil, errors.New("public key: the file holds a private key; give the public half and keep this one secret")
	}
	return nil, fmt.Errorf("public key: PEM block %.40q, expected PUBLIC KEY or RSA PUBLIC KEY", block.Type)
}

func newPublicKey(r *rsa.PublicKey) (*PublicKey, error) {
	if bits := r.N.BitLen(); bits < minKeyBits || bits > maxKeyBits {
		return nil, fmt.Errorf("public key: %d bits, expected %d to %d", bits, minKeyBits, maxKeyBits)
	}
	der, err := x509.MarshalPKIXPublicKey(r)
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	return &PublicKey{rsa: r, der: der}, nil
}

// Verify proves that signature is the key's RSASSA-PKCS1-v1_5 SHA-512 signature
// over message. Errors match [ErrSignature].
func (k *PublicKey) Verify(message, signature []byte) error {
	if len(signature) == 0 {
		return fmt.Errorf("%w: the file is not signed, expected a signature by key %s", ErrSignature, k.Fingerprint())
	}
	sum := sha512.Sum512(message)
	if rsa.VerifyPKCS1v15(k.rsa, crypto.SHA512, sum[:], signature) != nil {
		return fmt.Errorf("%w: not signed by key %s; if the repository is another one or changed its key, configure its public key", ErrSignature, k.Fingerprint())
	}
	return nil
}

// Fingerprint returns the key's fingerprint as OpenSSH and `mix hex.repo list`
// show it: "SHA256:" and the unpadded base64 of the SHA-256 of its SSH wire form.
func (k *PublicKey) Fingerprint() string {
	var blob []byte
	add := func(b []byte) {
		blob = binary.BigEndian.AppendUint32(blob, uint32(len(b)))
		blob = append(blob, b...)
	}
	add([]byte("ssh-rsa"))
	add(mpint(big.NewInt(int64(k.rsa.E))))
	add(mpint(k.rsa.N))
	sum := sha256.Sum256(blob)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// mpint is SSH's form of a positive integer: big-endian, with a zero byte in
// front if the first bit would read as a sign.
func mpint(n *big.Int) []byte {
	b := n.Bytes()
	if len(b) > 0 && b[0]&0x80 != 0 {
		return append([]byte{0}, b...)
	}
	return b
}

// DERSHA256 returns the SHA-256 of the key's SubjectPublicKeyInfo.
func (k *PublicKey) DERSHA256() [32]byte { return sha256.Sum256(k.der) }

// PEM returns the key as SubjectPublicKeyInfo, the form that every client reads.
func (k *PublicKey) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: k.der})
}

// Equal reports whether both are the same key, whatever form they were read from.
func (k *PublicKey) Equal(other *PublicKey) bool {
	return k != nil && other != nil && bytes.Equal(k.der, other.der)
}
