package layout

import (
	"bytes"
	"cmp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var packedText = rapid.OneOf(
	rapid.StringMatching(`([0-9a-f]{0,20}[g-zé/A-F-]{0,3}){0,5}`),
	rapid.StringN(0, 300, -1),
	rapid.StringMatching(`[0-9a-f]{0,200}`),
)

func TestPackedTextComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, before, behind := packedText.Draw(t, "text"), packedText.Draw(t, "before"), packedText.Draw(t, "behind")
		data := append(appendPacked(nil, []byte(text)), behind...)
		got, rest := unpack([]byte(before), data)
		if string(got) != before+text || string(rest) != behind {
			t.Fatalf("unpack = %q and %q", got, rest)
		}
		if rest := skip(data); string(rest) != behind {
			t.Fatalf("skip leaves %q", rest)
		}
		other := rapid.OneOf(packedText, rapid.Just(text), rapid.Map(rapid.IntRange(0, len(text)), func(n int) string {
			return text[:n] + rapid.SampledFrom([]string{"", "0", "f", "/", "g", text[n:] + "0"}).Draw(t, "end")
		})).Draw(t, "other")
		same, order, rest := comparePacked(data, other)
		if same != shared(text, other) || cmp.Compare(order, 0) != strings.Compare(text, other) || string(rest) != behind {
			t.Fatalf("comparing with %q: %d, %d, %q", other, same, order, rest)
		}
	})
}

func TestPackedDigitsAreTwoInAByte(t *testing.T) {
	const digits = "0123456789abcdef0123456789abcdef01234567"
	for text, want := range map[string]int{
		"":                         1,
		"plain-1.2.3.tar":          16,
		digits:                     22,
		"artifact/" + digits:       31,
		digits + ".tar.gz":         30,
		digits[1:]:                 22,
		strings.ToUpper("abcdef0"): 8,
	} {
		if data := appendPacked(nil, []byte(text)); len(data) != want {
			t.Errorf("%q takes %d bytes, want %d", text, len(data), want)
		}
	}
}

func TestNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.Uint64().Draw(t, "number")
		data := appendNumber(nil, want)
		n, rest := number(append(data, 7))
		if n != want || !bytes.Equal(rest, []byte{7}) {
			t.Fatalf("%d and %v", n, rest)
		}
	})
}
