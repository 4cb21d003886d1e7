package layout

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func checkSorted(names *clashes, paths []string) error {
	for _, p := range paths {
		names.add([]byte(p))
	}
	return names.check(func(each func([]byte) error) error {
		for _, p := range paths {
			if err := each([]byte(p)); err != nil {
				return err
			}
		}
		return nil
	})
}

// With hashes that are often equal by chance clashes are found, and only clashes.
func TestClashesWithWeakHashes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(pathGenerator, 0, 10, rapid.ID).Draw(t, "paths")
		slices.Sort(names)
		var paths Paths
		var want error
		for _, p := range names {
			if err := paths.Add(p); err != nil && want == nil {
				want = err
			}
		}
		for _, mask := range []uint64{0, 1, 7, ^uint64(0)} {
			weak := newClashes()
			weak.mask = mask
			got := checkSorted(weak, names)
			if (got == nil) != (want == nil) || got != nil && got.Error() != want.Error() {
				t.Fatalf("%v with %x, want %v", got, mask, want)
			}
		}
	})
}

// Thousands of chance suspects are looked at in turns.
func TestManySuspects(t *testing.T) {
	var paths []string
	for i := range 20_000 {
		paths = append(paths, fmt.Sprintf("folder-%02d/%05d", i/1000, i))
	}
	weak := newClashes()
	weak.mask = 1<<12 - 1
	if err := checkSorted(weak, paths); err != nil {
		t.Error(err)
	}
	weak = newClashes()
	weak.mask = 1<<12 - 1
	if err := checkSorted(weak, append(paths, "folder-19/É", "folder-19/é")); err == nil || !strings.Contains(err.Error(), "ignore case") {
		t.Errorf("a clash among suspects: %v", err)
	}
}
