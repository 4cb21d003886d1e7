package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
)

// Format is the version of the form of bundles that this package knows.
const Format = 1

// MaxManifest is the size in bytes above which nothing is taken for a manifest.
const MaxManifest = 16 << 20

// Manifest says what a bundle is. All times are UTC and whole seconds.
type Manifest struct {
	Format     int         `json:"format"`
	Name       string      `json:"name"`        // see DeriveName
	Created    time.Time   `json:"created"`     // the newest Published of its ecosystems; no clock is asked
	VolumeSize int64       `json:"volume_size"` // bytes; every volume is smaller
	Ecosystems []Ecosystem `json:"ecosystems"`  // sorted by name
	Objects    int64       `json:"objects"`     // distinct objects carried, lists not counted
	Bytes      int64       `json:"bytes"`       // of those
	Splits     []Split     `json:"splits,omitempty"`
	Volumes    []Volume    `json:"volumes"`
	Rotations  []string    `json:"rotations,omitempty"` // statements that a key replaces another, oldest first; see package trust
}

// Ecosystem is one snapshot of a bundle.
type Ecosystem struct {
	Name      string    `json:"name"`
	Snapshot  string    `json:"snapshot"`       // id
	Time      time.Time `json:"time"`           // the snapshot's, for people
	Published time.Time `json:"published"`      // since when the sender shows it, or when it was last confirmed: never goes back
	Checked   time.Time `json:"checked"`        // when it was last known to be all that upstream has
	Files     int64     `json:"files"`          // in the whole snapshot
	Bytes     int64     `json:"bytes"`          // of those files
	List      Piece     `json:"list"`           // the snapshot's file, as it lies in the mirror
	Base      []string  `json:"base,omitempty"` // ids of snapshots whose objects the receiver has and the bundle lacks
}

// Piece is bytes known by their digest.
type Piece struct {
	SHA256 store.ID `json:"sha256"`
	Size   int64    `json:"size"`
}

// Split is an object or a list that is larger than a volume. Its pieces lie in
// consecutive volumes, one in each.
type Split struct {
	Piece
	First  int     `json:"first"` // number of the volume that has the first piece
	Pieces []Piece `json:"pieces"`
}

// Volume is one file of a bundle.
type Volume struct {
	SHA256 store.ID `json:"-"` // in a line of its own
	Size   int64    `json:"size"`
	Index  Index    `json:"index"`
}

// Index is where the index of a volume lies, and what it is.
type Index struct {
	Piece
	Offset int64 `json:"offset"`
}

const comment = "# "

// Encode returns the file of the manifest, which [Parse] accepts, or says what is
// wrong with the manifest.
func (m *Manifest) Encode() ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("manifest of bundle %s: %w", m.Name, err)
	}
	text, err := json.MarshalIndent(m, comment, "  ")
	if err != nil {
		return nil, fmt.Errorf("manifest of bundle %s: %w", m.Name, err)
	}
	b := append([]byte(comment), text...)
	b = append(b, '\n')
	for i, v := range m.Volumes {
		b = fmt.Appendf(b, "%s  %s\n", v.SHA256, VolumeFile(m.Name, i+1))
	}
	if len(b) > MaxManifest {
		return nil, fmt.Errorf("manifest of bundle %s: %d bytes, more than %d; make larger volumes", m.Name, len(b), MaxManifest)
	}
	return b, nil
}

// Parse reads the file of a manifest, which may come from anybody. It accepts what
// [Manifest.Encode] returns and nothing else.
func Parse(file []byte) (*Manifest, error) {
	if len(file) > MaxManifest {
		return nil, fmt.Errorf("manifest: larger than %d bytes", MaxManifest)
	}
	var text []byte
	var sums []store.ID
	for line := range bytes.Lines(file) {
		if rest, ok := bytes.CutPrefix(line, []byte(comment)); ok && sums == nil {
			text = append(text, rest...)
			continue
		}
		digits, _, _ := bytes.Cut(line, []byte("  "))
		id, err := store.ParseID(string(digits))
		if err != nil {
			return nil, fmt.Errorf("manifest: line %.100q: %w", line, err)
		}
		if sums = append(sums, id); len(sums) > MaxVolumes {
			return nil, fmt.Errorf("manifest: more than %d volumes", MaxVolumes)
		}
	}
	m := &Manifest{}
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	if m.Format > Format {
		return nil, fmt.Errorf("manifest: format %d is newer than this offmirror knows (%d); use a newer one", m.Format, Format)
	}
	if len(sums) != len(m.Volumes) {
		return nil, fmt.Errorf("manifest: %d volumes, and digests of %d", len(m.Volumes), len(sums))
	}
	for i, id := range sums {
		m.Volumes[i].SHA256 = id
	}
	again, err := m.Encode()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, file) {
		return nil, errors.New("manifest: not as offmirror writes it; somebody has changed it")
	}
	return m, nil
}
