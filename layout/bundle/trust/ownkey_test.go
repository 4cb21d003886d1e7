package trust

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"sync"
	"testing"

	"github.com/offmirror/offmirror/layout"
)

func TestOwnKeyIsMadeOnce(t *testing.T) {
	root := openRoot(t)
	if HasOwnKey(root) {
		t.Error("a key before there is one")
	}
	if _, err := OwnPublic(root); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a public key before there is one: %v", err)
	}
	const many = 8
	keys := make([]Secret, many)
	errs := make([]error, many)
	var group sync.WaitGroup
	for i := range many {
		group.Go(func() { keys[i], _, errs[i] = OwnKey(root, nil) })
	}
	group.Wait()
	for i := range many {
		if errs[i] != nil || keys[i].Public() != keys[0].Public() {
			t.Errorf("%v and %v: %v", keys[i], keys[0], errs[i])
		}
	}
	own, err := OwnPublic(root)
	if err != nil || own != keys[0].Public() || !HasOwnKey(root) {
		t.Errorf("%s, %v", own, err)
	}
	for name, want := range map[string]fs.FileMode{"state": 0o755, "state/keys": 0o700, OwnKeyPath: 0o600, OwnKeyPath + ".pub": 0o644} {
		if info, err := root.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	entries, err := os.ReadDir(root.Name() + "/" + path.Dir(OwnKeyPath))
	if err != nil || len(entries) != 2 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if p, err := LoadPublic(root.Name() + "/" + OwnKeyPath + ".pub"); err != nil || p != own {
		t.Errorf("its public key: %s, %v", p, err)
	}
}

func TestOwnKeyIsReplaced(t *testing.T) {
	root := openRoot(t)
	lock, err := layout.Lock(root)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Unlock()
	first, chain, err := OwnKey(root, nil)
	if err != nil || len(chain) != 0 {
		t.Fatalf("%q, %v", chain, err)
	}
	second, chain, err := Succeed(first, chain)
	if err != nil {
		t.Fatal(err)
	}
	if err := ReplaceOwnKey(root, second, chain, ""); err != nil {
		t.Fatal(err)
	}
	got, gotChain, err := OwnKey(root, nil)
	if err != nil || got.Public() != second.Public() || !slices.Equal(gotChain, chain) {
		t.Errorf("%v, %q, %v", got, gotChain, err)
	}
	// The far side follows.
	far := openTrusted(t, openRoot(t))
	if err := far.Trust(first.Public()); err != nil {
		t.Fatal(err)
	}
	if d, err := (delivery{by: got, chain: gotChain}).check(t, far); err != nil || len(d.Replaces) != 1 {
		t.Errorf("%+v, %v", d, err)
	}
	// A key from elsewhere has no history.
	if err := ReplaceOwnKey(root, keyOf(t, 9), nil, ""); err != nil {
		t.Fatal(err)
	}
	if _, chain, err := OwnKey(root, nil); err != nil || len(chain) != 0 {
		t.Errorf("%q, %v", chain, err)
	}
}

// A run that died after the chain and before the key has changed nothing.
func TestOwnKeyAfterAnInterruptedReplacement(t *testing.T) {
	root := openRoot(t)
	first, _, err := OwnKey(root, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, chain, err := Succeed(first, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := replaceChain(root, chain); err != nil {
		t.Fatal(err)
	}
	got, chain, err := OwnKey(root, nil)
	if err != nil || got.Public() != first.Public() || len(chain) != 0 {
		t.Errorf("%v, %q, %v", got, chain, err)
	}
}

func TestOwnKeyThatAPasswordProtects(t *testing.T) {
	root := openRoot(t)
	if err := root.MkdirAll(path.Dir(OwnKeyPath), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{OwnKeyPath: "protected.key", OwnKeyPath + ".pub": "protected.pub"} {
		if err := root.WriteFile(name, stock(t, file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := stockPublic(t, "protected.pub")
	if got, err := OwnPublic(root); err != nil || got != want {
		t.Errorf("%s, %v", got, err)
	}
	if _, _, err := OwnKey(root, nil); err == nil {
		t.Error("opened without the password")
	}
	got, _, err := OwnKey(root, func() (string, error) { return "correct horse", nil })
	if err != nil || got.Public() != want {
		t.Errorf("%v, %v", got, err)
	}
}

// A damaged key is not replaced by a new one, which nobody would trust.
func TestDamagedOwnKeyIsAnError(t *testing.T) {
	root := openRoot(t)
	if _, _, err := OwnKey(root, nil); err != nil {
		t.Fatal(err)
	}
	if err := root.WriteFile(OwnKeyPath, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := OwnKey(root, nil); err == nil {
		t.Error("no error")
	}
	if data, err := root.ReadFile(OwnKeyPath); err != nil || string(data) != "x" {
		t.Errorf("%q, %v", data, err)
	}
}
