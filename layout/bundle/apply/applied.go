package apply

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle"
)

const (
	appliedPath   = "state/bundles/applied.json"
	appliedFormat = 1
	maxApplied    = 1 << 20
)

// Record is what a bundle brought of an ecosystem. Times are the sender's.
type Record struct {
	Bundle    string    `json:"bundle"`
	Snapshot  string    `json:"snapshot"`
	Published time.Time `json:"published"`
	Checked   time.Time `json:"checked"`
}

// Applied is what a mirror root remembers of the bundles that were applied: the last
// record of each ecosystem, by name.
type Applied map[string]Record

// LoadApplied reads ROOT/state/bundles/applied.json. A root without it has had no bundle
// yet. A damaged file is an error: to pass over it would be to take any replay.
func LoadApplied(root *os.Root) (Applied, error) {
	data, err := store.ReadRegular(root, appliedPath, maxApplied)
	if errors.Is(err, fs.ErrNotExist) {
		return Applied{}, nil
	}
	var a Applied
	if err == nil {
		a, err = parseApplied(data)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w; bring it back from a backup, or move it away: then an old bundle is not noticed once", appliedPath, err)
	}
	return a, nil
}

type appliedFile struct {
	Format     int     `json:"format"`
	Ecosystems Applied `json:"ecosystems"`
}

func parseApplied(data []byte) (Applied, error) {
	f := appliedFile{}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("not what offmirror wrote: %w", err)
	}
	if f.Format != appliedFormat {
		return nil, fmt.Errorf("of format %d, and this offmirror knows %d only", f.Format, appliedFormat)
	}
	if again, err := f.Ecosystems.encode(); err != nil || !bytes.Equal(again, data) {
		return nil, errors.New("not what offmirror wrote")
	}
	for name, r := range f.Ecosystems {
		if r.Published.IsZero() || r.Snapshot == "" {
			return nil, fmt.Errorf("%.40q: says nothing", name)
		}
	}
	return f.Ecosystems, nil
}

func (a Applied) encode() ([]byte, error) {
	data, err := json.MarshalIndent(appliedFile{appliedFormat, a}, "", "  ")
	return append(data, '\n'), err
}

func (a Applied) save(root *os.Root) error {
	data, err := a.encode()
	if err != nil {
		return err
	}
	return layout.WriteFile(root, appliedPath, data, 0o644)
}

// replay returns an error if a bundle shows an ecosystem as it was before what was
// applied last.
func (a Applied) replay(name string, e bundle.Ecosystem) error {
	last, ok := a[e.Name]
	if !ok || !e.Published.Before(last.Published) || e.Snapshot == last.Snapshot {
		return nil
	}
	return &ReplayError{Ecosystem: e.Name, Bundle: name, Published: e.Published, Last: last}
}

// take remembers what a bundle brought and reports whether that is news. With back, an older
// snapshot was asked for.
func (a Applied) take(name string, e bundle.Ecosystem) bool {
	last, ok := a[e.Name]
	fresh := Record{Bundle: name, Snapshot: e.Snapshot, Published: e.Published, Checked: e.Checked}
	if ok && last.Snapshot == e.Snapshot && !e.Published.After(last.Published) && !e.Checked.After(last.Checked) {
		return false
	}
	a[e.Name] = fresh
	return last != fresh
}
