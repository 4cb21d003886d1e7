package ecosystems_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
)

func TestBaseURL(t *testing.T) {
	for text, want := range map[string]string{
		"https://pkg.example":        "https://pkg.example",
		"http://127.0.0.1:8000/a//":  "http://127.0.0.1:8000/a",
		"ftp://e.org":                "",
		"https:///path":              "",
		"e.org":                      "",
		"https://e.org/?q=1":         "",
		"https://e.org/#x":           "",
		"https://user:secret@e.org?": "https://user:secret@e.org?",
	} {
		got, err := ecosystems.BaseURL("upstream", text)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%s: %q, %v", text, got, err)
		}
		if err != nil && (!strings.HasPrefix(err.Error(), "upstream: ") || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestReadFileIsCapped(t *testing.T) {
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := ecosystems.ReadFile(name, 5); err != nil || string(data) != "12345" {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := ecosystems.ReadFile(name, 4); err == nil || !strings.Contains(err.Error(), name) {
		t.Errorf("too large: %v", err)
	}
	if _, err := ecosystems.ReadFile("/dev/zero", 1000); err == nil {
		t.Error("a device that never ends was read")
	}
	if _, err := ecosystems.ReadFile(name+".none", 4); !os.IsNotExist(err) {
		t.Errorf("missing: %v", err)
	}
}
