package mirror

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/layout"
)

func testRoot(t *testing.T) *os.Root {
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

func openTestState(t *testing.T, root *os.Root, kept ...string) *driverState {
	t.Helper()
	s, err := openState(root, "toy", func(id string) bool { return slices.Contains(kept, id) })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStateLastsOnlyWhenCommitted(t *testing.T) {
	root := testRoot(t)
	s := openTestState(t, root)
	if err := s.Save(map[string]int{"n": 1}); err != nil {
		t.Fatal(err)
	}
	var got map[string]int
	if found, err := s.Load(&got); !found || err != nil || got["n"] != 1 {
		t.Errorf("own state: %v, %v, %v", got, found, err)
	}
	if found, _ := openTestState(t, root, "s1").Load(&got); found {
		t.Error("found before commit")
	}
	if err := s.commit("s1"); err != nil {
		t.Fatal(err)
	}
	other := openTestState(t, root, "s1")
	if found, err := other.Load(&got); !found || err != nil || other.base != "s1" {
		t.Errorf("after commit: %v, %v, base %q", found, err, other.base)
	}
}

func TestStateBelongsToASnapshot(t *testing.T) {
	root := testRoot(t)
	s := openTestState(t, root)
	if err := errors.Join(s.Save(7), s.commit("s1")); err != nil {
		t.Fatal(err)
	}
	var n int
	if found, _ := openTestState(t, root, "s2").Load(&n); found {
		t.Error("found, although its snapshot is forgotten")
	}
	// A run that saves nothing hands the memory on to what it publishes.
	if err := openTestState(t, root, "s1").commit("s2"); err != nil {
		t.Fatal(err)
	}
	if found, _ := openTestState(t, root, "s2").Load(&n); !found || n != 7 {
		t.Errorf("handed on: %v, %d", found, n)
	}
}

func TestDamagedStateIsNone(t *testing.T) {
	root := testRoot(t)
	s := openTestState(t, root)
	if err := errors.Join(s.Save(1), s.commit("s1"), root.WriteFile(s.file(), []byte("{torn"), 0o644)); err != nil {
		t.Fatal(err)
	}
	var v int
	if found, err := openTestState(t, root, "s1").Load(&v); found || err != nil {
		t.Errorf("found %v, %v", found, err)
	}
}

func TestSecretsAreMadeOnceAndPrivate(t *testing.T) {
	root := testRoot(t)
	made := 0
	create := func() ([]byte, error) { made++; return []byte("secret"), nil }
	for range 2 {
		data, err := secrets{root}.LoadOrCreate("hex.pem", create)
		if err != nil || string(data) != "secret" {
			t.Fatalf("%q, %v", data, err)
		}
	}
	if made != 1 {
		t.Errorf("made %d times", made)
	}
	info, err := root.Stat("state/keys/hex.pem")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	for _, name := range []string{"../x", "", ".x", "A", strings.Repeat("x", 100)} {
		if _, err := (secrets{root}).LoadOrCreate(name, create); err == nil {
			t.Errorf("%q accepted", name)
		}
	}
	want := errors.New("no entropy")
	if _, err := (secrets{root}).LoadOrCreate("other", func() ([]byte, error) { return nil, want }); !errors.Is(err, want) {
		t.Errorf("error %v", err)
	}
}

func TestWriteFileLeavesNothingBehind(t *testing.T) {
	root := testRoot(t)
	if err := root.MkdirAll("d/file", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := layout.WriteFile(root, "d/file", []byte("x"), 0o644); err == nil {
		t.Error("a folder was replaced")
	}
	entries, err := fs.ReadDir(root.FS(), "d")
	if err != nil || len(entries) != 1 {
		t.Errorf("left %v, %v in %s", entries, err, filepath.Join(root.Name(), "d"))
	}
}
