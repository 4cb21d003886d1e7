package store

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestParseID(t *testing.T) {
	good := strings.Repeat("0123456789abcdef", 4)
	id, err := ParseID(good)
	if err != nil || id.String() != good || id.IsZero() {
		t.Errorf("ParseID = %s, %v", id, err)
	}
	for _, bad := range []string{"", good[1:], good + "0", strings.ToUpper(good), strings.Repeat("g", 64), strings.Repeat("x", 1<<20)} {
		id, err := ParseID(bad)
		if err == nil || !id.IsZero() {
			t.Errorf("ParseID(%.20q) = %s", bad, id)
		}
		if err != nil && len(err.Error()) > 200 {
			t.Errorf("error of %d bytes", len(err.Error()))
		}
	}
}

func TestIDInJSON(t *testing.T) {
	var out ID
	data, err := json.Marshal(ID{0xab})
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &out); err != nil || out != (ID{0xab}) {
		t.Errorf("%s: %v, %v", data, out, err)
	}
	if err := json.Unmarshal([]byte(`"ab"`), &out); err == nil {
		t.Error("short id accepted")
	}
}

func FuzzParseID(f *testing.F) {
	f.Add(strings.Repeat("ab", 32))
	f.Add("..")
	f.Fuzz(func(t *testing.T, s string) {
		if id, err := ParseID(s); err == nil && id.String() != s {
			t.Errorf("%q parsed as %s", s, id)
		}
	})
}
