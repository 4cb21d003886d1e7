//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package create

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Two mirrors write into one folder at once: the second is refused before it has touched anything, and
// may when the first is over. Nothing of the lock is seen.
func TestTwoRunsIntoOneFolder(t *testing.T) {
	first, second := newMirror(t), newMirror(t)
	fiveVolumes(first)
	second.publish("julia", tree{"x": content(9, 100_000)})
	shared, own := folderOf(t), folderOf(t)

	var refused error
	opts := Options{Out: []string{shared}, VolumeSize: 1 << 20}
	opts.trace = func(step string) {
		if step != "finish a volume" || refused != nil {
			return
		}
		before := readFolder(t, shared)
		_, refused = Create(t.Context(), second.root, second.store, Options{Out: []string{own, shared}, VolumeSize: 1 << 20, Sign: sign})
		if after := readFolder(t, shared); len(after) != len(before) {
			t.Errorf("%d files became %d", len(before), len(after))
		}
		if files := readFolder(t, own); len(files) != 0 {
			t.Errorf("%d files in the other folder", len(files))
		}
	}
	r := first.create(opts)
	if !errors.Is(refused, ErrBusy) || !strings.HasPrefix(refused.Error(), shared+": ") {
		t.Fatalf("the second run ended with %v", refused)
	}
	readBundle(t, r)
	if files := readFolder(t, shared); len(files) != len(r.Manifest.Volumes)+2 {
		t.Errorf("%d files", len(files))
	}
	readBundle(t, second.create(Options{Out: []string{shared}, VolumeSize: 1 << 20}))
}

// One folder under two names is one folder.
func TestOneFolderByTwoNames(t *testing.T) {
	m := newMirror(t)
	fiveVolumes(m)
	dir := folderOf(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	readBundle(t, m.create(Options{Out: []string{dir, link, dir}, VolumeSize: 1 << 20}))
}
