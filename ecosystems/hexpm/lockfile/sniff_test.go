package lockfile_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/hexpm/lockfile"
)

// TestAnyName reads every lock file of testdata under a name that tells nothing.
func TestAnyName(t *testing.T) {
	names, err := filepath.Glob("testdata/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !isLock(name) {
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := lockfile.Parse("copy", data)
		if err != nil {
			t.Error(err)
			continue
		}
		want := read(t, name)
		got.Name = want.Name
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s under another name (-want +got):\n%s", name, diff)
		}
	}
}

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		name, data string
		want       lockfile.Format
	}{
		{"mix.lock", "", lockfile.Mix},
		{"/srv/app/mix.lock", "%{}", lockfile.Mix},
		{`C:\app\rebar.lock`, "", lockfile.Rebar},
		{"manifest.toml", "", lockfile.Gleam},
		{"web/manifest.toml", "\ufeff\r\n", lockfile.Gleam},
		{"x", "%{}", lockfile.Mix},
		{"x", "# by hand\n\n  %{a: {:path}}", lockfile.Mix},
		{"x", `["a": {:package, "1.0.0"}]`, lockfile.Mix},
		{"x", `[a: {:package, "1.0.0"}]`, lockfile.Mix},
		{"x", "[].", lockfile.Rebar},
		{"x", "[\n].", lockfile.Rebar},
		{"x", "%% comment\n[{<<\"a\">>,{git,\"u\"},0}].", lockfile.Rebar},
		{"x", "[{a,{git,\"u\"},0}].", lockfile.Rebar},
		{"x", "{\"1.2.0\",\n[]}.\n[].", lockfile.Rebar},
		{"x", "packages = []", lockfile.Gleam},
		{"x", "# comment\n[requirements]\n# none\n[[packages]]\nname = 'a'\nsource = 'git'", lockfile.Gleam},
		{"x", "[[packages]]\nname = 'a'\nsource = 'git'", lockfile.Gleam},
	} {
		lock, err := lockfile.Parse(c.name, []byte(c.data))
		if err != nil {
			t.Error(err)
		} else if lock.Format != c.want || lock.Name != c.name {
			t.Errorf("%s: %q is a %s called %q, want a %s", c.name, c.data, lock.Format, lock.Name, c.want)
		}
	}
}

// TestGleamKeysHaveCase has keys that differ in case only; the decoder would
// take either for a field of a struct.
func TestGleamKeysHaveCase(t *testing.T) {
	const text = "packages = [{ name = 'a', Name = 'b', version = '1.0.0', source = 'hex' }]\nPackages = [{ name = 'c', source = 'git' }]\n"
	for range 20 {
		lock, err := lockfile.Parse("manifest.toml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if len(lock.Entries) != 1 || len(lock.Outside) != 0 || lock.Entries[0].Package != "a" {
			t.Fatalf("read as %+v", lock)
		}
	}
}
