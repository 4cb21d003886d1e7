package receipt

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/layout/bundle/trust"
)

func openReceivers(t testing.TB, root *os.Root) *Receivers {
	t.Helper()
	r, err := OpenReceivers(root)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func receiptOf(site string, at time.Time, key trust.Secret) *Receipt {
	return &Receipt{Site: site, Time: at, Key: key.Public()}
}

func TestReceiversRememberTheFirstKey(t *testing.T) {
	root := newSite(t).root
	k1, k2 := aKey(t), aKey(t)
	r := openReceivers(t, root)
	first := receiptOf("plant-7", start, k1)
	if s, err := r.Check(first, nil); err != nil || s != (Standing{First: true}) {
		t.Errorf("%+v, %v", s, err)
	}
	if len(openReceivers(t, root).Sites()) != 0 {
		t.Error("Check remembers")
	}
	if err := r.Remember(first); err != nil {
		t.Fatal(err)
	}
	if err := openReceivers(t, root).Remember(receiptOf("a", start, k2)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		receipt *Receipt
		named   []trust.Public
		want    Standing
		refused bool
	}{
		"the same again":            {receipt: first},
		"a newer one":               {receipt: receiptOf("plant-7", start.Add(time.Hour), k1)},
		"an older one":              {receipt: receiptOf("plant-7", start.Add(-time.Hour), k1), want: Standing{Newest: start}},
		"another key":               {receipt: receiptOf("plant-7", start, k2), refused: true},
		"another key, and named":    {receipt: receiptOf("plant-7", start, k2), named: []trust.Public{k1.Public(), k2.Public()}, want: Standing{NewKey: true}},
		"another key, others named": {receipt: receiptOf("plant-7", start, k2), named: []trust.Public{k1.Public()}, refused: true},
		"the known key":             {receipt: first, named: []trust.Public{k2.Public()}},
		"another site":              {receipt: receiptOf("plant-8", start, k2), want: Standing{First: true}},
		"another site, named":       {receipt: receiptOf("plant-8", start, k2), named: []trust.Public{k2.Public()}, want: Standing{First: true}},
		"another site, not named":   {receipt: receiptOf("plant-8", start, k2), named: []trust.Public{k1.Public()}, refused: true},
	} {
		s, err := openReceivers(t, root).Check(c.receipt, c.named)
		if s != c.want || errors.Is(err, ErrOtherKey) != c.refused || (err != nil) != c.refused {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
		if err != nil && (strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "--trust "+c.receipt.Key.String())) {
			t.Errorf("%s: %q does not say what to do", name, err)
		}
	}
}

func TestReceiversRememberTheNewest(t *testing.T) {
	root := newSite(t).root
	k1, k2 := aKey(t), aKey(t)
	for _, rc := range []*Receipt{
		receiptOf("b", start.Add(time.Hour), k1), receiptOf("b", start, k1), receiptOf("a", start, k1), receiptOf("b", start, k2), receiptOf("c", start, k1),
	} {
		if err := openReceivers(t, root).Remember(rc); err != nil {
			t.Fatal(err)
		}
	}
	data, err := root.ReadFile(receiversPath)
	if err != nil {
		t.Fatal(err)
	}
	site := func(name string, key trust.Secret, at string) string {
		return "    {\n      \"site\": \"" + name + "\",\n      \"key\": \"" + key.Public().String() + "\",\n      \"newest\": \"" + at + "\"\n    }"
	}
	want := "{\n  \"format\": 1,\n  \"sites\": [\n" + strings.Join([]string{
		site("a", k1, "2030-01-01T00:00:00Z"), site("b", k2, "2030-01-01T01:00:00Z"), site("c", k1, "2030-01-01T00:00:00Z"),
	}, ",\n") + "\n  ]\n}\n"
	if string(data) != want {
		t.Errorf("%s\nwant\n%s", data, want)
	}
	if sites := openReceivers(t, root).Sites(); len(sites) != 3 || sites[1].Key != k2.Public() {
		t.Errorf("%+v", sites)
	}
}

func TestDamagedReceiversAreAnError(t *testing.T) {
	site := `{"site":"a","key":"` + aKey(t).Public().String() + `","newest":"2030-01-01T00:00:00Z"}`
	for name, text := range map[string]string{
		"empty":          "",
		"another format": `{"format":2}`,
		"unknown key":    `{"format":1,"sites":[],"more":1}`,
		"two documents":  `{"format":1,"sites":[]}1`,
		"twice":          `{"format":1,"sites":[` + site + `,` + site + `]}`,
		"no key":         `{"format":1,"sites":[{"site":"a","newest":"2030-01-01T00:00:00Z"}]}`,
		"no site":        `{"format":1,"sites":[` + strings.Replace(site, `"a"`, `""`, 1) + `]}`,
		"very long":      `{"format":1,"sites":[` + strings.Repeat(" ", maxReceivers) + `]}`,
	} {
		root := newSite(t).root
		if err := os.MkdirAll(filepath.Join(root.Name(), "state"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := root.WriteFile(receiversPath, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenReceivers(root); err == nil || !strings.HasPrefix(err.Error(), receiversPath+": ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReceivers(f *testing.F) {
	f.Add([]byte(`{"format":1,"sites":[{"site":"a","key":"` + aKey(f).Public().String() + `","newest":"2030-01-01T00:00:00Z"}]}`))
	f.Add([]byte(`{"format":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		sites, err := parseReceivers(data)
		if err != nil {
			return
		}
		r := &Receivers{sites: sites}
		for _, s := range sites {
			if found := r.find(s.Site); found == nil || *found != s {
				t.Errorf("%+v is not found", s)
			}
		}
	})
}
