package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	s, root := newStore(t)
	if got := names(t, s); len(got) != 0 {
		t.Errorf("an empty store holds %v", got)
	}
	var want []ID
	for i := range 60 {
		want = append(want, mustPut(t, s, fmt.Sprint(i)))
	}
	slices.SortFunc(want, func(a, b ID) int { return strings.Compare(a.String(), b.String()) })
	for _, foreign := range []string{"notes", strings.Repeat("A", 64), strings.Repeat("0", 63), "ff" + strings.Repeat("0", 62)} {
		if err := root.WriteFile("store/sha256/00/"+foreign, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := names(t, s); !slices.Equal(got, want) {
		t.Errorf("%d names instead of %d, or others", len(got), len(want))
	}
	for range s.Names() {
		break
	}
}

func names(t *testing.T, s *Store) (ids []ID) {
	t.Helper()
	for id, err := range s.Names() {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func TestNamesOfAnUnreadableStore(t *testing.T) {
	s, root := newStore(t)
	mustPut(t, s, "x")
	other, err := Open(root)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := root.RemoveAll("store/sha256/7f"); err != nil {
		t.Fatal(err)
	}
	if err := root.WriteFile("store/sha256/7f", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var last error
	for _, err := range other.Names() {
		last = err
	}
	if last == nil || !strings.Contains(last.Error(), "store/sha256/7f") {
		t.Errorf("error %v", last)
	}
}

func TestRemoveAll(t *testing.T) {
	s, _ := newStore(t)
	var all []ID
	for i := range 40 {
		all = append(all, mustPut(t, s, fmt.Sprint(i)))
	}
	gone := append(slices.Clone(all[:30]), ID{1, 2, 3}) // the last was never there
	if n, err := s.RemoveAll(t.Context(), slices.Values(gone)); n != 30 || err != nil {
		t.Errorf("%d removed, %v", n, err)
	}
	for i, id := range all {
		if _, there := s.Has(id); there != (i >= 30) {
			t.Errorf("object %d is there: %t", i, there)
		}
	}
	if n, err := s.RemoveAll(t.Context(), slices.Values(gone)); n != 0 || err != nil {
		t.Errorf("once more: %d removed, %v", n, err)
	}
}

// One that cannot be removed is named, and the others go.
func TestRemoveAllGoesOn(t *testing.T) {
	s, root := newStore(t)
	var all []ID
	for i := range 10 {
		all = append(all, mustPut(t, s, fmt.Sprint(i)))
	}
	for _, id := range all[3:5] { // a folder that is not empty lies there
		path := filepath.Join(root.Name(), s.Path(id))
		if err := errors.Join(os.Remove(path), os.MkdirAll(path+"/x", 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	n, err := s.RemoveAll(t.Context(), slices.Values(all))
	if n != 8 || err == nil || !strings.Contains(err.Error(), all[3].String()) || !strings.Contains(err.Error(), "and 1 more") || strings.Contains(err.Error(), "\n") {
		t.Errorf("%d removed, %v", n, err)
	}
}

func TestRemoveAllStops(t *testing.T) {
	s, _ := newStore(t)
	id := mustPut(t, s, "x")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if n, err := s.RemoveAll(ctx, slices.Values([]ID{id})); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d removed, %v", n, err)
	}
	if _, there := s.Has(id); !there {
		t.Error("removed after the end")
	}
}
