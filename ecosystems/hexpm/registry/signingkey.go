package registry

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// SigningKey signs registry files that this mirror writes itself. It is safe
// for concurrent use.
type SigningKey struct {
	rsa    *rsa.PrivateKey
	public *PublicKey
}

// GenerateSigningKey makes a 2048-bit key, the size that hex.pm uses.
func GenerateSigningKey() (*SigningKey, error) {
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	return newSigningKey(r)
}

// ParseSigningKey reads the first PEM block of text: PKCS#8 ("PRIVATE KEY"), or
// PKCS#1 ("RSA PRIVATE KEY", as older OpenSSL writes it). Errors never quote the key.
func ParseSigningKey(text []byte) (*SigningKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("signing key: no PEM block found, expected one that begins with -----BEGIN PRIVATE KEY-----")
	}
	switch block.Type {
	case "PRIVATE KEY":
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("signing key: %w", err)
		}
		r, ok := key.(*rsa.PrivateKey)
		if !ok {
			return nil, fmt.Errorf("signing key: found a %T, expected an RSA key: make one with `openssl genrsa 2048`", key)
		}
		return newSigningKey(r)
	case "RSA PRIVATE KEY":
		r, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("signing key: %w", err)
		}
		return newSigningKey(r)
	case "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("signing key: the file is protected by a passphrase; decrypt it with `openssl pkey` first")
	}
	return nil, fmt.Errorf("signing key: PEM block %.40q, expected PRIVATE KEY", block.Type)
}

func newSigningKey(r *rsa.PrivateKey) (*SigningKey, error) {
	public, err := newPublicKey(&r.PublicKey)
	if err != nil {
		return nil, err
	}
	if err := r.Validate(); err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	return &SigningKey{rsa: r, public: public}, nil
}

// Public returns the public half.
func (k *SigningKey) Public() *PublicKey { return k.public }

// PEM returns the key as PKCS#8. It is a secret.
func (k *SigningKey) PEM() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.rsa)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// Sign returns the RSASSA-PKCS1-v1_5 SHA-512 signature over message. It is
// deterministic: the same message gives the same signature.
func (k *SigningKey) Sign(message []byte) ([]byte, error) {
	sum := sha512.Sum512(message)
	signature, err := rsa.SignPKCS1v15(nil, k.rsa, crypto.SHA512, sum[:])
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	return signature, nil
}

// Seal signs a payload and returns the registry file. The same payload gives
// the same file.
func (k *SigningKey) Seal(payload []byte) ([]byte, error) {
	signature, err := k.Sign(payload)
	if err != nil {
		return nil, err
	}
	return Signed{Payload: payload, Signature: signature}.pack(), nil
}
