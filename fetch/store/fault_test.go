package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// failOn makes the nth step of a kind fail.
func failOn(want step, nth int, err error) func(step, string) error {
	var mu sync.Mutex
	return func(got step, _ string) error {
		mu.Lock()
		defer mu.Unlock()
		if got == want {
			if nth--; nth == 0 {
				return err
			}
		}
		return nil
	}
}

func TestFailureConcernsOneObjectOnly(t *testing.T) {
	for _, what := range []step{stepSync, stepRename} {
		t.Run(string(what), func(t *testing.T) {
			s, root := newStore(t)
			s.fault = failOn(what, 7, syscall.EIO)
			failed := putAll(t, s, 20)
			if len(failed) != 1 {
				t.Fatalf("%d failed, want 1: %v", len(failed), failed)
			}
			for name, err := range failed {
				if !errors.Is(err, syscall.EIO) || strings.Contains(err.Error(), "\n") {
					t.Errorf("error %v", err)
				}
				mustPut(t, s, name) // the caller writes it again
			}
			if left := leftovers(t, root); len(left) != 0 {
				t.Errorf("left in store/tmp: %q", left)
			}
			checkAll(t, s, 20)
		})
	}
}

func TestFailedFolderSyncTakesTheNamesBack(t *testing.T) {
	s, _ := newStore(t)
	s.fault = failOn(stepSyncHome, 1, syscall.EIO)
	failed := putAll(t, s, 20)
	if len(failed) == 0 {
		t.Fatal("nothing failed")
	}
	objects := 0
	for _, err := range s.All() {
		if err != nil {
			t.Fatal(err)
		}
		objects++
	}
	if objects != 20-len(failed) {
		t.Errorf("%d objects although %d of 20 failed", objects, len(failed))
	}
	for name := range failed {
		mustPut(t, s, name)
	}
	checkAll(t, s, 20)
}

func TestTwinOfAFailedObjectTakesItsPlace(t *testing.T) {
	s, root := newStore(t)
	s.fault = failOn(stepSync, 1, syscall.EIO)
	var group []*joining
	for range 3 {
		in := mustCreate(t, s, "")
		io.WriteString(in, "same")
		if err := in.spill(); err != nil {
			t.Fatal(err)
		}
		group = append(group, &joining{in: in, id: in.ID(), done: make(chan struct{})})
	}
	s.settle(group)
	if !errors.Is(group[0].err, syscall.EIO) || group[1].err != nil || group[2].err != nil {
		t.Errorf("errors %v, %v, %v; want only the first to fail", group[0].err, group[1].err, group[2].err)
	}
	if err := s.Check(t.Context(), group[0].id); err != nil {
		t.Error(err)
	}
	if left := leftovers(t, root); len(left) != 0 {
		t.Errorf("left in store/tmp: %q", left)
	}
}

func TestFullDisk(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT} {
		for _, what := range []step{stepWrite, stepSync, stepRename, stepSyncHome} {
			t.Run(fmt.Sprint(what, errno), func(t *testing.T) {
				s, root := newStore(t)
				before := mustPut(t, s, "before")
				s.fault = failOn(what, 1, errno)
				_, err := s.Put(t.Context(), []byte("too much"))
				if !errors.Is(err, ErrFull) || !errors.Is(err, errno) {
					t.Fatalf("Put = %v, want ErrFull", err)
				}
				if strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "free some") {
					t.Errorf("not one line with advice: %v", err)
				}
				if left := leftovers(t, root); len(left) != 0 {
					t.Errorf("left in store/tmp: %q", left)
				}
				if err := s.Check(t.Context(), before); err != nil {
					t.Error(err)
				}
				id := mustPut(t, s, "too much") // somebody made room
				if err := s.Check(t.Context(), id); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// After a short write the Incoming counts and hashes what is in the file.
func TestShortWrite(t *testing.T) {
	s, _ := newStore(t)
	in := mustCreate(t, s, "5e")
	s.fault = failOn(stepWrite, 1, io.ErrShortWrite)
	n, err := in.Write([]byte("0123456789"))
	if n != 5 || !errors.Is(err, io.ErrShortWrite) || in.Size() != 5 {
		t.Fatalf("Write = %d, %v; size %d", n, err, in.Size())
	}
	if _, err := in.Write([]byte("56789")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 10)
	if _, err := in.ReadAt(got, 0); err != nil || !bytes.Equal(got, []byte("0123456789")) {
		t.Errorf("%q, %v", got, err)
	}
	id, err := in.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context(), id); err != nil {
		t.Error(err)
	}
}

// putAll puts "object 0" to "object n-1" side by side and returns what failed.
func putAll(t *testing.T, s *Store, n int) map[string]error {
	t.Helper()
	failed := make(map[string]error)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			name := fmt.Sprint("object ", i)
			if _, err := s.Put(context.Background(), []byte(name)); err != nil {
				mu.Lock()
				failed[name] = err
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return failed
}

func checkAll(t *testing.T, s *Store, n int) {
	t.Helper()
	for i := range n {
		if err := s.Check(t.Context(), mustPut(t, s, fmt.Sprint("object ", i))); err != nil {
			t.Error(err)
		}
	}
}
