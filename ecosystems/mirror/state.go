package mirror

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
)

// Folders below the root for what is neither object nor snapshot.
const (
	driverStateDir = "state/drivers"
	secretsDir     = "state/keys"
	reportsDir     = "state/reports"
)

// driverState is a driver's memory: one JSON file, written only after the run
// that produced it was published, so that it never runs ahead of the tree.
type driverState struct {
	root    *os.Root
	name    string
	pending []byte
}

func (s *driverState) file() string { return path.Join(driverStateDir, s.name+".json") }

// Load treats an unreadable memory as none: the driver then asks upstream again,
// which costs requests and loses nothing.
func (s *driverState) Load(v any) (bool, error) {
	data := s.pending
	if data == nil {
		var err error
		data, err = s.root.ReadFile(s.file())
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("state of %s: %w", s.name, err)
		}
	}
	return json.Unmarshal(data, v) == nil, nil
}

func (s *driverState) Save(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("state of %s: %w", s.name, err)
	}
	s.pending = data
	return nil
}

// commit makes what was saved lasting.
func (s *driverState) commit() error {
	if s.pending == nil {
		return nil
	}
	return writeFile(s.root, s.file(), s.pending, 0o644)
}

// secrets keeps key files below state/keys.
type secrets struct{ root *os.Root }

var secretName = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,63}$`)

func (s secrets) LoadOrCreate(name string, create func() ([]byte, error)) ([]byte, error) {
	if !secretName.MatchString(name) {
		return nil, fmt.Errorf("secret %q: not a usable file name", name)
	}
	file := path.Join(secretsDir, name)
	data, err := s.root.ReadFile(file)
	if !errors.Is(err, fs.ErrNotExist) {
		return data, err
	}
	if data, err = create(); err != nil {
		return nil, err
	}
	if err := s.root.MkdirAll(secretsDir, 0o700); err != nil {
		return nil, err
	}
	return data, writeFile(s.root, file, data, 0o600)
}

// writeFile replaces a small file in one step: readers, and a crash at any
// point, find the old bytes or the new ones.
func writeFile(root *os.Root, name string, data []byte, mode fs.FileMode) (err error) {
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	tmp := name + ".tmp-" + rand.Text()
	f, err := root.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, root.Remove(tmp))
		}
	}()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return root.Rename(tmp, name)
}
