package mirror

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// Report is what a sync came to.
type Report struct {
	Ecosystem string              `json:"ecosystem"`
	Started   time.Time           `json:"started"`
	Ended     time.Time           `json:"ended"`
	Snapshot  string              `json:"snapshot,omitempty"` // the published one; empty when there is none
	Published bool                `json:"published"`          // this run published it
	Unchanged bool                `json:"unchanged"`          // what was published before is still exact
	Files     int64               `json:"files"`              // in the snapshot
	Bytes     int64               `json:"bytes"`              // of those files
	Requests  int64               `json:"requests"`
	Received  int64               `json:"received"` // body bytes that crossed the network
	Missing   []layout.Missing    `json:"missing,omitempty"`
	Notices   []ecosystems.Notice `json:"notices,omitempty"`
	Error     string              `json:"error,omitempty"`
}

// Incomplete is the error of a run that published nothing because items failed
// for now. What did arrive is kept; the next run continues.
type Incomplete struct {
	Ecosystem string
	Failures  []ecosystems.Failure // sorted by path, never empty
}

func (e *Incomplete) Error() string {
	more := ""
	if n := len(e.Failures) - 1; n > 0 {
		more = fmt.Sprintf(" (and %d more)", n)
	}
	return fmt.Sprintf("%s: nothing published, %s%s; run the same command again, or publish what there is with --allow-partial",
		e.Ecosystem, describe(e.Failures[0]), more)
}

// Unwrap gives errors.Is and errors.As the failures themselves.
func (e *Incomplete) Unwrap() []error {
	errs := make([]error, len(e.Failures))
	for i, f := range e.Failures {
		errs[i] = f.Err
	}
	return errs
}

func describe(f ecosystems.Failure) string {
	if f.Item.Name == "" {
		return f.Item.Path + ": " + f.Err.Error()
	}
	return f.Item.Name + ": " + f.Err.Error()
}

func missing(fs []ecosystems.Failure) []layout.Missing {
	ms := make([]layout.Missing, len(fs))
	for i, f := range fs {
		ms[i] = layout.Missing{Path: f.Item.Path, Name: f.Item.Name, Reason: f.Err.Error(), Absent: f.Absent()}
	}
	return ms
}

// keptReports is how many reports of one ecosystem a root keeps.
const keptReports = 30

// writeReport keeps the report below state/reports, named by ecosystem and time.
func (m *Mirror) writeReport(r Report) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	name := r.Ecosystem + "-" + r.Started.UTC().Format("20060102T150405.000Z") + ".json"
	if err := layout.WriteFile(m.root, path.Join(reportsDir, name), append(data, '\n'), 0o644); err != nil {
		return err
	}
	names, err := m.reportNames(r.Ecosystem)
	if err != nil {
		return err
	}
	for _, old := range names[:max(0, len(names)-keptReports)] {
		if err := m.root.Remove(path.Join(reportsDir, old)); err != nil {
			return err
		}
	}
	return nil
}

// reportNames lists the reports of an ecosystem, oldest first.
func (m *Mirror) reportNames(ecosystem string) ([]string, error) {
	entries, err := readDir(m.root, reportsDir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if n := e.Name(); strings.HasPrefix(n, ecosystem+"-") && strings.HasSuffix(n, ".json") {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names, nil
}

// lastReport returns the newest report of an ecosystem that can be read, if there is one.
func (m *Mirror) lastReport(ecosystem string) (*Report, error) {
	names, err := m.reportNames(ecosystem)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Backward(names) {
		data, err := store.ReadRegular(m.root, path.Join(reportsDir, name), maxState)
		var r Report
		if err == nil && json.Unmarshal(data, &r) == nil && r.Ecosystem == ecosystem {
			return &r, nil
		}
	}
	return nil, nil
}

// account adds what the engine did.
func (r *Report) account(s fetch.Stats) {
	r.Requests, r.Received = s.Requests, s.Bytes
}

// describe names the snapshot that is published now.
func (r *Report) describe(h layout.Header) {
	r.Snapshot, r.Files, r.Bytes, r.Missing = h.ID, h.Files, h.Bytes, h.Missing
}
