package digest_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/fetch/digest"
)

func TestParse(t *testing.T) {
	zeros := func(n int) string { return strings.Repeat("0", n) }
	for _, c := range []struct {
		in   string
		want error
	}{
		{"sha256:" + zeros(64), nil},
		{"sha512:" + zeros(128), nil},
		{"sha1:" + zeros(40), nil},
		{"md5:" + zeros(32), nil},
		{"git-blob:" + zeros(40), nil},
		{"md5:" + strings.Repeat("AB", 16), nil},
		{"", digest.ErrUnknownAlgorithm},
		{zeros(64), digest.ErrUnknownAlgorithm},
		{":" + zeros(64), digest.ErrUnknownAlgorithm},
		{"SHA256:" + zeros(64), digest.ErrUnknownAlgorithm},
		{"sha3:" + zeros(64), digest.ErrUnknownAlgorithm},
		{"sha256:" + zeros(63), digest.ErrLength},
		{"sha256:" + zeros(65), digest.ErrLength},
		{"sha256:", digest.ErrLength},
		{"sha256:" + zeros(63) + "g", digest.ErrNotHex},
		{"sha256:" + zeros(63) + "\x00", digest.ErrNotHex},
		{"sha256:0x" + zeros(62), digest.ErrNotHex},
		{"sha256:" + zeros(62) + "é", digest.ErrNotHex},
	} {
		got, err := digest.Parse(c.in)
		if !errors.Is(err, c.want) {
			t.Errorf("Parse(%q): error %v, want %v", c.in, err, c.want)
		}
		if err == nil && got.String() != strings.ToLower(c.in) {
			t.Errorf("Parse(%q) = %v", c.in, got)
		}
		if err != nil && !got.IsZero() {
			t.Errorf("Parse(%q) = %v beside its error", c.in, got)
		}
	}
}

func TestErrorsAreOneShortLine(t *testing.T) {
	_, err := digest.Parse("sha256:" + strings.Repeat("\n", 100000))
	if msg := err.Error(); strings.Contains(msg, "\n") || len(msg) > 600 {
		t.Errorf("%d bytes: %.100q", len(msg), msg)
	}
}

func TestCheckWantsLowerCase(t *testing.T) {
	d := digest.Digest{Algorithm: digest.MD5, Hex: strings.Repeat("A", 32)}
	if err := d.Check(); !errors.Is(err, digest.ErrNotHex) {
		t.Errorf("Check: %v", err)
	}
}

func TestTextRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SampledFrom(all).Draw(t, "algorithm")
		n := 2 * a.Size()
		d, err := digest.New(a, rapid.StringOfN(rapid.RuneFrom([]rune("0123456789abcdefABCDEF")), n, n, n).Draw(t, "hex"))
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var back digest.Digest
		if err := json.Unmarshal(text, &back); err != nil || back != d {
			t.Fatalf("%s: %v, %v", text, back, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
	f.Add("git-blob:")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := digest.Parse(s)
		if err == nil && (d.Check() != nil || d.String() != strings.ToLower(s)) {
			t.Errorf("Parse(%q) = %v", s, d)
		}
	})
}
