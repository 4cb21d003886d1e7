package store_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/offmirror/offmirror/fetch/store"
)

func newStore(t *testing.T) (dir string, s *store.Store) {
	t.Helper()
	dir = t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	if s, err = store.Open(root); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(); root.Close() })
	return dir, s
}

func put(t *testing.T, s *store.Store, data []byte) store.ID {
	t.Helper()
	id, err := s.Put(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// Sizes around those of the buffers are read in different ways.
func TestProveReadsObjectsOfAllSizes(t *testing.T) {
	dir, s := newStore(t)
	for _, size := range []int{0, 1, 4096, 128<<10 - 1, 128 << 10, 128<<10 + 1, 1 << 20} {
		data := bytes.Repeat([]byte{byte(size), 7}, size/2+1)[:size]
		id := put(t, s, data)
		if err := s.Prove(t.Context(), id, int64(size)); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
		if err := s.Check(t.Context(), id); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
		if err := s.Prove(t.Context(), id, int64(size)+1); !errors.Is(err, store.ErrDamaged) {
			t.Errorf("%d bytes, expected one more: %v", size, err)
		}
		if size == 0 {
			continue
		}
		file := filepath.Join(dir, s.Path(id))
		data[size-1] ^= 1
		if err := errors.Join(os.Chmod(file, 0o600), os.WriteFile(file, data, 0o600)); err != nil {
			t.Fatal(err)
		}
		if err := s.Prove(t.Context(), id, int64(size)); !errors.Is(err, store.ErrDamaged) {
			t.Errorf("%d bytes with a bit that flipped: %v", size, err)
		}
	}
}

func TestProveOpensNothingButRegularFiles(t *testing.T) {
	dir, s := newStore(t)
	for name, plant := range map[string]func(file string) error{
		"pipe":   func(file string) error { return syscall.Mkfifo(file, 0o600) },
		"link":   func(file string) error { return os.Symlink("/dev/zero", file) },
		"folder": func(file string) error { return os.Mkdir(file, 0o700) },
	} {
		id := put(t, s, []byte(name))
		file := filepath.Join(dir, s.Path(id))
		if err := errors.Join(os.Remove(file), plant(file)); err != nil {
			t.Fatal(err)
		}
		err := s.Prove(t.Context(), id, int64(len(name)))
		if err == nil || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.Prove(t.Context(), store.ID{1}, 1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there: %v", err)
	}
}

// A sparse file costs nothing to plant, and years to read.
func TestProveDoesNotReadWhatHasAnotherSize(t *testing.T) {
	dir, s := newStore(t)
	id := put(t, s, []byte("small"))
	file := filepath.Join(dir, s.Path(id))
	if err := errors.Join(os.Chmod(file, 0o600), os.Truncate(file, 1<<40)); err != nil {
		t.Fatal(err)
	}
	if err := s.Prove(t.Context(), id, 5); !errors.Is(err, store.ErrDamaged) {
		t.Error(err)
	}
}

func TestProveEndsWithItsContext(t *testing.T) {
	_, s := newStore(t)
	id := put(t, s, make([]byte, 1<<20))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Prove(ctx, id, 1<<20); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestForeignFindsWhatIsNoObject(t *testing.T) {
	dir, s := newStore(t)
	id := put(t, s, []byte("object"))
	for range s.Foreign(t.Context()) {
		t.Error("something is foreign in a fresh store")
	}
	home := filepath.Join(dir, "store/sha256")
	other := filepath.Join(home, "ff", id.String()) // an object in the folder of others
	pipe := filepath.Join(home, "aa", strings.Repeat("a", 64))
	err := errors.Join(os.WriteFile(filepath.Join(home, "notes"), nil, 0o600), os.WriteFile(other, nil, 0o600), os.Mkdir(filepath.Join(home, "AB"), 0o700),
		os.WriteFile(filepath.Join(home, "aa", ".nfs0001"), nil, 0o600), syscall.Mkfifo(pipe, 0o600), os.WriteFile(filepath.Join(home, "00", "x"), nil, 0o600))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for path, err := range s.Foreign(t.Context()) {
		if err == nil {
			t.Errorf("%s: no reason", path)
		}
		got = append(got, strings.TrimPrefix(path, "store/sha256/"))
	}
	want := "00/x AB aa/" + filepath.Base(pipe) + " ff/" + id.String() + " notes"
	if strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestSetAsideMovesWhateverHasTheName(t *testing.T) {
	dir, s := newStore(t)
	if err := os.Mkdir(filepath.Join(dir, "aside"), 0o700); err != nil {
		t.Fatal(err)
	}
	id := put(t, s, []byte("object"))
	if err := s.SetAside(id, "aside/one"); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "aside/one")); err != nil || string(data) != "object" {
		t.Errorf("%q, %v", data, err)
	}
	if _, ok := s.Has(id); ok {
		t.Error("it is still there")
	}
	if err := s.SetAside(id, "aside/two"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, s.Path(id), "inside"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.SetAside(id, "aside/folder"); err != nil {
		t.Fatal(err)
	}
	if put(t, s, []byte("object")) != id || s.Check(t.Context(), id) != nil {
		t.Error("the place is not free")
	}
}
