package mirror

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// Folders below the root for what is neither object nor snapshot.
const (
	driverStateDir = "state/drivers"
	secretsDir     = "state/keys"
	reportsDir     = "state/reports"
)

// What these files may be large at most, in bytes. The memory of a driver of everything
// that there is comes to a tenth of that.
const (
	maxState  = 1 << 30
	maxSecret = 1 << 20
)

// driverState is a driver's memory: one JSON file, written only after the run
// that produced it was published, so that it never runs ahead of the tree. It
// belongs to one snapshot, the one that run published. That need not be the
// current one: after a rollback the driver plans from the snapshot that it remembers.
type driverState struct {
	root    *os.Root
	name    string
	base    string          // the snapshot that saved belongs to; empty when there is none
	saved   json.RawMessage // nil when there is none
	pending []byte
}

// memory is the file.
type memory struct {
	Snapshot string          `json:"snapshot"`
	State    json.RawMessage `json:"state"`
}

// openState reads a driver's memory. One that is unreadable, or whose snapshot is
// not kept, is taken for none: the driver then asks upstream again, which costs
// requests and loses nothing.
func openState(root *os.Root, name string, kept func(snapshot string) bool) (*driverState, error) {
	s := &driverState{root: root, name: name}
	data, err := store.ReadRegular(root, s.file(), maxState)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("state of %s: %w", name, err)
	}
	var m memory
	if json.Unmarshal(data, &m) == nil && m.Snapshot != "" && kept(m.Snapshot) {
		s.base, s.saved = m.Snapshot, m.State
	}
	return s, nil
}

func (s *driverState) file() string { return path.Join(driverStateDir, s.name+".json") }

// Load finds nothing if what was saved is not a V.
func (s *driverState) Load(v any) (bool, error) {
	data := s.saved
	if s.pending != nil {
		data = s.pending
	}
	return data != nil && json.Unmarshal(data, v) == nil, nil
}

// forget makes Load find nothing.
func (s *driverState) forget() { s.base, s.saved, s.pending = "", nil, nil }

func (s *driverState) Save(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("state of %s: %w", s.name, err)
	}
	s.pending = data
	return nil
}

// commit makes what was saved lasting, as belonging to a snapshot.
func (s *driverState) commit(snapshot string) error {
	m := memory{Snapshot: snapshot, State: s.saved}
	switch {
	case s.pending != nil:
		m.State = s.pending
	case s.saved == nil || s.base == snapshot:
		return nil
	}
	data, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("state of %s: %w", s.name, err)
	}
	return layout.WriteFile(s.root, s.file(), data, 0o644)
}

// secrets keeps key files below state/keys.
type secrets struct{ root *os.Root }

var secretName = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,63}$`)

func (s secrets) LoadOrCreate(name string, create func() ([]byte, error)) ([]byte, error) {
	if !secretName.MatchString(name) {
		return nil, fmt.Errorf("secret %q: not a usable file name", name)
	}
	file := path.Join(secretsDir, name)
	data, err := store.ReadRegular(s.root, file, maxSecret)
	if !errors.Is(err, fs.ErrNotExist) {
		return data, err
	}
	if data, err = create(); err != nil {
		return nil, err
	}
	if err := s.root.MkdirAll(secretsDir, 0o700); err != nil {
		return nil, store.Failure("make the folder", secretsDir, err)
	}
	return data, layout.WriteFile(s.root, file, data, 0o600)
}
