package retention

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

func scanned(t interface{ Fatal(...any) }, text string, digits int) []string {
	var names []string
	if err := scanNames(iotest.HalfReader(strings.NewReader(text)), digits, func(name []byte) { names = append(names, string(name)) }); err != nil {
		t.Fatal(err)
	}
	return names
}

func TestScanNames(t *testing.T) {
	for text, want := range map[string][]string{
		"":                      nil,
		"abc":                   nil,
		"abcd":                  {"abcd"},
		"xabcdx0123":            {"abcd", "0123"},
		`{"k":"abcd","0123":1}`: {"abcd", "0123"},
		"ABCD":                  nil,
		"abcdef":                {"abcd", "bcde", "cdef"},
	} {
		if diff := cmp.Diff(want, scanned(t, text, 4)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// However a name is embedded, it is found.
func TestScanNamesFindsAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.SampledFrom([]int{1, 4, 32, 64}).Draw(t, "digits")
		alphabet := []rune(`0123456789abcdef",x`)
		text := rapid.StringOfN(rapid.SampledFrom(alphabet), 0, 400, -1).Draw(t, "text")
		var want []string
		for i := 0; i+digits <= len(text); i++ {
			if part := text[i : i+digits]; strings.Trim(part, "0123456789abcdef") == "" {
				want = append(want, part)
			}
		}
		if diff := cmp.Diff(want, scanned(t, text, digits)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestObjectsIn(t *testing.T) {
	w := newWorld(t)
	a, b, c := idOf("a"), idOf("b"), idOf("c")
	w.must(layout.WriteFile(w.root, "state/drivers/x.json", fmt.Appendf(nil, `{"a":"%s","not":"%X"}`, a, c[:]), 0o644))
	w.must(layout.WriteFile(w.root, "state/drivers/y.json", bytes.Repeat([]byte(hex.EncodeToString(b[:])), 3), 0o644))
	w.must(layout.WriteFile(w.root, "state/drivers/.y.json.new", []byte(c.String()), 0o644)) // a dead run's
	w.must(layout.WriteFile(w.root, "state/drivers/y.txt", []byte(c.String()), 0o644))
	found := map[store.ID]bool{}
	w.must(objectsIn(w.root, driversFolder, func(id store.ID) { found[id] = true }))
	if !found[a] || !found[b] || found[c] {
		t.Error(found[a], found[b], found[c])
	}
	w.must(w.root.Mkdir("state/drivers/z.json", 0o755))
	if err := objectsIn(w.root, driversFolder, func(store.ID) {}); err == nil || !strings.Contains(err.Error(), "state/drivers/z.json") {
		t.Errorf("error %v", err)
	}
	if err := objectsIn(w.root, "state/none", func(store.ID) {}); err != nil {
		t.Error(err)
	}
}
