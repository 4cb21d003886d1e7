package lockfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/hexpm/lockfile"
	"github.com/offmirror/offmirror/ecosystems/hexpm/version"
)

func FuzzMix(f *testing.F)   { fuzz(f, lockfile.Mix) }
func FuzzRebar(f *testing.F) { fuzz(f, lockfile.Rebar) }
func FuzzGleam(f *testing.F) { fuzz(f, lockfile.Gleam) }

// FuzzAnyName leaves the format to the content.
func FuzzAnyName(f *testing.F) { fuzz(f, "copy") }

func fuzz(f *testing.F, name lockfile.Format) {
	for _, seed := range seeds(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		lock, err := lockfile.Parse(string(name), data)
		if err != nil {
			checkMessage(t, err)
			return
		}
		for _, e := range lock.Entries {
			checkEntry(t, e)
		}
		for _, o := range lock.Outside {
			if o.Kind == "" || o.Line < 0 {
				t.Errorf("outside: %+v", o)
			}
		}
		again, err := lockfile.Parse(string(name), data)
		if diff := cmp.Diff(lock, again); diff != "" || err != nil {
			t.Errorf("not the same twice: %v %s", err, diff)
		}
	})
}

// seeds are the files of testdata.
func seeds(f *testing.F) (seeds [][]byte) {
	names, err := filepath.Glob("testdata/*")
	if err != nil || len(names) == 0 {
		f.Fatal("no testdata", err)
	}
	for _, name := range names {
		if isLock(name) {
			seeds = append(seeds, readBytes(f, name))
		}
	}
	return seeds
}

func readBytes(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// checkEntry checks what the package promises of an entry.
func checkEntry(t *testing.T, e lockfile.Entry) {
	t.Helper()
	if err := version.CheckName(e.Package); err != nil {
		t.Error(err)
	}
	if err := version.CheckPathComponent(e.Version); err != nil {
		t.Error(err)
	}
	for _, sum := range []string{e.Inner, e.Outer} {
		if sum != "" && (len(sum) != 64 || strings.Trim(sum, "0123456789abcdef") != "") {
			t.Errorf("checksum %q", sum)
		}
	}
	if !filepath.IsLocal(e.Repository) || strings.ContainsAny(e.Repository, "/\\:\x00") {
		t.Errorf("repository %q", e.Repository)
	}
	for _, d := range e.Deps {
		if err := version.CheckName(d.Package); err != nil {
			t.Error(err)
		}
	}
}
