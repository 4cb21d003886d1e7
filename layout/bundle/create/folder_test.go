package create

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/layout/bundle"
)

// sticks are folders with so much room each.
func sticks(rooms map[string]int64) func(*os.Root) (int64, bool) {
	return func(root *os.Root) (int64, bool) {
		used := int64(0)
		entries, _ := os.ReadDir(root.Name())
		for _, e := range entries {
			if info, err := e.Info(); err == nil {
				used += info.Size()
			}
		}
		room, ok := rooms[root.Name()]
		return max(0, room-used), ok
	}
}

func fiveVolumes(m *mirror) {
	m.publish("hex", tree{"a": content(1, 900_000), "b": content(2, 900_000), "c": content(3, 900_000), "d": content(4, 900_000), "e": content(5, 900_000)})
}

// Folders are filled in turn, as they have room; each gets the manifest.
func TestSeveralSticks(t *testing.T) {
	m := newMirror(t)
	fiveVolumes(m)
	a, b, c := folderOf(t), folderOf(t), folderOf(t)
	opts := Options{Out: []string{a, b, c}, VolumeSize: 1 << 20}
	opts.free = sticks(map[string]int64{a: 2_200_000, b: 500_000, c: 10_000_000})
	r := m.create(opts)
	readBundle(t, r)
	for dir, want := range map[string]int{a: 2 + 2, b: 2, c: 3 + 2} {
		files := readFolder(t, dir)
		if len(files) != want {
			t.Errorf("%d files instead of %d", len(files), want)
		}
		if files[r.Manifest.Name+bundle.ManifestSuffix] == nil {
			t.Error("no manifest")
		}
	}
	for _, f := range m.create(opts).Files { // the same again finds all of them
		if f.Volume > 0 && !f.Kept {
			t.Errorf("volume %d was written again", f.Volume)
		}
	}
}

// That there is too little room is said before anything is written, and what is there counts.
func TestTooLittleRoom(t *testing.T) {
	m := newMirror(t)
	fiveVolumes(m)
	a, b := folderOf(t), folderOf(t)
	opts := Options{Out: []string{a, b}, VolumeSize: 1 << 20}
	rooms := map[string]int64{a: 2_200_000, b: 2_200_000}
	opts.free = sticks(rooms)
	names, err := m.refused(t, opts)
	if !errors.Is(err, ErrNoRoom) || !strings.Contains(err.Error(), "another folder with -o") || len(names) > 0 {
		t.Errorf("error %v, files %v", err, names)
	}
	// Three volumes that are there already need no room.
	all := m.create(Options{Out: []string{folderOf(t)}, VolumeSize: 1 << 20})
	for n := 1; n <= 3; n++ {
		data, err := os.ReadFile(volumeFile(all, n))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(b, filepath.Base(volumeFile(all, n))), data, 0o644))
	}
	rooms[b] = 4_000_000
	readBundle(t, m.create(opts))
}

// A folder that fills up while a volume is being written leaves the volumes that are whole.
func TestRoomThatGoesAway(t *testing.T) {
	m := newMirror(t)
	fiveVolumes(m)
	a := folderOf(t)
	opts := Options{Out: []string{a}, VolumeSize: 1 << 20}
	rooms := map[string]int64{a: 10_000_000}
	opts.free = sticks(rooms)
	begun := 0
	opts.trace = func(step string) {
		if step == "finish a volume" {
			if begun++; begun == 3 {
				rooms[a] = 0
			}
		}
	}
	names, err := m.refused(t, opts)
	if !errors.Is(err, ErrNoRoom) || !strings.Contains(err.Error(), "volume 4 of 5") || len(names) != 3 {
		t.Errorf("error %v, files %v", err, names)
	}
	opts.free, opts.trace = nil, nil
	r := m.create(opts)
	readBundle(t, r)
	for _, f := range r.Files {
		if f.Volume > 0 && f.Kept != (f.Volume <= 3) {
			t.Errorf("volume %d: kept %v", f.Volume, f.Kept)
		}
	}
}

// What lies on a medium may come from anybody: no link on it is followed, and nothing of somebody else's is removed
// or taken for a volume.
func TestHostileFolder(t *testing.T) {
	m := newMirror(t)
	m.publish("hex", tree{"a": content(1, 900_000), "b": content(2, 900_000)})
	reference := m.create(Options{Out: []string{folderOf(t)}, VolumeSize: 1 << 20})
	outside := filepath.Join(folderOf(t), "precious")
	must(t, os.WriteFile(outside, []byte("precious"), 0o644))
	out := folderOf(t)
	name := reference.Manifest.Name
	for _, link := range []string{
		bundle.VolumeFile(name, 1), bundle.VolumeFile(name, 2) + temporary, name + bundle.ManifestSuffix, name + bundle.ManifestSuffix + bundle.SignatureSuffix + temporary,
	} {
		must(t, os.Symlink(outside, filepath.Join(out, link)))
	}
	mine := []string{"notes.tmp", "offmirror-notes.tmp", "offmirror-20200101T000000Z-000000000000.001.tar", "x.manifest"}
	for _, file := range mine {
		must(t, os.WriteFile(filepath.Join(out, file), []byte("mine"), 0o644))
	}
	dead := "offmirror-20200101T000000Z-000000000000.007.tar.age.tmp"
	must(t, os.WriteFile(filepath.Join(out, dead), []byte("left"), 0o644))
	readBundle(t, m.create(Options{Out: []string{out}, VolumeSize: 1 << 20}))
	if data, err := os.ReadFile(outside); err != nil || string(data) != "precious" {
		t.Errorf("%q, %v", data, err)
	}
	files := readFolder(t, out)
	for _, file := range mine {
		if string(files[file]) != "mine" {
			t.Errorf("%s is gone", file)
		}
	}
	if files[dead] != nil {
		t.Error("what a dead run left is still there")
	}
	for n := range reference.Manifest.Volumes {
		if info, err := os.Lstat(filepath.Join(out, bundle.VolumeFile(name, n+1))); err != nil || !info.Mode().IsRegular() {
			t.Errorf("volume %d: %v %v", n+1, info, err)
		}
	}
}

// A folder in the place of a volume is an obstacle that is named.
func TestFolderInThePlaceOfAVolume(t *testing.T) {
	m := newMirror(t)
	m.publish("hex", tree{"a": "a"})
	reference := m.create(Options{Out: []string{folderOf(t)}})
	out := folderOf(t)
	file := filepath.Join(out, bundle.VolumeFile(reference.Manifest.Name, 1))
	must(t, os.MkdirAll(filepath.Join(file, "x"), 0o755))
	_, err := Create(t.Context(), m.root, m.store, Options{Out: []string{out}, Sign: sign})
	if err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("error %v", err)
	}
}
