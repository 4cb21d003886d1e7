package create

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle"
)

// temporary ends the name of a file that is being written.
const temporary = ".tmp"

// ErrNoRoom means that the folders have no room for what is left of a bundle.
var ErrNoRoom = errors.New("no space left: name another folder with -o, or make the bundle smaller (fewer ecosystems, or a receipt); what is written stays, and the same command goes on from there")

// ErrBusy means that another run writes a bundle into the same folder.
var ErrBusy = errors.New("another run writes a bundle into this folder: wait for it to end, or name another folder with -o")

// folder is one that bundles are written to. All names in it are single elements.
type folder struct {
	path string
	root *os.Root
	dir  *os.File // open as long as the folder is: the lock of who writes here is on it
}

// openFolder opens a folder, which is made if the one above it is there.
func openFolder(path string) (*folder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(path, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("folder for the bundle: %w", noRoom(err))
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("folder for the bundle: %w", err)
	}
	dir, err := root.Open(".")
	if err != nil {
		_ = root.Close()
		return nil, fmt.Errorf("folder for the bundle: %w", err)
	}
	return &folder{path, root, dir}, nil
}

// lock keeps other runs out, of other mirrors for instance: they would remove what this one has not
// finished. The lock is on the open folder itself, so the medium needs no file for it and nothing
// is left by a run that is killed. Where there are no such locks, on some network file systems, none is
// taken.
func (f *folder) lock() error {
	if lockedByOther(f.dir) {
		return fmt.Errorf("%s: %w", f.path, ErrBusy)
	}
	return nil
}

// same reports whether both are one folder, whatever it was called.
func (f *folder) same(other *folder) bool {
	a, err := f.dir.Stat()
	if err != nil {
		return false
	}
	b, err := other.dir.Stat()
	return err == nil && os.SameFile(a, b)
}

func (f *folder) close() {
	_ = f.dir.Close()
	_ = f.root.Close()
}

func (f *folder) join(name string) string { return filepath.Join(f.path, name) }

// clean removes what runs that died left here. The folder is locked.
func (f *folder) clean() error {
	entries, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return fmt.Errorf("%s: %w", f.path, err)
	}
	for _, e := range entries {
		file, ok := strings.CutSuffix(e.Name(), temporary)
		if !ok || !e.Type().IsRegular() {
			continue
		}
		name := strings.TrimSuffix(strings.TrimSuffix(file, bundle.SignatureSuffix), bundle.ManifestSuffix)
		if _, _, _, volume := bundle.ParseVolumeFile(file); volume || name != file && strings.HasPrefix(name, "offmirror-") {
			if err := f.remove(e.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}

// remove removes a file durably. One that is not there is no error.
func (f *folder) remove(name string) error {
	err := f.root.Remove(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = f.sync()
	}
	if err != nil {
		return fmt.Errorf("remove %s: %w", f.join(name), err)
	}
	return nil
}

func (f *folder) sync() error {
	dir, err := f.root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	return store.SyncFolder(dir)
}

// write writes a small file: after a crash there is the old one, or none, or the new one.
func (f *folder) write(name string, data []byte) error {
	file, err := f.create(name)
	if err != nil {
		return err
	}
	if _, err := file.Write(data); err != nil {
		file.discard()
		return f.failure(name, err)
	}
	return file.finish()
}

// outFile is a file that is being written to a folder.
type outFile struct {
	file   *os.File // not embedded: only Write counts and knows how
	folder *folder
	name   string
	direct bool  // around the page cache
	begun  int64 // bytes whose writing the kernel was told to begin
	size   int64
}

func (f *folder) create(name string) (*outFile, error) {
	if err := f.root.Remove(name + temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, f.failure(name, err)
	}
	file, err := f.root.OpenFile(name+temporary, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, f.failure(name, err)
	}
	return &outFile{file: file, folder: f, name: name}, nil
}

// writeBack is how much is written before the kernel is told to begin with it, so that the disk is never idle
// and the fsync at the end finds little to do.
const writeBack = 8 << 20

func (o *outFile) Write(p []byte) (int, error) {
	if o.direct && len(p)%chunkSize != 0 {
		o.direct = false // for good: the disk wants whole blocks in their places
		if !setDirect(o.file, false) {
			return 0, errors.New("cannot be written through the page cache")
		}
	}
	n, err := o.file.Write(p)
	if o.direct && n == 0 && refusesDirect(err) {
		o.direct = false
		if setDirect(o.file, false) {
			n, err = o.file.Write(p)
		}
	}
	o.size += int64(n)
	if !o.direct && o.size-o.begun >= writeBack {
		startWriteBack(o.file, o.begun, o.size-o.begun)
		o.begun = o.size
	}
	return n, err
}

// finish makes the file durable under its name.
func (o *outFile) finish() error {
	err := o.file.Sync()
	if closed := o.file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = o.folder.root.Rename(o.name+temporary, o.name)
	}
	if err == nil {
		err = o.folder.sync()
	}
	if err != nil {
		_ = o.folder.root.Remove(o.name + temporary)
		return o.folder.failure(o.name, err)
	}
	return nil
}

// discard removes the file. Its end was reached by somebody else's mistake.
func (o *outFile) discard() {
	_ = o.file.Close()
	_ = o.folder.root.Remove(o.name + temporary)
}

// failure names a file that could not be written.
func (f *folder) failure(name string, err error) error {
	switch {
	case errors.Is(err, ErrNoRoom):
		return err
	case errors.Is(err, syscall.EFBIG):
		err = fmt.Errorf("the file system takes no file of this size; want --volume-size 4GiB or less: %w", err)
	}
	return fmt.Errorf("write %s: %w", f.join(name), noRoom(err))
}

// noRoom says what to do on a full disk or at the end of a quota.
func noRoom(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w (%w)", ErrNoRoom, err)
	}
	return err
}

// fileOf describes a small file that was written.
func fileOf(f *folder, name string, data []byte) File {
	return File{Path: f.join(name), Size: int64(len(data)), SHA256: store.ID(sha256.Sum256(data))}
}
