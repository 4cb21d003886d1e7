package trust

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestPublicKeysAreRead(t *testing.T) {
	want := keyOf(t, 1).Public()
	line := want.String()
	for name, text := range map[string]string{
		"the line":                   line,
		"with a line end":            line + "\n",
		"with spaces around":         "  " + line + "\r\n",
		"the file":                   string(want.File()),
		"the file from elsewhere":    "untrusted comment: anything\r\n" + line + "\r\n",
		"the file without line ends": "untrusted comment: \n" + line,
	} {
		if got, err := ParsePublic(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestWhatIsNoPublicKeyIsRefused(t *testing.T) {
	line := keyOf(t, 1).Public().String()
	secret, err := keyOf(t, 1).File("")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nothing":              "",
		"a comment":            "untrusted comment: minisign public key 00\n",
		"another comment":      "comment: x\n" + line,
		"two keys":             line + "\n" + line,
		"the file and more":    "untrusted comment: x\n" + line + "\n" + line,
		"too short":            line[:55],
		"too long":             line + "A",
		"not base64":           "RW" + strings.Repeat("*", 54),
		"line end in the line": line[:20] + "\n" + line[20:],
		"another algorithm":    "RU" + line[2:],
		"a secret key":         string(secret),
		"very long":            strings.Repeat(" ", MaxFile) + line,
	} {
		if got, err := ParsePublic(text); err == nil {
			t.Errorf("%s: read as %s", name, got)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %q is not one line", name, err)
		}
	}
}

func TestPublicKeysInJSON(t *testing.T) {
	want := keyOf(t, 1).Public()
	data, err := json.Marshal(want)
	if err != nil || string(data) != `"`+want.String()+`"` {
		t.Fatalf("%s, %v", data, err)
	}
	var got Public
	if err := json.Unmarshal(data, &got); err != nil || got != want {
		t.Errorf("%v, %v", got, err)
	}
	if err := json.Unmarshal([]byte(`"`+want.String()+` "`), &got); err == nil {
		t.Error("read with a space behind it")
	}
	if data, err := json.Marshal(Public{}); err == nil {
		t.Errorf("no key written as %s", data)
	}
}

func TestSameIsAboutTheKeyAndNotItsID(t *testing.T) {
	k1, k2 := keyOf(t, 1), keyOf(t, 2)
	renamed := withID(t, k1, k2.Public().id).Public()
	if !renamed.Same(k1.Public()) || renamed.Same(k2.Public()) || renamed.ID() != k2.Public().ID() {
		t.Error("not the same under another id")
	}
}

func FuzzPublic(f *testing.F) {
	f.Add(string(stock(f, "plain.pub")))
	f.Add(keyOf(f, 1).Public().String())
	f.Add("untrusted comment: \nRW")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePublic(text)
		if err != nil {
			return
		}
		for _, again := range []string{p.String(), string(p.File())} {
			if q, err := ParsePublic(again); err != nil || p != q {
				t.Errorf("%q read as %v, then %v, %v", text, p, q, err)
			}
		}
		if !strings.Contains(text, p.String()) {
			t.Errorf("%q is not the one way to write %s", text, p)
		}
	})
}
