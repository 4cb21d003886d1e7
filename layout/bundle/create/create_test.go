package create

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle"
)

func TestEverythingIsThere(t *testing.T) {
	m := newMirror(t)
	files := tree{"names": "n", "tarballs/a": strings.Repeat("a", 100_000), "empty": "", "link": ">names"}
	m.publish("hex", files)
	large := strings.Repeat("x", 3_000_000)
	m.publish("julia", tree{"x": large, "names": "n"})
	out := t.TempDir()
	r := m.create(Options{Out: []string{out}, VolumeSize: 1 << 20})
	manifest, err := os.ReadFile(filepath.Join(out, r.Manifest.Name+".manifest"))
	must(t, err)
	parsed, err := bundle.Parse(manifest)
	must(t, err)
	found := map[string]string{}
	for i, v := range parsed.Volumes {
		file := filepath.Join(out, bundle.VolumeFile(parsed.Name, i+1))
		data, err := os.ReadFile(file)
		must(t, err)
		if store.ID(sha256.Sum256(data)) != v.SHA256 || int64(len(data)) != v.Size || v.Size >= 1<<20 {
			t.Errorf("volume %d is %d bytes, the manifest says %+v", i+1, len(data), v)
		}
		for name, payload := range readVolume(t, file, parsed, i+1) {
			name, _, _ = strings.Cut(name, ".part-")
			found[name] += string(payload)
		}
	}
	for _, text := range []string{"n", files["tarballs/a"], "", large} {
		name := bundle.ObjectMember(sha256.Sum256([]byte(text)))
		if got, ok := found[name]; !ok || got != text {
			t.Errorf("%s: %v, %d bytes instead of %d", name, ok, len(got), len(text))
		}
		delete(found, name)
	}
	for _, e := range parsed.Ecosystems {
		delete(found, bundle.ListMember(e.Name, e.Snapshot))
	}
	if len(found) > 0 {
		t.Errorf("and %d members more", len(found))
	}
}
