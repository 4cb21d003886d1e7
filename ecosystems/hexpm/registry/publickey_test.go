package registry

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"strings"
	"sync"
	"testing"
)

// testKey is made once: making an RSA key is slow.
var testKey = sync.OnceValue(func() *SigningKey {
	k, err := GenerateSigningKey()
	if err != nil {
		panic(err)
	}
	return k
})

func TestHexPMIsTheKeyThatClientsCarry(t *testing.T) {
	if got, want := HexPM().Fingerprint(), "SHA256:O1LOYhHFW4kcrblKAxROaDEzLD8bn1seWbe5tq8TRsk"; got != want {
		t.Errorf("fingerprint %s, want %s", got, want)
	}
	sum := HexPM().DERSHA256()
	if got, want := hex.EncodeToString(sum[:]), "f137a9cdf0665cc355cfe330013760e55fbe0544072b6d4ef29169fd4141da73"; got != want {
		t.Errorf("DER SHA-256 %s, want %s", got, want)
	}
}

func TestPublicKeyFormsAreTheSameKey(t *testing.T) {
	public := testKey().Public()
	pkcs1 := pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&testKey().rsa.PublicKey)})
	for name, text := range map[string][]byte{
		"SPKI":                public.PEM(),
		"PKCS#1":              pkcs1,
		"with text before it": append([]byte("my key\n"), public.PEM()...),
	} {
		got, err := ParsePublicKey(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !got.Equal(public) || got.Fingerprint() != public.Fingerprint() || string(got.PEM()) != string(public.PEM()) {
			t.Errorf("%s: another key came out", name)
		}
	}
	if public.Equal(nil) || public.Equal(HexPM()) {
		t.Error("different keys are equal")
	}
}

func TestParsePublicKeyRefuses(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecDER, err := x509.MarshalPKIXPublicKey(&ec.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	private, err := testKey().PEM()
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	for _, c := range []struct {
		name string
		text []byte
		want string
	}{
		{"nothing", nil, "no PEM block"},
		{"a web page", []byte("<html>not found</html>"), "no PEM block"},
		{"broken SPKI", block("PUBLIC KEY", []byte("x")), "public key:"},
		{"broken PKCS#1", block("RSA PUBLIC KEY", []byte("x")), "public key:"},
		{"elliptic curve", block("PUBLIC KEY", ecDER), "expected an RSA key"},
		{"private", private, "private key"},
		{"certificate", block("CERTIFICATE", []byte("x")), `"CERTIFICATE"`},
		{"tiny", block("RSA PUBLIC KEY", []byte{0x30, 0x06, 0x02, 0x01, 0x0f, 0x02, 0x01, 0x03}), "bits"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParsePublicKey(c.text)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestSigningKeyRoundTrip(t *testing.T) {
	text, err := testKey().PEM()
	if err != nil {
		t.Fatal(err)
	}
	pkcs1 := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(testKey().rsa)})
	for name, text := range map[string][]byte{"PKCS#8": text, "PKCS#1": pkcs1} {
		k, err := ParseSigningKey(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		signature, err := k.Sign([]byte("message"))
		if err != nil {
			t.Fatal(err)
		}
		if len(signature) != 256 {
			t.Errorf("%s: signature of %d bytes, want 256", name, len(signature))
		}
		if err := testKey().Public().Verify([]byte("message"), signature); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := testKey().Public().Verify([]byte("massage"), signature); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: another message: %v, want ErrSignature", name, err)
		}
	}
}

func TestParseSigningKeyRefuses(t *testing.T) {
	for _, c := range []struct {
		name, want string
		text       []byte
	}{
		{"nothing", "no PEM block", nil},
		{"public", `"PUBLIC KEY"`, testKey().Public().PEM()},
		{"encrypted", "passphrase", pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")})},
		{"broken", "signing key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")})},
		{"broken PKCS#1", "signing key", pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: []byte("x")})},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := ParseSigningKey(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestVerifyNamesTheKey(t *testing.T) {
	err := HexPM().Verify([]byte("m"), make([]byte, 256))
	if !errors.Is(err, ErrSignature) || !strings.Contains(err.Error(), HexPM().Fingerprint()) {
		t.Errorf("wrong signature: %v", err)
	}
	err = HexPM().Verify([]byte("m"), nil)
	if !errors.Is(err, ErrSignature) || !strings.Contains(err.Error(), "not signed") {
		t.Errorf("no signature: %v", err)
	}
}

func TestFingerprintOfOddModulus(t *testing.T) {
	// A modulus whose first bit is clear gets no zero byte; both forms must be stable.
	k, err := newPublicKey(&rsa.PublicKey{N: HexPM().rsa.N, E: 3})
	if err != nil {
		t.Fatal(err)
	}
	if k.Fingerprint() == HexPM().Fingerprint() {
		t.Error("the exponent is not part of the fingerprint")
	}
}
