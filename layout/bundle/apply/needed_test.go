package apply_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle/apply"
	"github.com/offmirror/offmirror/layout/bundle/bundletest"
	"github.com/offmirror/offmirror/layout/retention"
)

// noise is bytes that no two pieces of have in common.
func noise(seed uint64, n int) string {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

func one(ecosystem, path, content string) []bundletest.Snapshot {
	return []bundletest.Snapshot{{Ecosystem: ecosystem, Files: files{path: content}, Published: day(1)}}
}

// stick is a folder with volumes of a bundle.
func stick(t *testing.T, b *bundletest.Bundle, volumes ...int) string {
	t.Helper()
	folder := t.TempDir()
	b.Write(t, folder, volumes...)
	return folder
}

func (f *far) waits(err error) {
	f.t.Helper()
	if _, ok := errors.AsType[*apply.IncompleteError](err); !ok {
		f.t.Fatalf("want an incomplete bundle, not %v", err)
	}
}

// A piece that waits for the others may be what another snapshot names in the meantime.
func TestPieceThatSomethingElseNames(t *testing.T) {
	t.Parallel()
	big := noise(1, 800<<10)
	huge := bundletest.Maker{VolumeSize: 512 << 10, Snapshots: one("toy", "huge", big)}.Make(t)
	piece := huge.Manifest.Splits[0].Pieces[0]
	other := bundletest.Maker{Snapshots: one("other", "piece", big[:piece.Size])}.Make(t)
	again := bundletest.Maker{VolumeSize: 512 << 10, Snapshots: []bundletest.Snapshot{
		{Ecosystem: "toy", Files: files{"huge": big, "more": "x"}, Published: day(2)},
	}}.Make(t)
	has := func(f *far) bool {
		_, ok := f.objects.Has(piece.SHA256)
		return ok
	}
	for name, c := range map[string]struct {
		between func(f *far)
		stays   bool
	}{
		"nothing":          {func(*far) {}, false},
		"a snapshot":       {func(f *far) { _, err := f.apply(unsigned, stick(t, other)); must(t, err) }, true},
		"a waiting bundle": {func(f *far) { _, err := f.apply(unsigned, stick(t, again, 1)); f.waits(err) }, true},
		"a damaged snapshot": {func(f *far) {
			_, err := f.apply(unsigned, stick(t, other))
			must(t, err)
			id := other.Manifest.Ecosystems[0].Snapshot
			list := filepath.Join(f.dir, "snapshots", "other", id)
			must(t, os.Chmod(list, 0o644))
			must(t, os.Truncate(list, 60))
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFar(t)
			_, err := f.apply(unsigned, stick(t, huge, 1))
			f.waits(err)
			c.between(f)
			_, err = f.apply(unsigned, stick(t, huge))
			must(t, err)
			if has(f) != c.stays {
				t.Errorf("the piece is here: %v, want %v", has(f), c.stays)
			}
		})
	}
}

// The volume with the lists may come last, and gc may run before it does.
func TestGarbageIsNotCollectedBetweenVolumes(t *testing.T) {
	t.Parallel()
	tree := files{}
	for i := range 20 {
		tree[string(rune('a'+i))] = noise(uint64(i), 20<<10)
	}
	b := bundletest.Maker{VolumeSize: 128 << 10, Snapshots: []bundletest.Snapshot{{Ecosystem: "toy", Files: tree, Published: day(1)}}}.Make(t)
	f := newFar(t)
	collect := func() retention.Result {
		t.Helper()
		lock, err := layout.Lock(f.root)
		must(t, err)
		defer lock.Unlock()
		r, err := retention.Collect(t.Context(), f.root, f.objects, retention.Options{})
		must(t, err)
		return r
	}
	var all []int
	for n := 2; n <= len(b.Volumes); n++ {
		all = append(all, n)
		_, err := f.apply(unsigned, stick(t, b, n))
		f.waits(err)
		if r := collect(); r.Removed.Objects != 0 || len(r.Unfinished) != 1 || r.Unfinished[0] != b.Manifest.Name {
			t.Fatalf("after volumes %v: %+v", all, r)
		}
	}
	_, err := f.apply(unsigned, stick(t, b, 1))
	must(t, err)
	f.shows("toy", tree)
	f.quiet()
	in, err := f.objects.Create("")
	must(t, err)
	_, err = in.Write([]byte("dead"))
	must(t, err)
	_, err = in.Commit(t.Context())
	must(t, err)
	if r := collect(); r.Removed.Objects != 1 || len(r.Unfinished) != 0 {
		t.Errorf("the bundle is published: %+v", r)
	}
	if _, ok := f.objects.Has(bundletest.ID([]byte("dead"))); ok {
		t.Error("garbage stays")
	}
}
