package mirror

import (
	"errors"
	"io/fs"
	"os"

	"github.com/offmirror/offmirror/layout"
)

// Status is the state of one ecosystem in a root.
type Status struct {
	Ecosystem string         `json:"ecosystem"`
	Snapshot  string         `json:"snapshot,omitempty"` // empty: nothing is published
	Header    *layout.Header `json:"header,omitempty"`   // of the published snapshot
	LastRun   *Report        `json:"last_run,omitempty"` // nil: never synced here
}

// Status describes an ecosystem.
func (m *Mirror) Status(ecosystem string) (Status, error) {
	s := Status{Ecosystem: ecosystem}
	history, err := m.History(ecosystem)
	if err != nil {
		return s, err
	}
	id, err := history.CurrentID()
	if err != nil {
		return s, err
	}
	if id != "" {
		header, err := history.CurrentHeader()
		if err != nil {
			return s, err
		}
		s.Snapshot, s.Header = id, &header
	}
	s.LastRun, err = m.lastReport(ecosystem)
	return s, err
}

// Ecosystems lists those that have snapshots in this root, sorted by name.
func (m *Mirror) Ecosystems() ([]string, error) {
	entries, err := readDir(m.root, "snapshots")
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// readDir lists a folder of the root, sorted by name; one that does not exist is empty.
func readDir(root *os.Root, name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(root.FS(), name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return entries, err
}
