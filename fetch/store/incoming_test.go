package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func mustCreate(t testing.TB, s *Store, name string) *Incoming {
	t.Helper()
	in, err := s.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestPartialSurvivesAndResumes(t *testing.T) {
	s, root := newStore(t)
	in := mustCreate(t, s, "abc123")
	io.WriteString(in, "first ")
	if err := in.Keep(); err != nil {
		t.Fatal(err)
	}
	later, err := Open(root) // another run
	if err != nil {
		t.Fatal(err)
	}
	defer later.Close()
	if err := later.Sweep(); err != nil {
		t.Fatal(err)
	}
	in, err = later.Resume("abc123")
	if err != nil {
		t.Fatal(err)
	}
	if in.Size() != 6 || in.ID() != ID(sha256.Sum256([]byte("first "))) {
		t.Errorf("resumed with %d bytes, %s", in.Size(), in.ID())
	}
	io.WriteString(in, "second")
	id, err := in.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if id != ID(sha256.Sum256([]byte("first second"))) {
		t.Errorf("wrong id %s", id)
	}
	if err := later.Check(t.Context(), id); err != nil {
		t.Error(err)
	}
	if _, err := later.Resume("abc123"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Resume after Commit = %v", err)
	}
}

func TestPartialOfAKilledRun(t *testing.T) {
	s, root := newStore(t)
	in := mustCreate(t, s, "feed")
	io.WriteString(in, "bytes")
	later, err := Open(root) // while the first holds it open, as if it had been killed
	if err != nil {
		t.Fatal(err)
	}
	defer later.Close()
	got, err := later.Resume("feed")
	if err != nil || got.Size() != 5 {
		t.Fatalf("Resume = %v, %v", got, err)
	}
	if err := got.Discard(); err != nil {
		t.Fatal(err)
	}
}

func TestCreateOverwritesAnOldPartial(t *testing.T) {
	s, _ := newStore(t)
	in := mustCreate(t, s, "ab")
	io.WriteString(in, "old old old")
	if _, err := s.Create("ab"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Create of an open partial = %v", err)
	}
	if err := in.Keep(); err != nil {
		t.Fatal(err)
	}
	in = mustCreate(t, s, "ab")
	io.WriteString(in, "new")
	id, err := in.Commit(t.Context())
	if err != nil || id != ID(sha256.Sum256([]byte("new"))) {
		t.Errorf("Commit = %s, %v", id, err)
	}
}

func TestPartialNames(t *testing.T) {
	s, _ := newStore(t)
	for _, name := range []string{"AB", "x", "../a", "a/b", strings.Repeat("a", 65), "a\x00"} {
		if _, err := s.Create(name); err == nil {
			t.Errorf("Create(%q) succeeded", name)
		}
		if _, err := s.Resume(name); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Resume(%q) = %v", name, err)
		}
	}
	if _, err := s.Resume(""); err == nil {
		t.Error(`Resume("") succeeded`)
	}
}

// An object that was begun without a name gets one, and then survives.
func TestSurvive(t *testing.T) {
	for what, size := range map[string]int{"in memory": 5, "in a file": 1 << 20} {
		t.Run(what, func(t *testing.T) {
			s, root := newStore(t)
			in, other := mustCreate(t, s, ""), mustCreate(t, s, "bb")
			if _, err := in.Write(make([]byte, size)); err != nil {
				t.Fatal(err)
			}
			if err := in.Survive("bb"); !errors.Is(err, fs.ErrExist) {
				t.Errorf("a name that is taken: %v", err)
			}
			if err := in.Survive("../x"); err == nil {
				t.Error("no error for a name that is none")
			}
			for _, name := range []string{"cc", "aa", "aa"} {
				if err := in.Survive(name); err != nil {
					t.Fatal(err)
				}
			}
			if err := in.Keep(); err != nil {
				t.Fatal(err)
			}
			if err := in.Survive("dd"); !errors.Is(err, errEnded) {
				t.Errorf("after its end: %v", err)
			}
			if err := other.Discard(); err != nil {
				t.Fatal(err)
			}
			in, err := s.Resume("aa")
			if err != nil || in.Size() != int64(size) {
				t.Fatalf("Resume = %v", err)
			}
			if _, err := in.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"aa", "bb", "cc"} { // all are free again
				if err := mustCreate(t, s, name).Discard(); err != nil {
					t.Error(err)
				}
			}
			if left := leftovers(t, root); len(left) != 0 {
				t.Errorf("left in store/tmp: %q", left)
			}
		})
	}
}

// What waits for its group has its name already.
func TestSurviveWhileTheGroupIsWaitedFor(t *testing.T) {
	s, root := newStore(t)
	var names []string
	s.fault = func(at step, name string) error {
		if at == stepSync {
			names = leftovers(t, root)
		}
		return nil
	}
	in := mustCreate(t, s, "")
	io.WriteString(in, "bytes")
	if err := in.Survive("aa"); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(names) != 1 || names[0] != "partial-aa" {
		t.Errorf("in store/tmp before the sync: %q", names)
	}
}

