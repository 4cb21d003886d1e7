package hexpm

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

func TestPortableOptionsNeedNoKeyFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, registry.HexPM().PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	o := &Options{PublicKey: file, Locks: []string{"mix.lock"}, Repositories: []Repository{{Name: "acme", PublicKey: file}, {Name: "other"}}}
	portable, err := o.Portable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	p := portable.(*Options)
	for name, text := range map[string]string{"public_key": p.PublicKey, "that of acme": p.Repositories[0].PublicKey} {
		k, err := readPublicKey("public_key", text, nil)
		if err != nil || !k.Equal(registry.HexPM()) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if p.ElixirKey != "" || p.Repositories[1].PublicKey != "" || p.Locks[0] != "mix.lock" {
		t.Errorf("options %+v", p)
	}
	if o.PublicKey != file || o.Repositories[0].PublicKey != file {
		t.Error("the options themselves were changed")
	}
	if _, err := o.Portable(); err == nil || !strings.Contains(err.Error(), "public_key") {
		t.Errorf("without the file: %v", err)
	}
	if _, err := readPublicKey("public_key", "-----BEGIN nothing", nil); err == nil {
		t.Error("what is no key was taken")
	}
}
