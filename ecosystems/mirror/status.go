package mirror

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/layout"
)

// Status is the state of one ecosystem in a root.
type Status struct {
	Ecosystem string         `json:"ecosystem"`
	Snapshot  string         `json:"snapshot,omitempty"` // empty: nothing is published
	Header    *layout.Header `json:"header,omitempty"`   // of the published snapshot
	LastRun   *Report        `json:"last_run,omitempty"` // nil: never synced here

	// Confirmed is when what is published was last known to be all that upstream had, by
	// clocks that are believed; see [Verification.Confirmed].
	Confirmed *time.Time `json:"confirmed,omitempty"`

	Remarks []ecosystems.Notice `json:"remarks,omitempty"` // what the driver says of it, see Remarks
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
		f := confirmed(history, header, m.cfg.Now())
		if !f.time.IsZero() {
			at := f.time.UTC().Truncate(time.Second)
			s.Confirmed = &at
		}
		s.Remarks = f.notices
	}
	s.LastRun, err = m.lastReport(ecosystem)
	m.regret(nil, "the report of the last run is not shown", err)
	return s, nil
}

// Remarks returns what a driver has to say of what is published, sorted.
func (m *Mirror) Remarks(ecosystem string, driver ecosystems.Driver) ([]ecosystems.Notice, error) {
	remarker, ok := driver.(ecosystems.Remarker)
	if !ok {
		return nil, nil
	}
	history, err := m.History(ecosystem)
	if err != nil {
		return nil, err
	}
	snapshot, err := history.Current()
	if err != nil || snapshot == nil {
		return nil, err
	}
	memory, err := openState(m.root, ecosystem, func(string) bool { return true })
	if err != nil {
		return nil, err
	}
	notices, err := remarker.Remarks(snapshot, memory)
	slices.SortFunc(notices, func(a, b ecosystems.Notice) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Path, b.Path), strings.Compare(a.Text, b.Text))
	})
	return notices, err
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
