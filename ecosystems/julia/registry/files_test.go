package registry_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"slices"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/offmirror/offmirror/ecosystems/julia/registry"
)

const tooMuch = 16<<20 + 1

// TestLargeFiles holds that no file is read that no registry has.
func TestLargeFiles(t *testing.T) {
	inDir, err := registry.ReadFS(oneFile{dir(world()), "W/Wick/Versions.toml", endless{}})
	if err != nil {
		t.Fatal(err)
	}
	inTarball, err := registry.Read(bytes.NewReader(packLarge(t)), registry.Options{Spool: nowhere{}})
	if err == nil {
		t.Fatal(inTarball)
	}
	for name, err := range map[string]error{
		"directory": second(packageOf(t, inDir, wick).Releases()),
		"tarball":   err,
	} {
		if !errors.Is(err, registry.ErrTooLarge) || !errors.As(err, new(*registry.FileError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// packLarge makes a tarball with a Registry.toml beyond the limit.
func packLarge(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	if err := w.WriteHeader(&tar.Header{Name: "Registry.toml", Typeflag: tar.TypeReg, Mode: 0o644, Size: tooMuch}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(w, zeros{}, tooMuch); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// nowhere is a spool that keeps nothing.
type nowhere struct{}

func (nowhere) Write(p []byte) (int, error)           { return len(p), nil }
func (nowhere) ReadAt(p []byte, _ int64) (int, error) { return zeros{}.Read(p) }

// oneFile replaces a file of another file system.
type oneFile struct {
	fs.FS
	name string
	file fs.File
}

func (f oneFile) Open(name string) (fs.File, error) {
	if name == f.name {
		return f.file, nil
	}
	return f.FS.Open(name)
}

// endless is a file without size and end.
type endless struct{ zeros }

func (endless) Stat() (fs.FileInfo, error) { return nil, fs.ErrInvalid }
func (endless) Close() error               { return nil }

// failed is a file that cannot be read.
type failed struct{ endless }

func (failed) Read([]byte) (int, error) { return 0, fs.ErrPermission }

func TestUnreadableFiles(t *testing.T) {
	if _, err := registry.ReadFS(oneFile{dir(world()), "Registry.toml", failed{}}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Registry.toml: %v", err)
	}
	if _, err := registry.ReadFS(fstest.MapFS{}); !errors.As(err, new(*registry.FileError)) {
		t.Errorf("an empty folder: %v", err)
	}
	r, err := registry.ReadFS(oneFile{dir(world()), "L/Lantern/WeakDeps.toml", failed{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := second(packageOf(t, r, lantern).Dependencies()); !errors.Is(err, fs.ErrPermission) || errors.As(err, new(*registry.FileError)) {
		t.Errorf("WeakDeps.toml: %v", err)
	}
}

// TestConcurrentUse is for the race detector.
func TestConcurrentUse(t *testing.T) {
	r := read(t, world())
	p := packageOf(t, r, lantern)
	want, err := p.Releases()
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			got, err := p.Releases()
			if err != nil || !slices.Equal(want, got) {
				t.Errorf("%v, %v", got, err)
			}
			if _, err := p.Dependencies(); err != nil {
				t.Error(err)
			}
			if len(r.Named("Wick")) != 2 || r.Len() != len(r.Packages()) {
				t.Error("packages are gone")
			}
		})
	}
	wg.Wait()
}
