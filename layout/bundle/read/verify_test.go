package read_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/offmirror/offmirror/layout/bundle"
	"github.com/offmirror/offmirror/layout/bundle/read"
)

func TestVerifyReadsEverything(t *testing.T) {
	t.Parallel()
	made := sound(t)
	dir := t.TempDir()
	made.Write(t, dir)
	var progress atomic.Int64
	v, err := open(t, read.Options{}, dir).Verify(t.Context(), func(n int64) { progress.Add(n) })
	must(t, err)
	total := int64(0)
	for _, volume := range made.Volumes {
		total += int64(len(volume))
	}
	pieces := int64(0)
	for _, s := range made.Manifest.Splits {
		pieces += int64(len(s.Pieces))
	}
	if v.Volumes != len(made.Volumes) || v.Bytes != total || progress.Load() != total || len(v.Damage) > 0 || v.Objects != 1+4+pieces {
		t.Errorf("verification %+v of %d bytes and %d pieces", v, total, pieces)
	}
}

// Every byte of a small bundle is flipped: Verify names the volume, and what it names
// as an object covers the byte.
func TestVerifyNoticesEachFlippedBit(t *testing.T) {
	t.Parallel()
	made := sound(t)
	dir := t.TempDir()
	made.Write(t, dir)
	b := open(t, read.Options{}, dir)
	path := b.Volumes[1].Path
	data := made.Volumes[1]
	r, err := b.Reader(2)
	must(t, err)
	var entries []bundle.Entry
	for r.Next() {
		entries = append(entries, r.Entry())
	}
	r.Close()
	for at := 0; at < len(data); at += 211 {
		data[at] ^= 1 << (at % 8)
		must(t, os.WriteFile(path, data, 0o600))
		v, err := open(t, read.Options{}, dir).Verify(t.Context(), nil)
		must(t, err)
		data[at] ^= 1 << (at % 8)
		if len(v.Damage) != 1 || v.Damage[0].Volume != 2 || !errors.Is(v.Damage[0].Err, read.ErrDamaged) || v.Volumes != len(made.Volumes)-1 {
			t.Fatalf("bit in byte %d: %+v", at, v)
		}
		var want *bundle.Entry
		for _, e := range entries {
			if int64(at) >= e.Offset && int64(at) < e.Offset+e.Size {
				want = &e
			}
		}
		got := v.Damage[0]
		if (want == nil) != (got.Object == nil) || want != nil && *got.Object != want.SHA256 || !strings.Contains(got.Error(), bundle.VolumeFile(made.Manifest.Name, 2)) {
			t.Fatalf("bit in byte %d, of %+v: %v", at, want, got)
		}
	}
}

func TestVerifyOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	made := sound(t)
	dir := t.TempDir()
	made.Write(t, dir)
	b := open(t, read.Options{}, dir)
	must(t, os.Truncate(b.Volumes[0].Path, 700)) // after it was opened
	must(t, os.Rename(b.Volumes[2].Path, b.Volumes[1].Path))
	v, err := b.Verify(t.Context(), nil)
	must(t, err)
	if len(v.Damage) != 3 || v.Damage[0].Volume != 1 || v.Damage[1].Volume != 2 || v.Damage[2].Volume != 3 {
		t.Errorf("damage %v", v.Damage)
	}
	v, err = open(t, read.Options{}, dir).Verify(t.Context(), nil)
	must(t, err)
	if len(v.Missing) != 1 || v.Missing[0] != 3 || len(v.Damage) != 2 {
		t.Errorf("missing %v, damage %v", v.Missing, v.Damage)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := b.Verify(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
