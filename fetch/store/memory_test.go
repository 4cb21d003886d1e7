package store

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"syscall"
	"testing"

	"pgregory.net/rapid"
)

func TestSmallObjectReachesTheDiskAtCommitOnly(t *testing.T) {
	s, root := newStore(t)
	in := mustCreate(t, s, "")
	io.WriteString(in, "small")
	if left := leftovers(t, root); len(left) != 0 {
		t.Errorf("on disk before Commit: %q", left)
	}
	got := make([]byte, 5)
	if _, err := in.ReadAt(got, 0); err != nil || string(got) != "small" {
		t.Errorf("read back %q, %v", got, err)
	}
	if n, err := in.ReadAt(got, 3); n != 2 || !errors.Is(err, io.EOF) {
		t.Errorf("reading over the end: %d, %v", n, err)
	}
	id, err := in.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context(), id); err != nil {
		t.Error(err)
	}
}

func TestDiscardedSmallObjectNeverReachesTheDisk(t *testing.T) {
	s, root := newStore(t)
	in := mustCreate(t, s, "")
	io.WriteString(in, "wrong")
	if err := in.Discard(); err != nil {
		t.Fatal(err)
	}
	if left := leftovers(t, root); len(left) != 0 {
		t.Errorf("on disk: %q", left)
	}
}

// Where memory and file meet, each size must give the same object.
func TestSizesAroundTheBuffer(t *testing.T) {
	s, root := newStore(t)
	for _, size := range []int{0, 1, memorySize - 1, memorySize, memorySize + 1, 3 * memorySize} {
		data := bytes.Repeat([]byte{byte(size)}, size)
		in := mustCreate(t, s, "")
		for rest := data; len(rest) > 0; {
			n := min(len(rest), 50_000)
			if _, err := in.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if onDisk := len(leftovers(t, root)) > 0; onDisk != (size > memorySize) {
			t.Errorf("%d bytes: on disk before Commit: %v", size, onDisk)
		}
		id, err := in.Commit(t.Context())
		if err != nil || id != ID(sha256.Sum256(data)) {
			t.Fatalf("%d bytes: %s, %v", size, id, err)
		}
		if err := s.Check(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
}

// A write that needs a file and gets none changes nothing: it may be repeated.
func TestWriteThatCannotLeaveMemory(t *testing.T) {
	s, root := newStore(t)
	in := mustCreate(t, s, "")
	first, second := bytes.Repeat([]byte("1"), memorySize), []byte("2")
	if _, err := in.Write(first); err != nil {
		t.Fatal(err)
	}
	s.fault = failOn(stepWrite, 1, syscall.ENOSPC)
	if n, err := in.Write(second); n != 0 || !errors.Is(err, ErrFull) {
		t.Fatalf("Write = %d, %v; want ErrFull", n, err)
	}
	if left := leftovers(t, root); len(left) != 0 {
		t.Errorf("left in store/tmp: %q", left)
	}
	if in.Size() != int64(len(first)) || in.ID() != ID(sha256.Sum256(first)) {
		t.Errorf("now %d bytes, %s", in.Size(), in.ID())
	}
	if _, err := in.Write(second); err != nil {
		t.Fatal(err)
	}
	id, err := in.Commit(t.Context())
	if err != nil || id != ID(sha256.Sum256(append(first, second...))) {
		t.Fatalf("%s, %v", id, err)
	}
	if err := s.Check(t.Context(), id); err != nil {
		t.Error(err)
	}
}

func TestCommitThatCannotLeaveMemory(t *testing.T) {
	s, root := newStore(t)
	in := mustCreate(t, s, "")
	io.WriteString(in, "small")
	s.fault = failOn(stepWrite, 1, syscall.ENOSPC)
	if _, err := in.Commit(t.Context()); !errors.Is(err, ErrFull) {
		t.Fatalf("Commit = %v, want ErrFull", err)
	}
	if left := leftovers(t, root); len(left) != 0 {
		t.Errorf("left in store/tmp: %q", left)
	}
	if open := s.commits.writing.Load(); open != 0 {
		t.Errorf("%d counted as being written", open)
	}
	if _, err := in.Write(nil); !errors.Is(err, errEnded) {
		t.Errorf("Write after a failed Commit: %v", err)
	}
}

// Any sequence of writes and resets gives the bytes since the last reset, in
// memory or not.
func TestUnnamedIncomingAgainstAModel(t *testing.T) {
	s, _ := newStore(t)
	rapid.Check(t, func(t *rapid.T) {
		in, err := s.Create("")
		if err != nil {
			t.Fatal(err)
		}
		var model []byte
		t.Repeat(map[string]func(*rapid.T){
			"write": func(t *rapid.T) {
				p := bytes.Repeat([]byte{rapid.Byte().Draw(t, "byte")}, rapid.IntRange(0, memorySize).Draw(t, "bytes"))
				if n, err := in.Write(p); err != nil || n != len(p) {
					t.Fatal(n, err)
				}
				model = append(model, p...)
			},
			"reset": func(t *rapid.T) {
				if err := in.Reset(); err != nil {
					t.Fatal(err)
				}
				model = nil
			},
			"": func(t *rapid.T) {
				if in.Size() != int64(len(model)) || in.ID() != ID(sha256.Sum256(model)) {
					t.Fatalf("%d bytes, %s; model has %d", in.Size(), in.ID(), len(model))
				}
			},
		})
		got, err := io.ReadAll(io.NewSectionReader(in, 0, in.Size()))
		if err != nil || !bytes.Equal(got, model) {
			t.Fatalf("read back %d bytes, %v", len(got), err)
		}
		if err := in.Discard(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestSpilledObjectsAreCommittedAsTheyWere(t *testing.T) {
	s, _ := newStore(t)
	in := mustCreate(t, s, "")
	io.WriteString(in, "small")
	if err := in.Spill(); err != nil || in.memory != nil || in.file == nil {
		t.Fatalf("Spill = %v", err)
	}
	id, err := in.Commit(t.Context())
	if err != nil || s.Check(t.Context(), id) != nil {
		t.Errorf("Commit = %s, %v", id, err)
	}
	if err := in.Spill(); err == nil {
		t.Error("an object that has ended was spilled")
	}
}
