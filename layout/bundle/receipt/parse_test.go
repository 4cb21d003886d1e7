package receipt

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/layout/bundle/trust"
)

// forged signs any text as a receipt.
func forged(t testing.TB, s trust.Secret, list string) []byte {
	t.Helper()
	message := []byte(head + list + "\n")
	sig, err := trust.Sign(s, message, "x")
	if err != nil {
		t.Fatal(err)
	}
	return append(message, sig...)
}

func TestWhatIsNoReceiptIsRefused(t *testing.T) {
	s := aKey(t)
	key := `"key":"` + s.Public().String() + `"`
	good := string(signed(t, aReceipt(), s))
	list := strings.SplitN(good, "\n", 3)[1]
	id := someID(1)
	for name, c := range map[string]struct {
		text []byte
		want string
	}{
		"nothing":              {nil, "does not begin"},
		"something else":       {[]byte("<html>"), "does not begin"},
		"another format":       {[]byte(strings.Replace(good, "receipt 1", "receipt 2", 1)), `format "2"`},
		"cut off in the list":  {[]byte(head + list), "cut off"},
		"without a signature":  {[]byte(head + list + "\n"), "cut off"},
		"another list":         {[]byte(strings.Replace(good, "plant-7", "plant-8", 1)), "signature does not match"},
		"by another key":       {forged(t, aKey(t), list), "signature does not match"},
		"very long":            {[]byte(good + strings.Repeat("x", MaxSize)), "larger than"},
		"very long with space": {bytes.Repeat([]byte("\r\n"), MaxSize+1), "larger than"},
		"no list":              {forged(t, s, "[]"), "damaged"},
		"a space":              {forged(t, s, strings.Replace(list, `"time":`, `"time": `, 1)), "not written as"},
		"an unknown key":       {forged(t, s, strings.Replace(list, `{"site"`, `{"more":1,"site"`, 1)), "not written as"},
		"a key twice":          {forged(t, s, strings.Replace(list, `{"site"`, `{"site":"a","site"`, 1)), "not written as"},
		"no site":              {forged(t, s, `{"site":"","time":"2030-01-02T03:04:05Z",`+key+`,"ecosystems":[]}`), "site"},
		"a site with spaces":   {forged(t, s, `{"site":"a b","time":"2030-01-02T03:04:05Z",`+key+`,"ecosystems":[]}`), "site"},
		"no key":               {forged(t, s, `{"site":"a","time":"2030-01-02T03:04:05Z","ecosystems":[]}`), "names no key"},
		"no time":              {forged(t, s, `{"site":"a",`+key+`,"ecosystems":[]}`), "no time"},
		"a time of elsewhere":  {forged(t, s, `{"site":"a","time":"2030-01-02T03:04:05+01:00",`+key+`,"ecosystems":[]}`), "UTC"},
		"a time too fine":      {forged(t, s, `{"site":"a","time":"2030-01-02T03:04:05.5Z",`+key+`,"ecosystems":[]}`), "whole seconds"},
		"null":                 {forged(t, s, `{"site":"a","time":"2030-01-02T03:04:05Z",`+key+`,"ecosystems":null}`), "not written as"},
		"a bundle with a path": {forged(t, s, strings.Replace(list, "nightly-12", "../x", 1)), "no name of a bundle"},
		"a bundle of escapes":  {forged(t, s, strings.Replace(list, "nightly-12", `\u001b[2J`, 1)), "no name of a bundle"},
		"an ecosystem upwards": {forged(t, s, strings.Replace(list, `"name":"hex"`, `"name":"../hex"`, 1)), "no name of an ecosystem"},
		"out of order":         {forged(t, s, strings.Replace(list, `"name":"hex"`, `"name":"z"`, 1)), "not in order"},
		"an ecosystem twice":   {forged(t, s, strings.Replace(list, `"name":"julia"`, `"name":"hex"`, 1)), "not in order"},
		"an id that is none":   {forged(t, s, strings.ReplaceAll(list, id, strings.ToUpper(id[:31])+"/")), "no id"},
		"a short id":           {forged(t, s, strings.ReplaceAll(list, id, id[:31])), "no id"},
		"an id twice":          {forged(t, s, strings.ReplaceAll(list, someID(2), id)), "there twice"},
		"fewer than none":      {forged(t, s, strings.Replace(list, `]}]}`, `]}],"dropped":-1}`, 1)), "counts what cannot be"},
		"confirmed elsewhere":  {forged(t, s, strings.Replace(list, "02:04:05Z", "02:04:05+00:30", 1)), "UTC"},
	} {
		got, err := Parse(c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %+v, %v; want %q", name, got, err, c.want)
		}
	}
	r := aReceipt()
	r.Ecosystems[0].Kept = nil
	for i := range maxKept + 1 {
		r.Ecosystems[0].Kept = append(r.Ecosystems[0].Kept, fmt.Sprintf("%032x", i))
	}
	if _, err := r.Sign(s); err == nil {
		t.Error("signed what would be refused")
	}
}

