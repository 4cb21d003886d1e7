package trust

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func writeState(t *testing.T, root *os.Root, text string) {
	t.Helper()
	if err := root.MkdirAll("state", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root.Name(), statePath), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Whatever has happened to the file, nothing is made of it but what it says.
func TestDamagedMemoryIsAnError(t *testing.T) {
	k1, k2 := keyOf(t, 1).Public().String(), keyOf(t, 2).Public().String()
	trusted := `{"key":"` + k1 + `","by":"person","since":"2030-01-02T03:04:05Z"}`
	retired := `{"key":"` + k1 + `","since":"2030-01-02T03:04:05Z"}`
	for name, text := range map[string]string{
		"empty":                   "",
		"cut off":                 `{"format":1,"signed":true,"trus`,
		"another format":          `{"format":2}`,
		"no format":               `{}`,
		"unknown key":             `{"format":1,"signed":true,"trusted":[],"retired":[],"trustees":[]}`,
		"two documents":           `{"format":1,"signed":false,"trusted":[],"retired":[]}{}`,
		"keys without signature":  `{"format":1,"signed":false,"trusted":[` + trusted + `],"retired":[]}`,
		"a key twice":             `{"format":1,"signed":true,"trusted":[` + trusted + `,` + trusted + `],"retired":[]}`,
		"trusted and retired":     `{"format":1,"signed":true,"trusted":[` + trusted + `],"retired":[` + retired + `]}`,
		"no key":                  `{"format":1,"signed":true,"trusted":[{"by":"person","since":"2030-01-02T03:04:05Z"}],"retired":[]}`,
		"a key that is none":      `{"format":1,"signed":true,"trusted":[{"key":"RW","by":"person"}],"retired":[]}`,
		"trusted by nobody":       `{"format":1,"signed":true,"trusted":[{"key":"` + k1 + `","since":"2030-01-02T03:04:05Z"}],"retired":[]}`,
		"retired without a key":   `{"format":1,"signed":true,"trusted":[],"retired":[{"since":"2030-01-02T03:04:05Z"}]}`,
		"replaced by itself":      `{"format":1,"signed":true,"trusted":[],"retired":[{"key":"` + k1 + `","replaced_by":"` + k1 + `"}]}`,
		"replaced by nothing":     `{"format":1,"signed":true,"trusted":[],"retired":[{"key":"` + k1 + `","replaced_by":""}]}`,
		"not an object":           `[1]`,
		"larger than it could be": `{"format":1,"signed":true` + strings.Repeat(" ", maxState) + `}`,
	} {
		root := openRoot(t)
		writeState(t, root, text)
		if _, err := OpenTrusted(root); err == nil || !strings.HasPrefix(err.Error(), statePath+": ") || !strings.Contains(err.Error(), "backup") {
			t.Errorf("%s: %v", name, err)
		}
	}
	root := openRoot(t)
	trustedNow := openTrusted(t, root)
	writeState(t, root, "{}")
	if err := trustedNow.Trust(keyOf(t, 2).Public()); err == nil {
		t.Errorf("%s written over what was damaged", k2)
	}
	if data, err := os.ReadFile(filepath.Join(root.Name(), statePath)); err != nil || string(data) != "{}" {
		t.Errorf("%s, %v", data, err)
	}
}

func TestMemoryIsReadableByAll(t *testing.T) {
	root := openRoot(t)
	if err := openTrusted(t, root).Trust(keyOf(t, 1).Public()); err != nil {
		t.Fatal(err)
	}
	info, err := root.Stat(statePath)
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestTrustIsAllOrNothing(t *testing.T) {
	root := openRoot(t)
	k1, k2 := keyOf(t, 1).Public(), keyOf(t, 2).Public()
	if err := openTrusted(t, root).Revoke(k1, k1); err != nil {
		t.Fatal(err)
	}
	trusted := openTrusted(t, root)
	if err := trusted.Trust(k2, k1); err == nil {
		t.Error("a revoked key is trusted")
	}
	if keys := openTrusted(t, root).Keys(); len(keys) != 0 {
		t.Errorf("half done: %v", keys)
	}
	// What one process writes another one finds.
	if err := openTrusted(t, root).Trust(k2); err != nil {
		t.Fatal(err)
	}
	if err := trusted.Trust(k2); err != nil {
		t.Fatal(err)
	}
	if len(trusted.Keys()) != 1 || len(trusted.Retired()) != 1 {
		t.Errorf("%v, %v", trusted.Keys(), trusted.Retired())
	}
}

func TestMemoryHasAnEnd(t *testing.T) {
	root := openRoot(t)
	trusted := openTrusted(t, root)
	var keys []Public
	for i := range MaxKeys {
		key := keyOf(t, 1).Public()
		key.point[0], key.point[1] = byte(i), byte(i>>8)
		keys = append(keys, key)
	}
	if err := trusted.Trust(keys...); err != nil {
		t.Fatal(err)
	}
	if err := trusted.Trust(keyOf(t, 2).Public()); err == nil || !strings.Contains(err.Error(), "1000 keys") {
		t.Errorf("one more: %v", err)
	}
	if n := len(openTrusted(t, root).Keys()); n != MaxKeys {
		t.Errorf("%d keys", n)
	}
	if err := trusted.Revoke(keys...); err != nil {
		t.Fatal(err)
	}
	if n := len(openTrusted(t, root).Retired()); n != MaxKeys {
		t.Errorf("%d keys retired", n)
	}
}

func FuzzState(f *testing.F) {
	k1, k2 := keyOf(f, 1).Public(), keyOf(f, 2).Public()
	for _, s := range []state{{Format: 1}, {Format: 1, Signed: true, Trusted: []Trust{{Key: k1, By: ByRotation}}, Retired: []Retirement{{Key: k2, ReplacedBy: &k1}}}} {
		data, err := json.Marshal(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"format":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parseState(data)
		if err != nil {
			return
		}
		text, err := json.Marshal(s)
		if err != nil {
			return // a year that RFC 3339 cannot write, which encoding/json reads and does not write
		}
		again, err := parseState(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s, again, cmp.AllowUnexported(Public{})); diff != "" {
			t.Error(diff)
		}
	})
}
