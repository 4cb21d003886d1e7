package trust

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"aead.dev/minisign"

	"github.com/offmirror/offmirror/fetch/store"
)

// Secret is a secret key. It does not show itself when it is printed or logged.
type Secret struct {
	key    minisign.PrivateKey
	public Public
}

// Password asks for the password of a key. It is called at most once, and only for a key
// that is protected by one.
type Password func() (string, error)

// Generate makes a key.
func Generate() (Secret, error) {
	_, key, err := minisign.GenerateKey(nil)
	if err != nil {
		return Secret{}, fmt.Errorf("make a key: %w", err)
	}
	return newSecret(key)
}

// LoadSecret reads a secret key from a file of minisign's, protected by a password or not.
// Errors name the file.
func LoadSecret(file string, password Password) (Secret, error) {
	data, err := store.ReadFile(file, MaxFile)
	if err != nil {
		return Secret{}, err
	}
	s, err := ParseSecret(data, password)
	if err != nil {
		return Secret{}, fmt.Errorf("%s: %w", file, err)
	}
	return s, nil
}

// ParseSecret is LoadSecret for a file whose content is at hand. To derive the key from
// a password takes a second and up to 1 GiB of memory, as the one who protected it wanted.
func ParseSecret(data []byte, password Password) (Secret, error) {
	if len(data) > MaxFile {
		return Secret{}, fmt.Errorf("secret key: larger than %d bytes", MaxFile)
	}
	data = plainLines(data)
	if _, err := ParsePublic(string(data)); err == nil {
		return Secret{}, errors.New("secret key: this is a public key; the secret one lies in another file")
	}
	if !minisign.IsEncrypted(data) {
		var key minisign.PrivateKey
		if err := key.UnmarshalText(data); err != nil {
			return Secret{}, errors.New("secret key: not a file that minisign -G or offmirror key generate made")
		}
		return newSecret(key)
	}
	if password == nil {
		return Secret{}, errors.New("secret key: protected by a password, and there is none")
	}
	text, err := password()
	if err != nil {
		return Secret{}, fmt.Errorf("secret key: %w", err)
	}
	key, err := minisign.DecryptKey(text, data)
	if err != nil {
		return Secret{}, errors.New("secret key: the password is another one, or the file is damaged")
	}
	return newSecret(key)
}

// plainLines keeps the comment and the line of a key, as stock minisign does.
func plainLines(data []byte) []byte {
	lines := strings.SplitN(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n", 3)
	if strings.HasPrefix(lines[0], untrustedPrefix) && len(lines) > 1 {
		return []byte(lines[0] + "\n" + lines[1])
	}
	return []byte(lines[0])
}

// newSecret proves that the halves of a key belong together: to sign with a public half
// that is another's gives the secret away.
func newSecret(key minisign.PrivateKey) (Secret, error) {
	raw, err := rawSecret(key)
	if err != nil {
		return Secret{}, err
	}
	if !bytes.Equal(ed25519.NewKeyFromSeed(raw[:ed25519.SeedSize]), raw) {
		return Secret{}, errors.New("secret key: damaged, its public half is another's")
	}
	m, ok := key.Public().(minisign.PublicKey)
	if !ok {
		return Secret{}, errors.New("secret key: without a public one")
	}
	public, err := ParsePublic(m.String())
	return Secret{key: key, public: public}, err
}

// rawSecret returns the seed and the public key that a key consists of, which the library
// shows in its file only.
func rawSecret(key minisign.PrivateKey) ([]byte, error) {
	const begin = 2 + 2 + 2 + 32 + 8 + 8 + keyIDSize // algorithms, salt, costs, id
	text, err := key.MarshalText()
	if err != nil {
		return nil, fmt.Errorf("secret key: %w", err)
	}
	_, line, _ := bytes.Cut(text, []byte("\n"))
	raw, err := base64.StdEncoding.DecodeString(string(line))
	if err != nil || len(raw) < begin+ed25519.PrivateKeySize {
		return nil, errors.New("secret key: cannot be read")
	}
	return raw[begin : begin+ed25519.PrivateKeySize], nil
}

// Public returns the public key.
func (s Secret) Public() Public { return s.public }

// IsZero reports whether s is no key.
func (s Secret) IsZero() bool { return s.public.IsZero() }

// File returns the text of minisign's file of a secret key: as minisign -G -W writes it if
// the password is empty, and otherwise protected by the password, which costs what
// reading it costs.
func (s Secret) File(password string) ([]byte, error) {
	if s.IsZero() {
		return nil, errors.New("secret key: there is none")
	}
	text, err := s.key.MarshalText()
	if err == nil && password != "" {
		text, err = minisign.EncryptKey(password, s.key)
	}
	if err != nil {
		return nil, fmt.Errorf("secret key: %w", err)
	}
	return append(text, '\n'), nil
}

// String says which key it is.
func (s Secret) String() string { return "secret key " + s.public.ID() }

// GoString is String, so that no way of printing shows the key.
func (s Secret) GoString() string { return s.String() }

// Format is String, for every verb.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// LogValue is String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON refuses: a secret key belongs into no document.
func (s Secret) MarshalJSON() ([]byte, error) {
	return nil, errors.New("a secret key is not written as JSON")
}