func TestEveryByteOfAReceiptCounts(t *testing.T) {
	data := signed(t, aReceipt(), aKey(t))
	comment := bytes.Index(data, []byte("untrusted comment: "))
	end := comment + bytes.IndexByte(data[comment:], '\n')
	for at := range len(data) - 1 {
		changed := bytes.Clone(data)
		changed[at] ^= 4
		if _, err := Parse(changed); err == nil && (at < comment+len("untrusted comment: ") || at >= end) {
			t.Errorf("byte %d (%q) may be another", at, data[at])
		}
		if _, err := Parse(data[:at]); err == nil {
			t.Errorf("cut off after %d bytes", at)
		}
	}
}

func TestSiteNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"a": true, "plant-7.example_x": true, "7": true, strings.Repeat("a", 64): true,
		"": false, "-a": false, ".a": false, "_a": false, "a/b": false, "a b": false, "ä": false, "a\n": false, strings.Repeat("a", 65): false,
	} {
		if err := CheckSite(name); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
	for host, want := range map[string]string{
		"mirror.plant": "mirror.plant", "": "mirror", "...": "mirror", "büro 7": "b-ro-7", "(none)": "none-", strings.Repeat("a", 70): strings.Repeat("a", 64),
	} {
		if got := SiteFor(host); got != want || CheckSite(got) != nil {
			t.Errorf("%q becomes %q, want %q", host, got, want)
		}
	}
}

func TestSignRefusesWhatParseWould(t *testing.T) {
	s := aKey(t)
	for name, change := range map[string]func(*Receipt){
		"local time": func(r *Receipt) { r.Time = r.Time.In(time.FixedZone("x", 3600)) },
		"no site":    func(r *Receipt) { r.Site = "" },
		"disorder":   func(r *Receipt) { r.Ecosystems[0], r.Ecosystems[1] = r.Ecosystems[1], r.Ecosystems[0] },
	} {
		r := aReceipt()
		change(&r)
		if data, err := r.Sign(s); err == nil {
			t.Errorf("%s: %s", name, data)
		}
	}
}

func FuzzParse(f *testing.F) {
	s := aKey(f)
	good := signed(f, aReceipt(), s)
	f.Add(good)
	f.Add(signed(f, Receipt{Site: "a", Time: time.Unix(0, 0).UTC()}, s))
	f.Add([]byte(head + "{}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Parse(data)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q is not one line", err)
			}
			return
		}
		again, err := r.message()
		if err != nil || !bytes.HasPrefix(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), again) {
			t.Errorf("read %q, wrote %q, %v", data, again, err)
		}
	})
}

// What is read must not depend on a signature to be harmless.
func FuzzList(f *testing.F) {
	s := aKey(f)
	f.Add(strings.SplitN(string(signed(f, aReceipt(), s)), "\n", 3)[1])
	f.Add(`{"site":"a","time":"2030-01-02T03:04:05Z","key":"` + s.Public().String() + `","ecosystems":[]}`)
	f.Fuzz(func(t *testing.T, list string) {
		r, err := Parse(forged(t, s, list))
		if err != nil {
			return
		}
		for _, e := range r.Ecosystems {
			for _, id := range r.Snapshots(e.Name) {
				if len(id) != 32 || !r.Holds(e.Name, id) {
					t.Errorf("%s holds %q", e.Name, id)
				}
			}
		}
		if text, err := r.Sign(s); err != nil || !bytes.HasPrefix(text, []byte(head+list+"\n")) {
			t.Errorf("%q written as %q, %v", list, text, err)
		}
	})
}
