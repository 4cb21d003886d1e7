package read_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/layout/bundle"
	"github.com/offmirror/offmirror/layout/bundle/bundletest"
	"github.com/offmirror/offmirror/layout/bundle/read"
)

// The medium lies: a volume is anything of the right length, or of another. What is read of it is what
// the manifest leads to, or is reported.
func FuzzVolume(f *testing.F) {
	made := bundletest.Maker{Snapshots: []bundletest.Snapshot{
		{Ecosystem: "toy", Files: map[string]string{"a": strings.Repeat("a", 700), "b": "b"}, Published: day(1)},
	}}.Make(f)
	sound := made.Volumes[0]
	f.Add(sound, uint16(0))
	f.Add(sound[:len(sound)/2], uint16(1))
	f.Add([]byte{}, uint16(2))
	f.Fuzz(func(t *testing.T, data []byte, at uint16) {
		volume := append([]byte(nil), sound...)
		if at%3 > 0 {
			copy(volume[int(at)%len(volume):], data)
		} else {
			volume = data
		}
		dir := t.TempDir()
		made.Write(t, dir, 99)
		path := filepath.Join(dir, bundle.VolumeFile(made.Manifest.Name, 1))
		must(t, os.WriteFile(path, volume, 0o600))
		b := open(t, read.Options{}, dir)
		v, err := b.Verify(t.Context(), nil)
		must(t, err)
		whole := string(volume) == string(sound)
		if (len(v.Damage) == 0) != whole {
			t.Errorf("damage %v, and the volume is whole: %t", v.Damage, whole)
		}
		r, err := b.Reader(1)
		if err != nil {
			return
		}
		defer r.Close()
		for r.Next() {
			payload, err := io.ReadAll(r)
			if err != nil || int64(len(payload)) != r.Entry().Size {
				t.Errorf("read %d bytes of %+v: %v", len(payload), r.Entry(), err)
			}
			named := false
			for _, d := range v.Damage {
				named = named || d.Object != nil && *d.Object == r.Entry().SHA256
			}
			if (bundletest.ID(payload) != r.Entry().SHA256) != named {
				t.Errorf("object %s: named as damaged: %t", r.Entry().SHA256, named)
			}
		}
		must(t, r.Err())
	})
}
