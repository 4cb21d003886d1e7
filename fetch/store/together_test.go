package store

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
)

// Both ways to make a group durable keep the same promises, whatever the file
// system of the machine that runs the tests.
func TestTogetherAndAlonePromiseTheSame(t *testing.T) {
	for _, together := range []bool{true, false} {
		for _, fault := range []step{"", stepSync, stepRename, stepSyncHome} {
			t.Run(fmt.Sprintf("together=%v %s", together, fault), func(t *testing.T) {
				s, root := newStore(t)
				s.togetherOnce.Do(func() { s.together = together })
				if fault != "" {
					s.fault = failOn(fault, 5, syscall.EIO)
				}
				const count = 4 * togetherFrom
				failed := putAll(t, s, count)
				if (len(failed) > 0) != (fault != "") {
					t.Fatalf("%d failed: %v", len(failed), failed)
				}
				for name, err := range failed {
					if !errors.Is(err, syscall.EIO) || strings.Contains(err.Error(), "\n") {
						t.Errorf("error %v", err)
					}
					mustPut(t, s, name)
				}
				if left := leftovers(t, root); len(left) != 0 {
					t.Errorf("left in store/tmp: %q", left)
				}
				checkAll(t, s, count)
			})
		}
	}
}

func TestObjectsAreReadOnlyEitherWay(t *testing.T) {
	for _, together := range []bool{true, false} {
		s, root := newStore(t)
		s.togetherOnce.Do(func() { s.together = together })
		putAll(t, s, 2*togetherFrom)
		for info, err := range s.All() {
			if err != nil {
				t.Fatal(err)
			}
			got, err := root.Lstat(s.Path(info.ID))
			if err != nil || got.Mode() != 0o444 {
				t.Errorf("together=%v: %s has mode %v, %v", together, info.ID, got.Mode(), err)
			}
		}
	}
}

func TestFirstObjectMakesAllFolders(t *testing.T) {
	s, root := newStore(t)
	mustPut(t, s, "the first")
	entries, err := fs.ReadDir(root.FS(), objectFolder)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 256 || entries[0].Name() != "00" || entries[255].Name() != "ff" {
		t.Errorf("%d folders, want 00 to ff", len(entries))
	}
	for _, e := range entries {
		if !e.IsDir() {
			t.Errorf("%s is no folder", e.Name())
		}
	}
}

func TestMissingFolderIsMadeAgain(t *testing.T) {
	s, root := newStore(t)
	id := mustPut(t, s, "the first")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for b := range 256 {
		if byte(b) != id[0] {
			if err := root.Remove(fmt.Sprintf("%s/%02x", objectFolder, b)); err != nil {
				t.Fatal(err)
			}
		}
	}
	again, err := Open(root)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	putAll(t, again, 50)
	checkAll(t, again, 50)
	if err := again.Check(t.Context(), id); err != nil {
		t.Error(err)
	}
}

func TestSweepEitherWay(t *testing.T) {
	for _, together := range []bool{true, false} {
		s, _ := newStore(t)
		s.togetherOnce.Do(func() { s.together = together })
		mustPut(t, s, "an object")
		if err := s.Sweep(); err != nil {
			t.Errorf("together=%v: %v", together, err)
		}
	}
}
