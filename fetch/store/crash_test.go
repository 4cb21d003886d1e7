//go:build unix

package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

// childVariable tells a child of the test, which is this program again, the
// folder to write objects into, for ever, naming each on stdout once it is committed.
const childVariable = "STORE_TEST_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVariable); dir != "" {
		fmt.Fprintln(os.Stderr, child(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func child(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	s, err := Open(root)
	if err != nil {
		return err
	}
	if err := s.Sweep(); err != nil {
		return err
	}
	failed := make(chan error)
	for range 50 {
		go func() {
			for {
				id, err := s.Put(context.Background(), fmt.Append(nil, rand.Uint64()))
				if err != nil {
					failed <- err
				}
				fmt.Println(id)
			}
		}()
	}
	return <-failed
}

// Whatever a killed run was told to be committed is there and sound, and what it
// left behind is no object.
func TestKilledWhileCommitting(t *testing.T) {
	dir := t.TempDir()
	var committed []ID
	for range 10 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childVariable+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		enough := 1 + rand.IntN(300)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			id, err := ParseID(lines.Text())
			if err != nil {
				break // the last line may be cut
			}
			committed = append(committed, id)
			if enough--; enough == 0 {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		cmd.Wait()
		if said.Len() > 0 {
			t.Fatalf("child: %s", said.String())
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	s, err := Open(root)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, id := range committed {
		if err := s.Check(t.Context(), id); err != nil {
			t.Errorf("committed before the kill: %v", err)
		}
	}
	for info, err := range s.All() {
		if err == nil {
			err = s.Check(t.Context(), info.ID)
		}
		if err != nil {
			t.Error(err)
		}
	}
	if err := s.Sweep(); err != nil {
		t.Fatal(err)
	}
	if left := leftovers(t, root); len(left) != 0 {
		t.Errorf("left in store/tmp: %q", left)
	}
}

// Data is synced before it gets its name, the name before anybody is told, and
// each folder once for a group.
func TestOrderOfDurability(t *testing.T) {
	s, _ := newStore(t)
	var mu sync.Mutex
	var events []string
	s.fault = func(what step, name string) error {
		mu.Lock()
		defer mu.Unlock()
		events = append(events, string(what)+" "+name)
		return nil
	}
	var group []*joining
	for i := range 60 {
		in := mustCreate(t, s, "")
		fmt.Fprint(in, i)
		if err := in.spill(); err != nil {
			t.Fatal(err)
		}
		group = append(group, &joining{in: in, id: in.ID(), done: make(chan struct{})})
	}
	s.settle(group)
	at := func(event string) int { return slices.Index(events, event) }
	homes := map[string]bool{}
	for _, j := range group {
		select {
		case <-j.done:
		default:
			t.Fatal("not told")
		}
		home := fmt.Sprintf("%s/%02x", objectFolder, j.id[0])
		homes[home] = true
		written, synced, renamed, named := at("write "+j.in.name), at("sync "+j.in.name), at("rename "+j.in.name), at("sync folder "+home)
		if written < 0 || synced < written || renamed < synced || named < renamed {
			t.Errorf("written at %d, synced at %d, renamed at %d, folder synced at %d", written, synced, renamed, named)
		}
	}
	folderSyncs := 0
	for _, e := range events {
		if strings.HasPrefix(e, "sync folder ") {
			folderSyncs++
		}
	}
	if folderSyncs != len(homes) {
		t.Errorf("%d folder syncs for %d folders", folderSyncs, len(homes))
	}
}

// A store that cannot be written can be read: on a medium, or by another user.
func TestUnwritableStore(t *testing.T) {
	s, root := newStore(t)
	id := mustPut(t, s, "x")
	read, err := Open(root)
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	read.fault = func(step, string) error { return fs.ErrPermission }
	if _, err := read.Put(t.Context(), []byte("y")); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Put = %v", err)
	}
	if err := read.Check(t.Context(), id); err != nil {
		t.Error(err)
	}
}
