package installs

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

// elixirKey is the SubjectPublicKeyInfo that Elixir up to 1.18 carries for the
// lists of installers.
const elixirKey = "" +
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAslPz1mAfyAvRv8W8xOdv" +
	"HQMbDJkDKfRhsL4JBGwGH7qw0xh+TbaUlNaM3pF+i8VUjS/4FeXjT/OAUEAHu5Y2" +
	"rBVlx00QcH8Dpbyf+H73XiCs0MXnTSecqDgzx6i6NMi8knklHT7yHySHtuuPmPuN" +
	"Po8QTKolCKftwPE/iNDeyZfwufd+hTCoCQdoTVcB01SElfNtvKRtoKbx35q80IPr" +
	"rOcGsALmr58+bWqCTY/51kFeRxzrPJ5LdcLU/AebyWddD4IUfPDxk16jTiCagMWA" +
	"JPSwo8NUrWDIBbD+rEUp06y0ek276rG5Tzm/3Bma56RN/u6nAqBTBE8F2Hu2QBKj" +
	"lQIDAQAB"

// ElixirKey returns the key that signs the lists of builds.hex.pm.
var ElixirKey = sync.OnceValue(func() *registry.PublicKey { return registry.MustBuiltIn(elixirKey) })

// ErrSignature means that a list and its signature do not belong together, or
// are signed by another key.
var ErrSignature = errors.New("signature does not verify")

// Verify proves that signed, the content of a .signed file, is key's signature
// over csv. Errors match [ErrSignature] or [ErrMalformed].
func Verify(csv, signed []byte, key *registry.PublicKey) error {
	if len(signed) > MaxSignature {
		return malformed("signature of %d bytes, more than %d", len(signed), MaxSignature)
	}
	text := bytes.Join(bytes.Fields(signed), nil)
	signature := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Strict().Decode(signature, text)
	if err != nil {
		return malformed("signature is not base64, it begins with %.20q", text)
	}
	if key.Verify(csv, signature[:n]) != nil {
		return fmt.Errorf("%w by key %s: list and signature were uploaded apart (fetch both again), or another key signs them", ErrSignature, key.Fingerprint())
	}
	return nil
}

// Sign returns the content of the .signed file for csv.
func Sign(csv []byte, key *registry.SigningKey) ([]byte, error) {
	signature, err := key.Sign(csv)
	if err != nil {
		return nil, err
	}
	var out []byte
	text := base64.StdEncoding.EncodeToString(signature)
	for len(text) > 64 { // the width that OpenSSL wraps at
		out = append(append(out, text[:64]...), '\n')
		text = text[64:]
	}
	return append(append(out, text...), '\n'), nil
}
