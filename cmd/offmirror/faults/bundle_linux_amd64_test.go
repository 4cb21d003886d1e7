package faults

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// bundling is a mirror, and the bundle that is to be made of it.
type bundling struct {
	situation

	files map[string]string // the bundle: SHA-256 by name
}

// Two folders, which the mirror happens to hold so that the tracer sees them. Both are filled by the
// same command.
const (
	firstOut  = "mirror/first"
	secondOut = "mirror/second"
)

func bundleArgs(folders ...string) []string {
	args := []string{"bundle", "create", "--volume-size", "64KiB"}
	for _, f := range folders {
		args = append(args, "-o", f)
	}
	return args
}

func newBundling(t *testing.T) *bundling {
	t.Helper()
	b := &bundling{situation: situation{name: "bundle", calls: map[string]int{}, up: smallUpstream(t)}}
	s := newSite(t, b.up)
	s.must(0, "sync", "hex")
	s.must(0, bundleArgs("reference")...)
	b.files = s.bundle("reference")
	b.base = s.root
	if len(b.files) < 5 {
		t.Fatalf("only %d files: %v", len(b.files), slices.Sorted(maps.Keys(b.files)))
	}
	return b
}

// bundle returns what lies in folders: SHA-256 by name. A file in two folders must be the same.
func (s *site) bundle(folders ...string) map[string]string {
	s.t.Helper()
	files := map[string]string{}
	for _, folder := range folders {
		entries, err := os.ReadDir(filepath.Join(s.folder, folder))
		if err != nil && !os.IsNotExist(err) {
			s.t.Fatal(err)
		}
		for _, e := range entries {
			data, err := os.ReadFile(filepath.Join(s.folder, folder, e.Name()))
			if err != nil {
				s.t.Fatal(err)
			}
			sum := sha256.Sum256(data)
			if had, ok := files[e.Name()]; ok && had != hex.EncodeToString(sum[:]) {
				s.t.Errorf("%s differs from one folder to another", e.Name())
			}
			files[e.Name()] = hex.EncodeToString(sum[:])
		}
	}
	return files
}

// whole checks what a run left behind that was killed or has failed: what has its name is right, the manifest comes
// last, and the next run completes the bundle.
func (b *bundling) whole(s *site, when string, folders ...string) {
	s.t.Helper()
	files := s.bundle(folders...)
	manifest := false
	for name, sum := range files {
		if strings.HasSuffix(name, ".tmp") {
			continue
		}
		if b.files[name] != sum {
			s.t.Errorf("%s: %s is wrong", when, name)
		}
		manifest = manifest || strings.HasSuffix(name, ".manifest")
	}
	for name := range b.files {
		if _, ok := files[name]; manifest && !ok {
			s.t.Errorf("%s: there is a manifest, but no %s", when, name)
		}
	}
	if o := s.run(bundleArgs(folders...)...); o.code != 0 {
		s.t.Errorf("%s: the next run ended with %d\n%s", when, o.code, o.stderr)
	}
	if files := s.bundle(folders...); !maps.Equal(files, b.files) {
		s.t.Errorf("%s: after the next run there are %v", when, slices.Sorted(maps.Keys(files)))
	}
	kept, err := os.ReadFile(filepath.Join(s.root, "state/bundles/kept.json"))
	if err != nil || !strings.Contains(string(kept), "hex") {
		s.t.Errorf("%s: kept.json: %v %q", when, err, kept)
	}
}

func (b *bundling) pointsOf(t *testing.T, class class, few int) []int {
	t.Helper()
	if b.calls[string(class)] == 0 {
		s := b.site(t)
		o, seen := s.traced(injection{Class: class}, bundleArgs(firstOut)...)
		if o.code != 0 || seen.Calls == 0 || !maps.Equal(s.bundle(firstOut), b.files) {
			t.Fatalf("undisturbed: exit code %d, %d calls\n%s", o.code, seen.Calls, o.stderr)
		}
		b.calls[string(class)] = seen.Calls
	}
	all := make([]int, b.calls[string(class)])
	for i := range all {
		all[i] = i + 1
	}
	if thorough() {
		return all
	}
	newRandom(t).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:min(few, len(all))]
}

// The system calls of bundle create are taken one by one: the program is killed right before each, and
// each fails, alone or with all that follow.
func TestBundleCreateAtEachSystemCall(t *testing.T) {
	b := newBundling(t)
	t.Run("killed", func(t *testing.T) {
		each(t, b.pointsOf(t, changes, 8), func(t *testing.T, at int) {
			s := b.site(t)
			_, what := s.traced(injection{Class: changes, At: at}, bundleArgs(firstOut)...)
			b.whole(s, "killed before "+what.Hit, firstOut)
		})
	})
	for _, f := range systemFaults {
		t.Run(f.what, func(t *testing.T) {
			each(t, b.pointsOf(t, f.class, 1), func(t *testing.T, at int) {
				s := b.site(t)
				o, what := s.traced(injection{Class: f.class, At: at, Errno: int(f.errno), Sticky: f.sticky}, bundleArgs(firstOut)...)
				when := f.what + " at " + what.Hit
				if o.code == 1 {
					o.says(t, f.says, s.root)
				} else if o.code != 0 || !maps.Equal(s.bundle(firstOut), b.files) {
					t.Errorf("%s: exit code %d\n%s", when, o.code, o.stderr)
				}
				b.whole(s, when, firstOut)
			})
		})
	}
	// A folder that turns out to be full is followed by the next one.
	t.Run("full at a volume", func(t *testing.T) {
		s := b.site(t)
		_, seen := s.traced(injection{Class: space}, bundleArgs(firstOut)...)
		s = b.site(t)
		o, what := s.traced(injection{Class: space, At: seen.Calls / 2, Errno: int(syscall.ENOSPC)}, bundleArgs(firstOut, secondOut)...)
		if o.code == 0 && len(s.bundle(secondOut)) == 2 && strings.Contains(what.Hit, ".tar") {
			t.Errorf("nothing went to the second folder after %s\n%s", what.Hit, o.stdout)
		}
		b.whole(s, "one full folder at "+what.Hit, firstOut, secondOut)
	})
}
