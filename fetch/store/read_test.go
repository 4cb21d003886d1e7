package store

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"testing"
	"time"
)

func TestReadSmall(t *testing.T) {
	s, root := newStore(t)
	for _, want := range [][]byte{{}, []byte("x"), bytes.Repeat([]byte("0123456789"), 10_000)} {
		id, err := s.Put(t.Context(), want)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(want))
		stamp, err := s.ReadSmall(id, got)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%d bytes: %v", len(want), err)
		}
		info, err := root.Stat(s.Path(id))
		if err != nil || StampOf(info) != stamp || stamp.Size != int64(len(want)) || !stamp.Modified().Equal(info.ModTime()) {
			t.Fatalf("%d bytes: %v, %+v", len(want), err, stamp)
		}
		for _, wrong := range []int{len(want) + 1, max(len(want)-1, 0)} {
			if _, err := s.ReadSmall(id, make([]byte, wrong)); wrong != len(want) && !errors.Is(err, ErrDamaged) {
				t.Errorf("%d bytes read as %d: %v", len(want), wrong, err)
			}
		}
	}
	if _, err := s.ReadSmall(ID{1}, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there: %v", err)
	}
}

func TestStampsDiffer(t *testing.T) {
	_, root := newStore(t)
	stamp := func() Stamp {
		t.Helper()
		info, err := root.Stat("f")
		if err != nil {
			t.Fatal(err)
		}
		return StampOf(info)
	}
	write := func(text string) {
		t.Helper()
		if err := root.WriteFile("f", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("one")
	first := stamp()
	if stamp() != first {
		t.Error("the same file has two stamps")
	}
	long := time.Now().Add(-time.Hour)
	if err := root.Chtimes("f", long, long); err != nil {
		t.Fatal(err)
	}
	if stamp() == first {
		t.Error("another time has the same stamp")
	}
	write("three")
	if stamp() == first {
		t.Error("another size has the same stamp")
	}
	if err := errors.Join(root.Rename("f", "g"), root.WriteFile("f", []byte("one"), 0o600)); err != nil && !errors.Is(err, os.ErrExist) {
		t.Fatal(err)
	}
	if stamp() == first {
		t.Error("another file has the same stamp")
	}
}
