package receipt

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/layout/bundle/trust"
)

func someID(i int) string {
	return strings.Repeat("0123456789abcdef"[i%16:i%16+1], 31) + "0123456789abcdef"[i/16:i/16+1]
}

func aKey(t testing.TB) trust.Secret {
	t.Helper()
	s, err := trust.Generate()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func aReceipt() Receipt {
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	return Receipt{
		Site:   "plant-7",
		Time:   at,
		Bundle: "nightly-12",
		Ecosystems: []Holding{
			{Name: "hex", Confirmed: at.Add(-time.Hour), Current: someID(1), Kept: []string{someID(2), someID(3)}},
			{Name: "julia"},
			{Name: "justmr", Kept: []string{someID(1)}},
		},
	}
}

func signed(t testing.TB, r Receipt, s trust.Secret) []byte {
	t.Helper()
	data, err := r.Sign(s)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestReceiptComesBack(t *testing.T) {
	s, want := aKey(t), aReceipt()
	data := signed(t, want, s)
	for name, text := range map[string][]byte{
		"as it is":                  data,
		"with carriage returns":     bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n")),
		"without the last line end": bytes.TrimSuffix(data, []byte("\n")),
	} {
		got, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want.Key = s.Public()
		if diff := cmp.Diff(&want, got, cmp.Comparer(func(a, b trust.Public) bool { return a == b })); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	if !bytes.Equal(data, signed(t, aReceipt(), s)) {
		t.Error("equal receipts, other bytes")
	}
}

func TestHolds(t *testing.T) {
	r := aReceipt()
	for _, c := range []struct {
		ecosystem, id string
		want          bool
	}{
		{"hex", someID(1), true}, {"hex", someID(3), true}, {"hex", someID(4), false}, {"hex", "", false},
		{"julia", someID(1), false}, {"justmr", someID(1), true}, {"npm", someID(1), false},
	} {
		if got := r.Holds(c.ecosystem, c.id); got != c.want {
			t.Errorf("%s %s: %t", c.ecosystem, c.id, got)
		}
	}
	if diff := cmp.Diff([]string{someID(1), someID(2), someID(3)}, r.Snapshots("hex")); diff != "" {
		t.Error(diff)
	}
}
