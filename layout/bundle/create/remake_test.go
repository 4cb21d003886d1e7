package create

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/layout/bundle"
)

// remakeFails remakes the only bundle, which must fail.
func (m *mirror) remakeFails(t *testing.T, opts RemakeOptions) error {
	t.Helper()
	_, err := Remake(t.Context(), m.root, m.store, opts)
	if err == nil {
		t.Fatal("made")
	}
	for name := range readFolder(t, opts.Out[0]) {
		t.Errorf("%s was left behind", name)
	}
	return err
}

func TestRemakeNeedsWhatTheBundleWasMadeOf(t *testing.T) {
	m := newMirror(t)
	old := m.write("hex", tree{"a": "a"})
	now := m.publish("hex", tree{"a": "a", "b": content(1, 300_000)})
	r := m.create(Options{Out: []string{folderOf(t)}, VolumeSize: 100_000, Base: map[string][]string{"hex": {old.ID}}})
	manifest, signature, err := Made(m.root, r.Manifest.Name)
	must(t, err)
	opts := RemakeOptions{Manifest: manifest, Signature: signature, Out: []string{folderOf(t)}}

	// The snapshot may be gone: its list is an object.
	file := "snapshots/hex/" + now.ID
	must(t, m.root.Remove(file))
	_, err = Remake(t.Context(), m.root, m.store, opts)
	must(t, err)
	checkSame(t, filepath.Dir(r.Files[0].Path), opts.Out[0], nil)

	opts.Out[0] = folderOf(t)
	base := "snapshots/hex/" + old.ID
	data, err := m.root.ReadFile(base)
	must(t, err)
	must(t, m.root.Remove(base))
	if err := m.remakeFails(t, opts); !strings.Contains(err.Error(), "its base, snapshot "+old.ID+" of hex, is not kept here") {
		t.Errorf("error %v", err)
	}
	must(t, m.root.WriteFile(base, data, 0o644))
	must(t, m.root.Remove(m.store.Path(r.Manifest.Ecosystems[0].List.SHA256)))
	if err := m.remakeFails(t, opts); !strings.Contains(err.Error(), "the list of snapshot "+now.ID+" of hex is not kept here") {
		t.Errorf("error %v", err)
	}
	if _, _, err := Made(m.root, "offmirror-x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

// What comes out otherwise than the manifest says is not written, and what was there stays.
func TestRemakeOfAnotherManifest(t *testing.T) {
	m := newMirror(t)
	m.publish("hex", tree{"a": content(1, 90_000), "b": content(2, 90_000)})
	r := m.create(Options{Out: []string{folderOf(t)}, VolumeSize: 120_000})
	for what, change := range map[string]func(*bundle.Manifest){
		"came out with the SHA-256":     func(x *bundle.Manifest) { x.Volumes[0].SHA256[0] ^= 1 },
		"volume 1 came out":             func(x *bundle.Manifest) { x.Volumes[0].Index.SHA256[0] ^= 1 },
		"was divided into volumes":      func(x *bundle.Manifest) { x.Volumes = x.Volumes[:1] },
		"cannot be made again here":     func(x *bundle.Manifest) { x.Objects++ },
		"another version of offmirror;": func(x *bundle.Manifest) { x.Bytes++ },
	} {
		x := readManifest(t, r)
		change(x)
		manifest, err := x.Encode()
		must(t, err)
		if err := m.remakeFails(t, RemakeOptions{Manifest: manifest, Out: []string{folderOf(t)}}); !strings.Contains(err.Error(), what) {
			t.Errorf("error %v, want %s", err, what)
		}
	}
	x := readManifest(t, r)
	x.Volumes[0].SHA256[0] ^= 1
	manifest, err := x.Encode()
	must(t, err)
	dir := filepath.Dir(r.Files[0].Path)
	before := readFolder(t, dir)
	if _, err := Remake(t.Context(), m.root, m.store, RemakeOptions{Manifest: manifest, Out: []string{dir}}); err == nil {
		t.Error("made")
	}
	for name, data := range readFolder(t, dir) {
		if string(before[name]) != string(data) {
			t.Errorf("%s has changed", name)
		}
	}
	for _, rubbish := range []string{"", "# {}\n", strings.Repeat("x", 100)} {
		if err := m.remakeFails(t, RemakeOptions{Manifest: []byte(rubbish), Out: []string{folderOf(t)}}); !strings.Contains(err.Error(), "manifest") {
			t.Errorf("error %v", err)
		}
	}
}

// Volumes that are asked for are written wherever they are wanted, the others are let be; and no manifest says that
// a folder is whole which is not.
func TestRemakeOfSomeVolumes(t *testing.T) {
	m := newMirror(t)
	m.publish("hex", tree{"large": content(1, 500_000), "small": content(2, 90_000)})
	r := m.create(Options{Out: []string{folderOf(t)}, VolumeSize: 120_000})
	out := folderOf(t)
	for n := range r.Manifest.Volumes { // pieces of one object among them, one by one
		again := m.remake(r, RemakeOptions{Out: []string{out}, Volumes: []int{n + 1}})
		if len(again.Files) != 1 || again.Files[0].Volume != n+1 {
			t.Errorf("volume %d: %+v", n+1, again.Files)
		}
	}
	if len(readFolder(t, out)) != len(r.Manifest.Volumes) {
		t.Errorf("%d files", len(readFolder(t, out)))
	}
	m.remake(r, RemakeOptions{Out: []string{out}}) // all are there now
	checkSame(t, filepath.Dir(r.Files[0].Path), out, nil)
	for _, n := range []int{0, -1, len(r.Manifest.Volumes) + 1} {
		manifest, _, err := Made(m.root, r.Manifest.Name)
		must(t, err)
		if err := m.remakeFails(t, RemakeOptions{Manifest: manifest, Out: []string{folderOf(t)}, Volumes: []int{n}}); !strings.Contains(err.Error(), "has no volume") {
			t.Errorf("error %v", err)
		}
	}
	// A damaged object is named, though a piece of it has no name of its own.
	must(t, m.root.WriteFile(m.store.Path(m.put(content(1, 500_000))), []byte(content(3, 500_000)), 0o644))
	must(t, os.Remove(filepath.Join(out, filepath.Base(r.Files[2].Path))))
	_, err := Remake(t.Context(), m.root, m.store, RemakeOptions{Manifest: must2(Made(m.root, r.Manifest.Name)), Out: []string{out}})
	if damaged, ok := errors.AsType[*DamagedError](err); !ok || damaged.Path != "large" {
		t.Errorf("error %v", err)
	}
}

func must2(manifest, _ []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return manifest
}
