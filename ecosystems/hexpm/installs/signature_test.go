package installs

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

var testKey = sync.OnceValue(func() *registry.SigningKey {
	k, err := registry.GenerateSigningKey()
	if err != nil {
		panic(err)
	}
	return k
})

func TestElixirKeyIsTheOneThatElixirCarries(t *testing.T) {
	if got, want := ElixirKey().Fingerprint(), "SHA256:1VCRrDeL+vXGXXhZqF6BQr9v8Bnu9GXfP+RgzUmnFmw"; got != want {
		t.Errorf("fingerprint %s, want %s", got, want)
	}
	sum := ElixirKey().DERSHA256()
	if got := hex.EncodeToString(sum[:]); !strings.HasPrefix(got, "e9d3fad4") || !strings.HasSuffix(got, "89c1ee") {
		t.Errorf("DER SHA-256 %s, want e9d3fad4…89c1ee", got)
	}
}

func TestSignAndVerify(t *testing.T) {
	csv := []byte("2.2.1," + fakeSum(1) + ",1.17.0,25\n")
	signed, err := Sign(csv, testKey())
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(signed) {
		if len(line) > 65 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	raw := bytes.ReplaceAll(signed, []byte("\n"), nil)
	for name, text := range map[string][]byte{
		"wrapped":   signed,
		"one line":  raw,
		"CR LF":     bytes.ReplaceAll(signed, []byte("\n"), []byte("\r\n")),
		"no eol":    bytes.TrimRight(signed, "\n"),
		"blank end": append(bytes.Clone(signed), '\n'),
	} {
		if err := Verify(csv, text, testKey().Public()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	csv := []byte("2.2.1," + fakeSum(1) + ",1.17.0,25\n")
	signed, err := Sign(csv, testKey())
	if err != nil {
		t.Fatal(err)
	}
	public := testKey().Public()
	torn := Verify(append(bytes.Clone(csv), csv...), signed, public)
	if !errors.Is(torn, ErrSignature) || !strings.Contains(torn.Error(), public.Fingerprint()) {
		t.Errorf("torn pair: %v, want ErrSignature that names the key", torn)
	}
	if err := Verify(csv, signed, ElixirKey()); !errors.Is(err, ErrSignature) {
		t.Errorf("another key: %v, want ErrSignature", err)
	}
	if err := Verify(csv, nil, public); !errors.Is(err, ErrSignature) {
		t.Errorf("empty signature: %v, want ErrSignature", err)
	}
	for name, text := range map[string][]byte{
		"a web page": []byte("<html>not found</html>"),
		"raw bytes":  {0xff, 0xfe, 0x00},
		"padding":    []byte("QQ==="),
		"huge":       []byte(base64.StdEncoding.EncodeToString(make([]byte, MaxSignature))),
	} {
		if err := Verify(csv, text, public); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, want ErrMalformed", name, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	signed, err := Sign([]byte("x"), testKey())
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("x"), signed)
	f.Fuzz(func(t *testing.T, csv, signed []byte) {
		if Verify(csv, signed, testKey().Public()) == nil && string(csv) != "x" {
			t.Fatalf("%q is taken for signed", csv)
		}
	})
}
