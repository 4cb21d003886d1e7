package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func newStore(t testing.TB) (*Store, *os.Root) {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		root.Close()
	})
	return s, root
}

func mustPut(t testing.TB, s *Store, data string) ID {
	t.Helper()
	id, err := s.Put(t.Context(), []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// leftovers lists store/tmp.
func leftovers(t testing.TB, root *os.Root) []string {
	t.Helper()
	entries, err := fs.ReadDir(root.FS(), temporaryFolder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// Looking into a folder that is no mirror leaves it as it was.
func TestOpenMakesNothing(t *testing.T) {
	s, root := newStore(t)
	if _, ok := s.Has(ID{1}); ok {
		t.Error("an empty store has an object")
	}
	if _, err := s.Open(ID{1}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open: %v", err)
	}
	for info, err := range s.All() {
		t.Errorf("All: %v, %v", info, err)
	}
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil || len(entries) > 0 {
		t.Errorf("the folder holds %v (%v)", entries, err)
	}
	mustPut(t, s, "first")
}

func TestPutHasOpen(t *testing.T) {
	s, root := newStore(t)
	id := mustPut(t, s, "hello")
	if want := ID(sha256.Sum256([]byte("hello"))); id != want {
		t.Fatalf("id %s, want %s", id, want)
	}
	if size, ok := s.Has(id); !ok || size != 5 {
		t.Errorf("Has = %d, %v", size, ok)
	}
	f, err := s.Open(id)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if data, err := io.ReadAll(f); err != nil || string(data) != "hello" {
		t.Errorf("read %q, %v", data, err)
	}
	const path = "store/sha256/2c/2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
	if s.Path(id) != path {
		t.Errorf("Path = %s", s.Path(id))
	}
	info, err := root.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o444 {
		t.Errorf("mode %v, want 0444 whatever the umask", info.Mode())
	}
	if left := leftovers(t, root); len(left) != 0 {
		t.Errorf("left in store/tmp: %q", left)
	}
}

func TestMissingObject(t *testing.T) {
	s, _ := newStore(t)
	id := ID{1, 2, 3}
	if _, ok := s.Has(id); ok {
		t.Error("Has a missing object")
	}
	_, err := s.Open(id)
	for what, err := range map[string]error{
		"Open":   err,
		"Check":  s.Check(t.Context(), id),
		"Remove": s.Remove(id),
	} {
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), id.String()) {
			t.Errorf("%s: %v; want fs.ErrNotExist and the name", what, err)
		}
	}
}

func TestManyWritersOneObjectEach(t *testing.T) {
	s, root := newStore(t)
	const n = 1500 // several groups
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			data := fmt.Sprint("object ", i%1000) // a third of them twice
			id, err := s.Put(context.Background(), []byte(data))
			if err != nil {
				t.Error(err)
			}
			if id != ID(sha256.Sum256([]byte(data))) {
				t.Errorf("wrong id for %q", data)
			}
		})
	}
	wg.Wait()
	count := 0
	var last ID
	for info, err := range s.All() {
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Compare(last[:], info.ID[:]) >= 0 {
			t.Errorf("%s after %s", info.ID, last)
		}
		if err := s.Check(t.Context(), info.ID); err != nil {
			t.Error(err)
		}
		last = info.ID
		count++
	}
	if count != 1000 {
		t.Errorf("%d objects, want 1000", count)
	}
	if left := leftovers(t, root); len(left) != 0 {
		t.Errorf("%d left in store/tmp", len(left))
	}
}

func TestSameObjectAtOnce(t *testing.T) {
	s, root := newStore(t)
	var wg sync.WaitGroup
	for range 100 {
		in, err := s.Create("")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.Write([]byte("same")); err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			if _, err := in.Commit(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if left := leftovers(t, root); len(left) != 0 {
		t.Errorf("left in store/tmp: %q", left)
	}
}

func TestCommitKeepsTheFirstCopy(t *testing.T) {
	s, root := newStore(t)
	id := mustPut(t, s, "linked from trees")
	before, err := root.Stat(s.Path(id))
	if err != nil {
		t.Fatal(err)
	}
	in, err := s.Create("")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(in, "linked from trees")
	if _, err := in.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	after, err := root.Stat(s.Path(id))
	if err != nil {
		t.Fatal(err)
	}
	if !os.SameFile(before, after) {
		t.Error("the object became another file; trees would hold the bytes twice")
	}
}

func TestCheckFindsDamage(t *testing.T) {
	s, root := newStore(t)
	id := mustPut(t, s, "sound")
	if err := s.Check(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := root.Chmod(s.Path(id), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := root.WriteFile(s.Path(id), []byte("soumd"), 0); err != nil {
		t.Fatal(err)
	}
	err := s.Check(t.Context(), id)
	if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), id.String()) {
		t.Errorf("Check = %v, want ErrDamaged with the name", err)
	}
	if err := s.Remove(id); err != nil {
		t.Fatal(err)
	}
	if mustPut(t, s, "sound") != id || s.Check(t.Context(), id) != nil {
		t.Error("not mended by Remove and Put")
	}
}

func TestAllPassesOverStrangers(t *testing.T) {
	s, root := newStore(t)
	id := mustPut(t, s, "one")
	home := filepath.Dir(s.Path(id))
	for _, stranger := range []string{home + "/.nfs0001", home + "/" + strings.Repeat("0", 64), "store/sha256/README"} {
		if err := root.WriteFile(stranger, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var got []ID
	for info, err := range s.All() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, info.ID)
	}
	if diff := cmp.Diff([]ID{id}, got); diff != "" {
		t.Error(diff)
	}
}

func TestSymbolicLinkCannotLeadOut(t *testing.T) {
	s, root := newStore(t)
	outside := t.TempDir()
	id := ID(sha256.Sum256([]byte("x")))
	if err := root.MkdirAll(objectFolder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := root.Symlink(outside, filepath.Dir(s.Path(id))); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(t.Context(), []byte("x")); err == nil {
		t.Error("Put through a symbolic link that leaves the root succeeded")
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) != 0 {
		t.Errorf("written outside: %v, %v", entries, err)
	}
}

func TestReadOnlyStore(t *testing.T) {
	s, root := newStore(t)
	id := mustPut(t, s, "x")
	again, err := Open(root)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, ok := again.Has(id); !ok {
		t.Error("object not seen by a second Store")
	}
}

func TestClosedStore(t *testing.T) {
	s, _ := newStore(t)
	id := mustPut(t, s, "x")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create(""); !errors.Is(err, errClosed) {
		t.Errorf("Create = %v", err)
	}
	if _, err := s.Open(id); !errors.Is(err, errClosed) {
		t.Errorf("Open = %v", err)
	}
}
