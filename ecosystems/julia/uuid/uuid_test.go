package uuid_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]string{
		"7876af07-990d-54b4-ab0e-23690620f79a": "7876af07-990d-54b4-ab0e-23690620f79a",
		"7876AF07-990D-54B4-AB0E-23690620F79A": "7876af07-990d-54b4-ab0e-23690620f79a",
		"00000000-1111-2222-3333-444444444444": "00000000-1111-2222-3333-444444444444",
	} {
		u, err := uuid.Parse(in)
		if err != nil || u.String() != want {
			t.Errorf("Parse(%q) = %v, %v, want %s", in, u, err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, in := range []string{
		"", "7876af07", "7876af07990d54b4ab0e23690620f79a", "{7876af07-990d-54b4-ab0e-23690620f79a}",
		"7876af07-990d-54b4-ab0e-23690620f79", "7876af07-990d-54b4-ab0e-23690620f79ab", "7876af07_990d_54b4_ab0e_23690620f79a",
		"7876ag07-990d-54b4-ab0e-23690620f79a", "7876af07-990d-54b4-ab0e-23690620f7-a", "７876af07-990d-54b4-ab0e-2369062079a",
		strings.Repeat("x\n", 1000),
	} {
		u, err := uuid.Parse(in)
		if !errors.Is(err, uuid.ErrSyntax) || !u.IsZero() {
			t.Errorf("Parse(%.50q) = %v, %v", in, u, err)
			continue
		}
		if s := err.Error(); len(s) > 500 || strings.Contains(s, "\n") {
			t.Errorf("not a message for one line: %q", s)
		}
	}
}

func TestMustParsePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	uuid.MustParse("no")
}

func TestOrderAndText(t *testing.T) {
	gen := rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := gen.Draw(t, "a"), gen.Draw(t, "b")
		u, v := uuid.MustParse(a), uuid.MustParse(b)
		if u.String() != a || u.Compare(v) != strings.Compare(a, b) || (u == v) != (a == b) {
			t.Fatalf("%s %s: %s, %d", a, b, u, u.Compare(v))
		}
		text, err := json.Marshal(map[uuid.UUID]uuid.UUID{u: v})
		if err != nil {
			t.Fatal(err)
		}
		var back map[uuid.UUID]uuid.UUID
		if err := json.Unmarshal(text, &back); err != nil || back[u] != v {
			t.Fatalf("%s became %v: %v", text, back, err)
		}
	})
	var u uuid.UUID
	if err := u.UnmarshalText([]byte("julia")); err == nil || !u.IsZero() {
		t.Errorf("julia became %v", u)
	}
	if uuid.Julia.IsZero() {
		t.Error("Julia is nobody")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("7876af07-990d-54b4-ab0e-23690620f79a")
	f.Fuzz(func(t *testing.T, s string) {
		if u, err := uuid.Parse(s); err == nil && u.String() != strings.ToLower(s) {
			t.Fatalf("%q became %s", s, u)
		}
	})
}
