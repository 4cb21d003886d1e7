package trust

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSecretKeysComeBack(t *testing.T) {
	want, err := Generate()
	if err != nil {
		t.Fatal(err)
	}
	text, err := want.File("")
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"as it is":              text,
		"with carriage returns": bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")),
		"without the comment":   bytes.SplitN(text, []byte("\n"), 2)[1],
		"with more behind it":   append(bytes.Clone(text), "and more\n"...),
	} {
		got, err := ParseSecret(data, nil)
		if err != nil || got.Public() != want.Public() {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	other, err := Generate()
	if err != nil || other.Public().Same(want.Public()) {
		t.Errorf("made the same key twice, or none: %v", err)
	}
}

// A public half that is another's would give the secret away with the first signature.
func TestDamagedSecretKeysAreRefused(t *testing.T) {
	text, err := keyOf(t, 1).File("")
	if err != nil {
		t.Fatal(err)
	}
	head, line, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	raw, err := base64.StdEncoding.DecodeString(line)
	if err != nil {
		t.Fatal(err)
	}
	const key = 2 + 2 + 2 + 32 + 8 + 8 + keyIDSize
	for at := key; at < key+64; at++ {
		damaged := bytes.Clone(raw)
		damaged[at] ^= 1
		_, err := ParseSecret([]byte(head+"\n"+base64.StdEncoding.EncodeToString(damaged)), nil)
		if err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("byte %d: %v", at, err)
		}
	}
}

func TestWhatIsNoSecretKeyIsRefused(t *testing.T) {
	s := keyOf(t, 1)
	text, err := s.File("")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":      {nil, "not a file that"},
		"a public key": {s.Public().File(), "this is a public key"},
		"cut off":      {text[:len(text)-20], "not a file that"},
		"very long":    {bytes.Repeat([]byte("x"), MaxFile+1), "larger than"},
		"a signature":  {sign(t, s, "x"), "not a file that"},
	} {
		if _, err := ParseSecret(c.data, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := (Secret{}).File(""); err == nil {
		t.Error("no key has a file")
	}
}

func TestSecretKeysAreNotShown(t *testing.T) {
	s := keyOf(t, 1)
	raw, err := rawSecret(s.key)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%v %+v %#v %s %q %x %d", s, s, s, s, s, s, s)
	fmt.Fprint(&b, s, &s, []Secret{s}, struct{ S Secret }{s})
	log := slog.New(slog.NewJSONHandler(&b, nil))
	log.Info("x", "key", s, "keys", []any{s})
	for _, shown := range []string{
		string(raw[:8]), fmt.Sprintf("%x", raw[:8]), fmt.Sprintf("%d %d %d", raw[0], raw[1], raw[2]), base64.StdEncoding.EncodeToString(raw[:6]),
	} {
		if strings.Contains(b.String(), shown) {
			t.Errorf("%q is shown in %s", shown, b.String())
		}
	}
	if !strings.Contains(b.String(), s.Public().ID()) {
		t.Errorf("which key it is does not stand in %s", b.String())
	}
	if data, err := json.Marshal(s); err == nil {
		t.Errorf("written as %s", data)
	}
}

func TestLoadSecretNamesTheFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.key")
	if _, err := LoadSecret(file, nil); !os.IsNotExist(err) {
		t.Errorf("a file that is not there: %v", err)
	}
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadSecret(file, nil); err == nil || !strings.HasPrefix(err.Error(), file+": ") {
		t.Errorf("%v", err)
	}
}

func FuzzSecret(f *testing.F) {
	f.Add(stock(f, "plain.key"))
	text, err := keyOf(f, 1).File("")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(keyOf(f, 1).Public().File())
	f.Add([]byte("untrusted comment: \n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		// Whoever can name the costs of a password can name large ones; that is bounded, and too
		// slow for here.
		asked := false
		s, err := ParseSecret(data, func() (string, error) { asked = true; return "", fmt.Errorf("none") })
		if err != nil {
			return
		}
		if asked {
			t.Fatal("opened without the password")
		}
		if sig, err := Sign(s, data, "x"); err != nil {
			t.Fatal(err)
		} else if _, err := Verify(data, sig, s.Public()); err != nil {
			t.Errorf("its own signature: %v", err)
		}
	})
}
