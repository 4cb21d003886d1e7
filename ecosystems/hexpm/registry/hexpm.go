package registry

import (
	"encoding/base64"
	"encoding/pem"
	"sync"
)

// hexpmKey is the SubjectPublicKeyInfo that hex.pm publishes on its page of
// public keys and that every client carries. It has been the only one since March 2016.
const hexpmKey = "" +
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEApqREcFDt5vV21JVe2QNB" +
	"Edvzk6w36aNFhVGWN5toNJRjRJ6m4hIuG4KaXtDWVLjnvct6MYMfqhC79HAGwyF+" +
	"IqR6Q6a5bbFSsImgBJwz1oadoVKD6ZNetAuCIK84cjMrEFRkELtEIPNHblCzUkkM" +
	"3rS9+DPlnfG8hBvGi6tvQIuZmXGCxF/73hU0/MyGhbmEjIKRtG6b0sJYKelRLTPW" +
	"XgK7s5pESgiwf2YC/2MGDXjAJfpfCd0RpLdvd4eRiXtVlE9qO9bND94E7PgQ/xqZ" +
	"J1i2xWFndWa6nfFnRxZmCStCOZWYYPlaxr+FZceFbpMwzTNs4g3d4tLNUcbKAIH4" +
	"0wIDAQAB"

// HexPM returns the key of hex.pm's own repository and of the organisations
// below it.
var HexPM = sync.OnceValue(func() *PublicKey { return MustBuiltIn(hexpmKey) })

// MustBuiltIn reads a key that is part of the program: the base64 of its
// SubjectPublicKeyInfo. It panics if that is no key.
func MustBuiltIn(spki string) *PublicKey {
	der, err := base64.StdEncoding.DecodeString(spki)
	if err != nil {
		panic("built-in public key: " + err.Error())
	}
	k, err := ParsePublicKey(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	if err != nil {
		panic("built-in " + err.Error())
	}
	return k
}
