package trust

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The files below testdata/stock were made by minisign 0.11; the password of the protected key
// is "correct horse", its cost the least that minisign falls back to.

func stock(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata/stock", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func stockPublic(t testing.TB, name string) Public {
	t.Helper()
	p, err := LoadPublic(filepath.Join("testdata/stock", name))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSignaturesOfStockMinisignAreVerified(t *testing.T) {
	plain, protected := stockPublic(t, "plain.pub"), stockPublic(t, "protected.pub")
	message := stock(t, "message")
	for _, c := range []struct {
		file    string
		key     Public
		comment string
	}{
		{"message.minisig", plain, "bundle nightly"},
		{"default.minisig", plain, "file:message"},
		{"protected.minisig", protected, "file:message"},
	} {
		got, err := Verify(message, stock(t, c.file), protected, plain)
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		if got.Key != c.key || !strings.Contains(got.Comment, c.comment) {
			t.Errorf("%s: signed by %s with %q", c.file, got.Key, got.Comment)
		}
		if _, err := Verify(append(message, '\n'), stock(t, c.file), protected, plain); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: verified another message: %v", c.file, err)
		}
	}
	if _, err := Verify(message, stock(t, "message.minisig"), protected); !errors.Is(err, ErrSignature) {
		t.Errorf("verified by another key: %v", err)
	}
	if _, err := Verify(message, stock(t, "legacy.minisig"), plain); err == nil || !strings.Contains(err.Error(), "legacy") {
		t.Errorf("legacy form: %v", err)
	}
}

func TestWeSignAsStockMinisignDoes(t *testing.T) {
	s, err := LoadSecret("testdata/stock/plain.key", nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Sign(s, stock(t, "message"), "bundle nightly")
	if err != nil {
		t.Fatal(err)
	}
	_, ours, _ := bytes.Cut(got, []byte("\n"))
	_, theirs, _ := bytes.Cut(stock(t, "message.minisig"), []byte("\n"))
	if !bytes.Equal(ours, theirs) { // all but the untrusted comment
		t.Errorf("signature\n%s\nwant\n%s", ours, theirs)
	}
}

func TestKeysOfStockMinisignAreRead(t *testing.T) {
	s, err := LoadSecret("testdata/stock/plain.key", nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.Public() != stockPublic(t, "plain.pub") {
		t.Errorf("public key %s", s.Public())
	}
	if got := s.Public().File(); !bytes.Equal(got, stock(t, "plain.pub")) {
		t.Errorf("its file:\n%s\nwant\n%s", got, stock(t, "plain.pub"))
	}
	text, err := s.File("")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, stock(t, "plain.key")) {
		t.Errorf("its secret file:\n%s\nwant\n%s", text, stock(t, "plain.key"))
	}
	asked := 0
	s, err = LoadSecret("testdata/stock/protected.key", func() (string, error) { asked++; return "correct horse", nil })
	if err != nil {
		t.Fatal(err)
	}
	if s.Public() != stockPublic(t, "protected.pub") || asked != 1 {
		t.Errorf("public key %s, asked %d times", s.Public(), asked)
	}
}

func TestProtectedKeyNeedsItsPassword(t *testing.T) {
	for name, c := range map[string]struct {
		password Password
		want     string
	}{
		"none":  {nil, "protected by a password"},
		"wrong": {func() (string, error) { return "battery staple", nil }, "password is another"},
		"error": {func() (string, error) { return "", errors.New("set $X") }, "set $X"},
	} {
		_, err := LoadSecret("testdata/stock/protected.key", c.password)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "protected.key") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestStockMinisignCanMakeARotation(t *testing.T) {
	statement := string(stock(t, "protected.pub")) + string(stock(t, "rotation.minisig"))
	r, err := parseStatement(statement)
	if err != nil {
		t.Fatal(err)
	}
	if !r.by(stockPublic(t, "plain.pub")) || r.by(stockPublic(t, "protected.pub")) || r.to != stockPublic(t, "protected.pub") {
		t.Error("not a rotation from plain to protected")
	}
}
