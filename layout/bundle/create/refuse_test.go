package create

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle"
)

// refused makes a bundle that must fail, and returns why and what is in the folder.
func (m *mirror) refused(t *testing.T, opts Options) ([]string, error) {
	t.Helper()
	if opts.Sign == nil {
		opts.Sign = sign
	}
	_, err := Create(t.Context(), m.root, m.store, opts)
	if err == nil {
		t.Fatal("made")
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("more than a line: %v", err)
	}
	var names []string
	for _, dir := range opts.Out {
		for name := range readFolder(t, dir) {
			names = append(names, name)
			if strings.HasSuffix(name, temporary) || strings.HasSuffix(name, bundle.ManifestSuffix) {
				t.Errorf("%s was left behind", name)
			}
		}
	}
	return names, err
}

// A damaged object is named by its path, whatever is wrong with it; nothing that looks whole is left; and
// when it has been mended the run comes to the end.
func TestDamagedObjectsStopTheRun(t *testing.T) {
	large, small, huge := content(1, 1_200_000), content(2, 30_000), content(3, 3_000_000)
	for name, damage := range map[string]func([]byte) []byte{
		"changed":   func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
		"shortened": func(b []byte) []byte { return b[:len(b)-1] },
		"longer":    func(b []byte) []byte { return append(b, 0) },
		"missing":   func([]byte) []byte { return nil },
	} {
		for path, text := range map[string]string{"dir/large": large, "dir/small": small, "dir/split": huge} {
			t.Run(name+" "+filepath.Base(path), func(t *testing.T) {
				t.Parallel()
				m := newMirror(t)
				m.publish("hex", tree{"dir/large": large, "dir/small": small, "dir/split": huge})
				id := m.put(text)
				object := m.store.Path(id)
				if bad := damage([]byte(text)); bad == nil {
					must(t, m.root.Remove(object))
				} else {
					must(t, m.root.WriteFile(object, bad, 0o644))
				}
				opts := Options{Out: []string{folderOf(t)}, VolumeSize: 5 << 18}
				_, err := m.refused(t, opts)
				damaged, ok := errors.AsType[*DamagedError](err)
				if !ok || damaged.ID != id || damaged.Path != path || damaged.Ecosystem != "hex" || !errors.Is(err, store.ErrDamaged) {
					t.Errorf("error %v", err)
				}
				if !strings.Contains(err.Error(), "hex: "+path) || !strings.Contains(err.Error(), "offmirror verify --repair") {
					t.Errorf("error %v", err)
				}
				if _, err := m.root.Stat(MadeFolder); err == nil {
					t.Error("it is recorded as made")
				}
				m.put(text)
				readBundle(t, m.create(opts))
			})
		}
	}
}

// A piece that somebody has exchanged for other bytes, header and index and all, is found out by the digest
// of the whole, and written again.
func TestForgedPieceIsNotKept(t *testing.T) {
	m, other := newMirror(t), newMirror(t)
	text := content(1, 300_000)
	m.publish("hex", tree{"large": text})
	out, forged := folderOf(t), folderOf(t)
	opts := Options{VolumeSize: 100_000}
	opts.Out = []string{out}
	r := m.create(opts)
	want := readFolder(t, out)

	// The same plan with other bytes in the store makes volumes that are right by themselves.
	other.publish("hex", tree{"large": text})
	s := &source{other.root, other.store}
	_, p, _, err := s.plan(t.Context(), &Options{VolumeSize: opts.VolumeSize})
	must(t, err)
	must(t, other.root.WriteFile(other.store.Path(other.put(text)), []byte(content(2, 300_000)), 0o644))
	f, err := openFolder(forged)
	must(t, err)
	defer f.close()
	second := p.volumes[1]
	if second.piece == 0 {
		t.Fatal("volume 2 has no piece")
	}
	_, err = newMaker(s, p, &Options{}).write(t.Context(), 2, f, nil)
	must(t, err)
	data, err := os.ReadFile(filepath.Join(forged, bundle.VolumeFile(p.name, 2)))
	must(t, err)
	must(t, os.WriteFile(volumeFile(r, 2), data, 0o644))

	again := m.create(opts)
	for name, data := range readFolder(t, out) {
		if string(want[name]) != string(data) {
			t.Errorf("%s is not as it was", name)
		}
	}
	for _, file := range again.Files {
		if file.Volume == 2 && file.Kept {
			t.Error("the forged volume was kept")
		}
	}
}

func TestNothingToBundle(t *testing.T) {
	m := newMirror(t)
	_, err := m.refused(t, Options{Out: []string{folderOf(t)}})
	if !strings.Contains(err.Error(), "run offmirror sync first") {
		t.Errorf("error %v", err)
	}
	m.write("hex", tree{"a": "a"}) // not published
	if _, err = m.refused(t, Options{Out: []string{folderOf(t)}}); !strings.Contains(err.Error(), "run offmirror sync first") {
		t.Errorf("error %v", err)
	}
	if _, err = m.refused(t, Options{Out: []string{folderOf(t)}, Ecosystems: []string{"hex"}}); !strings.Contains(err.Error(), "offmirror sync hex") {
		t.Errorf("error %v", err)
	}
	if _, err = m.refused(t, Options{Out: []string{folderOf(t)}, Ecosystems: []string{"../hex"}}); !strings.Contains(err.Error(), "cannot be the name") {
		t.Errorf("error %v", err)
	}
}

func TestBadOptions(t *testing.T) {
	m := newMirror(t)
	m.publish("hex", tree{"a": "a"})
	dir := folderOf(t)
	must(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o644))
	for want, opts := range map[string]Options{
		"name a folder":     {Sign: sign},
		"no key":            {Out: []string{dir}},
		"too small":         {Sign: sign, Out: []string{dir}, VolumeSize: bundle.MinVolumeSize - 1},
		"too large":         {Sign: sign, Out: []string{dir}, VolumeSize: 1 << 60},
		"no such file":      {Sign: sign, Out: []string{filepath.Join(dir, "not", "there")}},
		"not a directory":   {Sign: sign, Out: []string{filepath.Join(dir, "file")}},
		"cannot sign today": {Sign: func([]byte, string) ([]byte, error) { return nil, errors.New("cannot sign today") }, Out: []string{dir}},
	} {
		_, err := Create(t.Context(), m.root, m.store, opts)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// A run that is told to stop leaves no temporary file and no manifest, and the next one goes on.
func TestCancelled(t *testing.T) {
	m := newMirror(t)
	m.publish("hex", tree{"a": content(1, 2_000_000), "b": content(2, 2_000_000), "c": content(3, 2_000_000)})
	out := folderOf(t)
	ctx, cancel := context.WithCancel(t.Context())
	opts := Options{Out: []string{out}, Sign: sign, VolumeSize: 2_500_000}
	begun := 0
	opts.trace = func(step string) {
		if step == "begin a volume" {
			if begun++; begun == 2 {
				cancel()
			}
		}
	}
	if _, err := Create(ctx, m.root, m.store, opts); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if names := readFolder(t, out); len(names) != 1 {
		t.Errorf("left behind: %d files", len(names))
	}
	opts.trace = nil
	r := m.create(opts)
	readBundle(t, r)
	if !r.Files[0].Kept || r.Files[1].Kept {
		t.Errorf("kept: %+v", r.Files)
	}
}
