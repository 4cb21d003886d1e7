package trust

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

func TestSignIsVerified(t *testing.T) {
	s := keyOf(t, 1)
	for _, message := range []string{"", "x", strings.Repeat("long ", 100000)} {
		sig, err := Sign(s, []byte(message), "a comment, «plain» text")
		if err != nil {
			t.Fatal(err)
		}
		again, err := Sign(s, []byte(message), "a comment, «plain» text")
		if err != nil || !bytes.Equal(sig, again) {
			t.Errorf("not the same twice: %v", err)
		}
		got, err := Verify([]byte(message), sig, keyOf(t, 2).Public(), s.Public())
		if err != nil || got.Key != s.Public() || got.Comment != "a comment, «plain» text" {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

func TestSignRefusesComments(t *testing.T) {
	s := keyOf(t, 1)
	for name, comment := range map[string]string{
		"two lines": "a\nb", "a carriage return": "a\r", "an escape": "\x1b[2J", "no text": "\xff", "right to left": "a\u202eb", "too long": strings.Repeat("a", maxComment+1),
	} {
		if sig, err := Sign(s, nil, comment); err == nil {
			t.Errorf("%s: %s", name, sig)
		}
	}
	if _, err := Sign(Secret{}, nil, ""); err == nil {
		t.Error("signed without a key")
	}
}

// A signature of which any bit is another verifies only if the bit is in the untrusted comment.
func TestEveryBitOfASignatureCounts(t *testing.T) {
	s := keyOf(t, 1)
	sig := sign(t, s, manifest)
	untrusted := bytes.IndexByte(sig, '\n')
	for at := range sig {
		for bit := range 8 {
			changed := bytes.Clone(sig)
			changed[at] ^= 1 << bit
			_, err := Verify([]byte(manifest), changed, s.Public())
			if inComment := at >= len(untrustedPrefix) && at < untrusted; err == nil && !inComment && at != len(sig)-1 { // the last is a line end
				t.Errorf("bit %d of byte %d (%q) may be another", bit, at, sig[at])
			}
		}
	}
	for n := range len(sig) - 1 {
		if _, err := Verify([]byte(manifest), sig[:n], s.Public()); err == nil {
			t.Errorf("verified when cut off after %d bytes", n)
		}
	}
}

func TestWhatIsNoSignatureIsRefused(t *testing.T) {
	s := keyOf(t, 1)
	lines := strings.Split(strings.TrimSpace(string(sign(t, s, manifest))), "\n")
	with := func(n int, text string) string {
		changed := append([]string(nil), lines...)
		changed[n] = text
		return strings.Join(changed, "\n")
	}
	for name, text := range map[string]string{
		"nothing":                "",
		"five lines":             strings.Join(append(lines, "x"), "\n"),
		"no comment":             with(0, "comment: x"),
		"no trusted comment":     with(2, "comment: x"),
		"no base64":              with(1, strings.Repeat("*", len(lines[1]))),
		"short":                  with(3, lines[3][4:]),
		"base64 with a stray":    with(3, lines[3][:40]+"\r"+lines[3][40:]),
		"another algorithm":      with(1, "RX"+lines[1][2:]),
		"the legacy one":         with(1, "RW"+lines[1][2:]),
		"escapes in the comment": with(2, trustedPrefix+"\x1b[2J"),
		"very long":              with(0, untrustedPrefix+strings.Repeat("x", MaxFile)),
	} {
		_, err := Verify([]byte(manifest), []byte(text), s.Public())
		if err == nil || errors.Is(err, ErrSignature) || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheClaimIsWhatTheUntrustedCommentSays(t *testing.T) {
	k1, k2 := keyOf(t, 1), keyOf(t, 2)
	sig := string(sign(t, k1, manifest))
	for text, want := range map[string]Public{
		sig: k1.Public(),
		strings.Replace(sig, k1.Public().String(), k2.Public().String(), 1): k2.Public(),
		strings.Replace(sig, k1.Public().String(), "nonsense", 1):           {},
		string(asStock(t, []byte(sig))):                                     {},
	} {
		s, err := parseSignature([]byte(text))
		if err != nil || s.claimed != want {
			t.Errorf("claims %v, want %v: %v", s, want, err)
		}
	}
}

func FuzzSignature(f *testing.F) {
	s := keyOf(f, 1)
	f.Add(sign(f, s, manifest))
	f.Add(stock(f, "message.minisig"))
	f.Add(stock(f, "legacy.minisig"))
	f.Add([]byte("untrusted comment: \n\ntrusted comment: \n\n"))
	good := sign(f, s, manifest)
	_, signed, _ := bytes.Cut(good, []byte("\n"))
	f.Fuzz(func(t *testing.T, sig []byte) {
		got, err := Verify([]byte(manifest), sig, s.Public(), keyOf(t, 2).Public())
		if err != nil {
			return
		}
		_, rest, _ := bytes.Cut(bytes.ReplaceAll(sig, []byte("\r\n"), []byte("\n")), []byte("\n"))
		if got.Key != s.Public() || !bytes.Equal(bytes.TrimRight(rest, "\n"), bytes.TrimRight(signed, "\n")) {
			t.Errorf("%q verifies", sig)
		}
	})
}

// libsodium refuses signatures whose points are of small order; so does stock minisign.
func TestSignaturesWithPointsOfSmallOrderAreRefused(t *testing.T) {
	s := keyOf(t, 1)
	lines := strings.Split(strings.TrimSpace(string(sign(t, s, manifest))), "\n")
	for encoded := range smallOrder {
		for line, at := range map[int]int{1: 2 + keyIDSize, 3: 0} {
			raw, err := base64.StdEncoding.DecodeString(lines[line])
			if err != nil {
				t.Fatal(err)
			}
			copy(raw[at:], encoded[:])
			changed := append([]string(nil), lines...)
			changed[line] = base64.StdEncoding.EncodeToString(raw)
			_, err = Verify([]byte(manifest), []byte(strings.Join(changed, "\n")), s.Public())
			if err == nil || !strings.Contains(err.Error(), "proves nothing") {
				t.Errorf("line %d with %x: %v", line, encoded, err)
			}
		}
	}
}
