package trust

import (
	"slices"
	"strings"
	"testing"
)

func TestRotationIsASignatureOfTheNewKeysFile(t *testing.T) {
	k1, k2 := keyOf(t, 1), keyOf(t, 2)
	s, err := Rotate(k1, k2.Public())
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(s), "\n"); lines != statementLines {
		t.Errorf("%d lines", lines)
	}
	text := string(k2.Public().File())
	if !strings.HasPrefix(string(s), text) {
		t.Errorf("does not begin with the new key's file:\n%s", s)
	}
	got, err := Verify([]byte(text), []byte(s.Signature()), k1.Public())
	if err != nil || got.Comment != rotationComment {
		t.Errorf("%+v, %v", got, err)
	}
	if Statement("short").Signature() != "" {
		t.Error("a signature of nothing")
	}
}

func TestRotationsThatAreNone(t *testing.T) {
	k1, k2 := keyOf(t, 1), keyOf(t, 2)
	if _, err := Rotate(k1, k1.Public()); err == nil {
		t.Error("a key replaced itself")
	}
	if _, err := Rotate(k1, withID(t, k1, k2.Public().id).Public()); err == nil {
		t.Error("a key replaced itself under another id")
	}
	if _, err := Rotate(k1, Public{}); err == nil {
		t.Error("nothing replaced a key")
	}
	if _, err := Rotate(Secret{}, k1.Public()); err == nil {
		t.Error("a key replaced nothing")
	}
	file := string(k2.Public().File())
	other, err := Sign(k1, []byte(file), "a bundle")
	if err != nil {
		t.Fatal(err)
	}
	self, err := Sign(k2, []byte(file), rotationComment)
	if err != nil {
		t.Fatal(err)
	}
	good := rotate(t, k1, k2)
	for name, text := range map[string]string{
		"nothing":               "",
		"a key only":            file,
		"signed for a bundle":   file + string(other),
		"signed by the new key": file + string(self),
		"a line more":           good + "x\n",
		"no comment":            k2.Public().String() + "\n" + good[strings.Index(good, "\n")+1:],
		"very long":             good + strings.Repeat("x", MaxFile),
	} {
		if _, err := parseStatement(text); err == nil {
			t.Errorf("%s: read", name)
		}
	}
	// The statement stands or falls with each byte of the new key's file.
	r, err := parseStatement(strings.Replace(good, "minisign public key", "minisign public kez", 1))
	if err != nil || r.by(k1.Public()) {
		t.Errorf("proven after a change: %v", err)
	}
}

func TestSucceedKeepsTheChain(t *testing.T) {
	first := keyOf(t, 1)
	s, err := first, error(nil)
	var chain []string
	for i := range MaxChain + 3 {
		if s, chain, err = Succeed(s, chain); err != nil {
			t.Fatal(err)
		}
		if len(chain) != min(i+1, MaxChain) {
			t.Fatalf("%d rotations after %d", len(chain), i+1)
		}
	}
	rotations, err := parseStatements(chain)
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(rotations); i++ {
		if !rotations[i].by(rotations[i-1].to) {
			t.Errorf("rotation %d is not by the key before", i)
		}
	}
	if last := rotations[len(rotations)-1].to; last != s.Public() {
		t.Errorf("leads to %s, not to %s", last, s.Public())
	}
	never := func(Public) bool { return false }
	if follow(rotations, []Public{first.Public()}, never, s.Public().Same) != nil {
		t.Error("a way from a key whose rotation was dropped")
	}
	if way := follow(rotations, []Public{rotations[0].to}, never, s.Public().Same); len(way) != MaxChain {
		t.Errorf("a way of %d keys", len(way))
	}
}

func TestChainFileOfAnInterruptedRotation(t *testing.T) {
	k1, k2, k3 := keyOf(t, 1), keyOf(t, 2), keyOf(t, 3)
	chain := []string{rotate(t, k1, k2), rotate(t, k2, k3)}
	for name, c := range map[string]struct {
		key  Secret
		want []string
	}{
		"as it should be":     {k3, chain},
		"the key not written": {k2, chain[:1]},
		"a key of elsewhere":  {k1, nil},
	} {
		got, err := parseChain(formatChain(chain), c.key.Public())
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	crlf := strings.ReplaceAll(string(formatChain(chain)), "\n", "\r\n")
	if got, err := parseChain([]byte(crlf), k3.Public()); err != nil || !slices.Equal(got, chain) {
		t.Errorf("with carriage returns: %q, %v", got, err)
	}
	for name, text := range map[string]string{
		"cut off":  string(formatChain(chain))[:700],
		"nonsense": "x\n",
		"too many": strings.Repeat(chain[0], MaxChain+1),
		"too long": strings.Repeat("x", maxChainFile+1),
	} {
		if got, err := parseChain([]byte(text), k3.Public()); err == nil {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func FuzzRotation(f *testing.F) {
	k1, k2 := keyOf(f, 1), keyOf(f, 2)
	good := rotate(f, k1, k2)
	f.Add(good)
	f.Add(string(stock(f, "protected.pub")) + string(stock(f, "rotation.minisig")))
	f.Add(string(k2.Public().File()))
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := parseChain([]byte(text), k2.Public()); err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%q is not one line", err)
		}
		r, err := parseStatement(text)
		if err != nil {
			return
		}
		if r.by(k1.Public()) && (r.to != k2.Public() || r.text != string(k2.Public().File())) {
			t.Errorf("%q replaces k1", text)
		}
	})
}
