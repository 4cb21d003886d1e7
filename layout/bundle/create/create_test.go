package create

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/layout/bundle"
)

// sizes are those at which something begins to be otherwise with volumes of 64 KiB.
var sizes = []int{0, 1, 511, 512, 513, 5_000, 20_000, 30_000, 50_000, 53_000, 60_000, 120_000, 200_000}

// content makes a file whose first bytes differ from those of others.
func content(seed, size int) string {
	text := fmt.Sprintf("%d %d ", seed, size)
	return strings.Repeat(text, size/len(text)+1)[:size]
}

// trees draws some trees that have much in common.
func trees(t *rapid.T, n int) []tree {
	type file struct{ seed, size int }
	files := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) file {
		return file{rapid.IntRange(1, 50).Draw(t, "seed"), rapid.SampledFrom(sizes).Draw(t, "size")}
	}), 1, 20).Draw(t, "files")
	all := make([]tree, n)
	for i := range all {
		all[i] = tree{}
		for j, f := range files {
			switch rapid.IntRange(0, 3).Draw(t, "in") {
			case 0:
			case 1:
				all[i][fmt.Sprintf("file-%d", j)] = content(f.seed+i, f.size)
			default:
				all[i][fmt.Sprintf("file-%d", j)] = content(f.seed, f.size)
			}
		}
		all[i]["link"] = ">file-0"
	}
	return all
}

// objectsOf returns what the members of a bundle of these files are called, with their content.
func objectsOf(trees ...tree) map[string]string {
	all := map[string]string{}
	for _, files := range trees {
		for _, text := range files {
			if !strings.HasPrefix(text, ">") {
				all[bundle.ObjectMember(sha256.Sum256([]byte(text)))] = text
			}
		}
	}
	return all
}

// Of any snapshots and bases, every needed object and list is there exactly once, and nothing else; the index of a
// volume says what tar sees; every volume is smaller than it may be; the same again gives
// the same bytes; and so does a remake of volumes.
func TestBundleIsWhatTheReceiverLacks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(memory(), "bundle")
		must(t, err)
		defer os.RemoveAll(dir)
		must(t, os.Mkdir(filepath.Join(dir, "root"), 0o755))
		m := newMirrorIn(t, filepath.Join(dir, "root"))
		defer m.close()
		opts := Options{Base: map[string][]string{}, VolumeSize: rapid.Int64Range(bundle.MinVolumeSize, 200_000).Draw(t, "volume size")}
		want, had := map[string]string{}, map[string]string{}
		for _, name := range []string{"hex", "julia"}[:rapid.IntRange(1, 2).Draw(t, "ecosystems")] {
			all := trees(t, 3)
			for _, old := range all[1:] {
				s := m.write(name, old)
				if rapid.Bool().Draw(t, "is base") {
					opts.Base[name] = append(opts.Base[name], s.ID)
					maps.Copy(had, objectsOf(old))
				}
			}
			s := m.publish(name, all[0])
			maps.Copy(want, objectsOf(all[0]))
			list, err := m.root.ReadFile("snapshots/" + name + "/" + s.ID)
			must(t, err)
			want[bundle.ListMember(name, s.ID)] = string(list)
		}
		maps.DeleteFunc(want, func(name, _ string) bool { _, ok := had[name]; return ok })

		opts.Out = []string{filepath.Join(dir, "out")}
		r := m.create(opts)
		got := readBundle(t, r)
		if !maps.Equal(got, want) {
			t.Fatalf("the bundle has %v, want %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
		}
		for _, e := range r.Manifest.Ecosystems {
			for _, id := range e.Base {
				if !slices.Contains(opts.Base[e.Name], id) {
					t.Fatalf("%s is no base of %s", id, e.Name)
				}
			}
		}
		if int(r.Manifest.Objects) != len(want)-len(r.Manifest.Ecosystems) {
			t.Fatalf("%d objects", r.Manifest.Objects)
		}

		opts.Out = []string{filepath.Join(dir, "again")}
		checkSame(t, filepath.Join(dir, "out"), filepath.Join(dir, "again"), m.create(opts))
		damageSome(t, r)
		checkSame(t, filepath.Join(dir, "again"), filepath.Join(dir, "out"), m.remake(r, RemakeOptions{Out: []string{filepath.Join(dir, "out")}}))
		damageSome(t, r)
		opts.Out = []string{filepath.Join(dir, "out")}
		checkSame(t, filepath.Join(dir, "again"), filepath.Join(dir, "out"), m.create(opts))
	})
}

// damageSome removes some volumes, changes a byte of others and shortens or lengthens others.
func damageSome(t *rapid.T, r *Result) {
	t.Helper()
	for n := range r.Manifest.Volumes {
		file := volumeFile(r, n+1)
		data, err := os.ReadFile(file)
		must(t, err)
		switch rapid.IntRange(0, 5).Draw(t, "damage") {
		case 0:
			must(t, os.Remove(file))
		case 1:
			data[rapid.IntRange(0, len(data)-1).Draw(t, "at")] ^= 1
			must(t, os.WriteFile(file, data, 0o644))
		case 2:
			must(t, os.WriteFile(file, data[:rapid.IntRange(0, len(data)-1).Draw(t, "left")], 0o644))
		case 3:
			must(t, os.WriteFile(file, append(data, 0), 0o644))
		}
	}
}

// checkSame checks that two folders hold the same.
func checkSame(t tester, a, b string, _ *Result) {
	t.Helper()
	x, y := readFolder(t, a), readFolder(t, b)
	if !slices.Equal(slices.Sorted(maps.Keys(x)), slices.Sorted(maps.Keys(y))) {
		t.Fatalf("%s holds %v, %s holds %v", a, slices.Sorted(maps.Keys(x)), b, slices.Sorted(maps.Keys(y)))
	}
	for name := range x {
		if !bytes.Equal(x[name], y[name]) {
			t.Fatalf("%s differs in %s and %s", name, a, b)
		}
	}
}

func readFolder(t tester, dir string) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	files := map[string][]byte{}
	for _, e := range entries {
		files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name()))
		must(t, err)
	}
	return files
}