// A run may have died when its partial was read-only already.
func TestPartialThatIsReadOnly(t *testing.T) {
	s, root := newStore(t)
	in := mustCreate(t, s, "aa")
	io.WriteString(in, "bytes")
	if err := in.Keep(); err != nil {
		t.Fatal(err)
	}
	for _, begin := range []func(string) (*Incoming, error){s.Resume, s.Create} {
		if err := root.Chmod("store/tmp/partial-aa", 0o444); err != nil {
			t.Fatal(err)
		}
		in, err := begin("aa")
		if err != nil {
			t.Fatal(err)
		}
		if err := in.Keep(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEnds(t *testing.T) {
	s, root := newStore(t)
	ends := map[string]func(*Incoming) error{
		"Commit":  func(in *Incoming) error { _, err := in.Commit(t.Context()); return err },
		"Keep":    (*Incoming).Keep,
		"Discard": (*Incoming).Discard,
	}
	for what, end := range ends {
		in := mustCreate(t, s, "")
		io.WriteString(in, what)
		if err := end(in); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if err := in.Discard(); err != nil {
			t.Errorf("Discard after %s: %v", what, err)
		}
		if _, err := in.Write(nil); !errors.Is(err, errEnded) {
			t.Errorf("Write after %s: %v", what, err)
		}
		if _, err := in.ReadAt(make([]byte, 1), 0); !errors.Is(err, errEnded) {
			t.Errorf("ReadAt after %s: %v", what, err)
		}
		if err := in.Reset(); !errors.Is(err, errEnded) {
			t.Errorf("Reset after %s: %v", what, err)
		}
		if _, err := in.Commit(t.Context()); !errors.Is(err, errEnded) {
			t.Errorf("Commit after %s: %v", what, err)
		}
	}
	if left := leftovers(t, root); len(left) != 0 {
		t.Errorf("left in store/tmp: %q", left)
	}
	if open := s.commits.writing.Load(); open != 0 {
		t.Errorf("%d counted as being written", open)
	}
}

func TestCancelledCommitKeepsThePartial(t *testing.T) {
	s, _ := newStore(t)
	in := mustCreate(t, s, "aa")
	io.WriteString(in, "so far")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := in.Commit(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("Commit = %v", err)
	}
	in, err := s.Resume("aa")
	if err != nil || in.Size() != 6 {
		t.Fatalf("Resume = %v", err)
	}
	in.Discard()
}

func TestSweep(t *testing.T) {
	s, root := newStore(t)
	dead := mustCreate(t, s, "")
	dead.spill()
	dead.file.Close() // as a killed run leaves it
	s.release(dead.name)
	mine := mustCreate(t, s, "")
	mine.spill()
	mustCreate(t, s, "01").Keep()
	mustCreate(t, s, "02").Keep()
	long := time.Now().Add(-PartialAge - time.Hour)
	if err := root.Chtimes(temporaryFolder+"/partial-02", long, long); err != nil {
		t.Fatal(err)
	}
	if err := root.WriteFile(temporaryFolder+"/stranger", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	mustPut(t, s, "an object")
	if err := s.Sweep(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{dead.name: false, mine.name: true, "partial-01": true, "partial-02": false, "stranger": true} {
		_, err := root.Stat(temporaryFolder + "/" + name)
		if got := !errors.Is(err, os.ErrNotExist); got != want {
			t.Errorf("%s is there: %v, want %v", name, got, want)
		}
	}
	mine.Discard()
}

// Any sequence of writes, resets and reopenings gives the bytes since the last reset.
func TestIncomingAgainstAModel(t *testing.T) {
	s, _ := newStore(t)
	rapid.Check(t, func(t *rapid.T) {
		in, err := s.Create("c0de")
		if err != nil {
			t.Fatal(err)
		}
		var model []byte
		t.Repeat(map[string]func(*rapid.T){
			"write": func(t *rapid.T) {
				p := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "bytes")
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
			"reopen": func(t *rapid.T) {
				if err := in.Keep(); err != nil {
					t.Fatal(err)
				}
				if in, err = s.Resume("c0de"); err != nil {
					t.Fatal(err)
				}
			},
			"": func(t *rapid.T) {
				if in.Size() != int64(len(model)) || in.ID() != ID(sha256.Sum256(model)) {
					t.Fatalf("%d bytes, %s; model has %d", in.Size(), in.ID(), len(model))
				}
			},
		})
		got, err := io.ReadAll(io.NewSectionReader(in, 0, in.Size()))
		if err != nil || string(got) != string(model) {
			t.Fatalf("read back %d bytes, %v", len(got), err)
		}
		if err := in.Discard(); err != nil {
			t.Fatal(err)
		}
	})
}
