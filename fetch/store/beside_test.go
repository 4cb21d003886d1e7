package store

import (
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"
)

func openBeside(t *testing.T, root *os.Root) *Store {
	t.Helper()
	s, err := OpenBeside(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// What a server writes without the lock is neither swept nor taken up by the run that has it.
func TestBeside(t *testing.T) {
	run, root := newStore(t)
	server := openBeside(t, root)
	large := strings.Repeat("x", 1<<20)
	var under []*Incoming
	for _, name := range []string{"", "abc123", "abc123"} {
		in := mustCreate(t, server, name)
		if _, err := io.WriteString(in, large); err != nil {
			t.Fatal(err)
		}
		under = append(under, in)
	}
	mine := mustCreate(t, run, "abc123") // of the same name
	io.WriteString(mine, "mine")
	if err := run.Sweep(); err != nil {
		t.Fatal(err)
	}
	for _, in := range under {
		if err := in.Survive("abc123"); err != nil {
			t.Error(err)
		}
		io.WriteString(in, "end")
		id, err := in.Commit(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := run.Check(t.Context(), id); err != nil || id != ID(sha256.Sum256([]byte(large+"end"))) {
			t.Errorf("%s: %v", id, err)
		}
	}
	if id, err := mine.Commit(t.Context()); err != nil || id != ID(sha256.Sum256([]byte("mine"))) {
		t.Errorf("%s, %v", id, err)
	}
	in := mustCreate(t, server, "abc123")
	io.WriteString(in, large)
	if err := in.Keep(); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Resume("abc123"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it can be resumed: %v", err)
	}
	if left := temporaryFiles(t, root); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

func temporaryFiles(t *testing.T, root *os.Root) (names []string) {
	t.Helper()
	entries, err := fs.ReadDir(root.FS(), temporaryFolder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// What the death of a server leaves is swept when nobody can be writing it any more.
func TestSweepAfterADeadServer(t *testing.T) {
	run, root := newStore(t)
	server := openBeside(t, root)
	in := mustCreate(t, server, "")
	io.WriteString(in, strings.Repeat("x", 1<<20))
	left := temporaryFiles(t, root)
	if len(left) != 1 || !strings.HasPrefix(left[0], besidePrefix) {
		t.Fatalf("%q", left)
	}
	if err := run.Sweep(); err != nil || len(temporaryFiles(t, root)) != 1 {
		t.Errorf("%v, %q", err, temporaryFiles(t, root))
	}
	old := time.Now().Add(-besideAge - time.Minute)
	if err := root.Chtimes(temporaryFolder+"/"+left[0], old, old); err != nil {
		t.Fatal(err)
	}
	if err := run.Sweep(); err != nil || len(temporaryFiles(t, root)) != 0 {
		t.Errorf("%v, %q", err, temporaryFiles(t, root))
	}
	if err := in.Discard(); err == nil || errors.Is(err, fs.ErrExist) {
		t.Errorf("discarding what is gone: %v", err)
	}
}
