package trust

import (
	"crypto/sha256"
	"encoding/base64"
	"os"
	"strings"
	"testing"
	"time"

	"aead.dev/minisign"
)

// keyOf makes the key with a number, always the same one.
func keyOf(t testing.TB, number byte) Secret {
	t.Helper()
	_, key, err := minisign.GenerateKey(&stream{sha256.Sum256([]byte{number})})
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSecret(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// stream is bytes that look random and are always the same.
type stream struct{ state [32]byte }

func (s *stream) Read(p []byte) (int, error) {
	for i := range p {
		s.state = sha256.Sum256(s.state[:])
		p[i] = s.state[0]
	}
	return len(p), nil
}

func openRoot(t testing.TB) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

func openTrusted(t testing.TB, root *os.Root) *Trusted {
	t.Helper()
	trusted, err := OpenTrusted(root)
	if err != nil {
		t.Fatal(err)
	}
	trusted.Now = func() time.Time { return time.Date(2030, 1, 2, 3, 4, 5, 6, time.UTC) }
	return trusted
}

func sign(t testing.TB, s Secret, message string) []byte {
	t.Helper()
	sig, err := Sign(s, []byte(message), "a bundle")
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

func rotate(t testing.TB, from, to Secret) string {
	t.Helper()
	s, err := Rotate(from, to.Public())
	if err != nil {
		t.Fatal(err)
	}
	return string(s)
}

// asStock is a signature without the public key in its untrusted comment.
func asStock(t testing.TB, sig []byte) []byte {
	t.Helper()
	var s minisign.Signature
	if err := s.UnmarshalText(sig); err != nil {
		t.Fatal(err)
	}
	s.UntrustedComment = "signature from minisign secret key"
	text, err := s.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// withID is a key with the id of another.
func withID(t testing.TB, s Secret, id [keyIDSize]byte) Secret {
	t.Helper()
	const begin = 2 + 2 + 2 + 32 + 8 + 8
	text, err := s.File("")
	if err != nil {
		t.Fatal(err)
	}
	head, line, _ := strings.Cut(string(text), "\n")
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	copy(raw[begin:], id[:])
	changed, err := ParseSecret([]byte(head+"\n"+base64.StdEncoding.EncodeToString(raw)), nil)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}
