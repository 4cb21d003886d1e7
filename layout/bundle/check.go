package bundle

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

const (
	// MinVolumeSize is the smallest size that volumes may be limited to, in bytes.
	MinVolumeSize = 64 << 10
	// Block is what every offset in a volume is a multiple of, in bytes.
	Block = 512

	maxEcosystems = 64
	maxBases      = 1024
	maxRotations  = 64
	maxObjects    = 1 << 40
)

func (m *Manifest) check() error {
	switch {
	case m.Format != Format:
		return fmt.Errorf("unknown format %d", m.Format)
	case !wholeSecond(m.Created):
		return errors.New("created: not a time in whole seconds UTC")
	case m.VolumeSize < MinVolumeSize:
		return fmt.Errorf("volume size %d is below %d", m.VolumeSize, MinVolumeSize)
	case len(m.Ecosystems) == 0 || len(m.Ecosystems) > maxEcosystems:
		return fmt.Errorf("%d ecosystems", len(m.Ecosystems))
	case len(m.Volumes) == 0 || len(m.Volumes) > MaxVolumes:
		return fmt.Errorf("%d volumes", len(m.Volumes))
	case m.Objects < 0 || m.Objects > maxObjects || m.Bytes < 0:
		return errors.New("impossible counts of objects")
	case len(m.Rotations) > maxRotations:
		return fmt.Errorf("%d rotations of keys", len(m.Rotations))
	}
	newest := time.Time{}
	for i, e := range m.Ecosystems {
		if err := e.check(); err != nil {
			return fmt.Errorf("ecosystem %.40q: %w", e.Name, err)
		}
		if i > 0 && m.Ecosystems[i-1].Name >= e.Name {
			return errors.New("ecosystems are not sorted")
		}
		if e.Published.After(newest) {
			newest = e.Published
		}
	}
	if !newest.Equal(m.Created) {
		return errors.New("created: not the newest of its ecosystems")
	}
	if !namePattern.MatchString(m.Name) || m.Name != m.DeriveName() {
		return errors.New("its name does not follow from its content: it was changed or damaged on its way, bring it again")
	}
	for i, v := range m.Volumes {
		if v.Size <= 0 || v.Size >= m.VolumeSize || v.Size%Block != 0 ||
			v.Index.Offset < 0 || v.Index.Offset%Block != 0 || v.Index.Size <= 0 || v.Index.Size > v.Size || v.Index.Offset > v.Size-v.Index.Size {
			return fmt.Errorf("volume %d: impossible size or place of its index", i+1)
		}
	}
	return m.checkSplits()
}

func (m *Manifest) checkSplits() error {
	after := 1 // the first volume that the next one may begin in
	for _, s := range m.Splits {
		// The last piece of one and the first of the next may share a volume.
		if s.First < after || len(s.Pieces) < 2 || s.First+len(s.Pieces)-1 > len(m.Volumes) {
			return fmt.Errorf("object %s: impossible pieces", s.SHA256)
		}
		after = s.First + len(s.Pieces) - 1
		rest := s.Size
		for _, p := range s.Pieces {
			if p.Size <= 0 || p.Size >= m.VolumeSize || p.Size > rest {
				return fmt.Errorf("object %s: impossible pieces", s.SHA256)
			}
			rest -= p.Size
		}
		if rest != 0 {
			return fmt.Errorf("object %s: its pieces are not all of it", s.SHA256)
		}
	}
	return nil
}

func (e *Ecosystem) check() error {
	switch {
	case e.Name == "" || len(e.Name) > 40 || strings.Trim(e.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		return errors.New("bad name")
	case !snapshotID(e.Snapshot):
		return fmt.Errorf("bad snapshot id %.40q", e.Snapshot)
	case !wholeSecond(e.Time) || !wholeSecond(e.Published) || !wholeSecond(e.Checked):
		return errors.New("a time that is not in whole seconds UTC")
	case e.Files < 0 || e.Bytes < 0 || e.List.Size <= 0 || e.List.SHA256.IsZero():
		return errors.New("impossible counts")
	case len(e.Base) > maxBases:
		return fmt.Errorf("%d bases", len(e.Base))
	}
	for i, id := range e.Base {
		if !snapshotID(id) {
			return fmt.Errorf("bad snapshot id %.40q", id)
		}
		if i > 0 && e.Base[i-1] >= id {
			return errors.New("bases are not sorted")
		}
	}
	return nil
}

// snapshotID reports whether s has the form of a snapshot's id.
func snapshotID(s string) bool { return len(s) == 32 && strings.Trim(s, "0123456789abcdef") == "" }

func wholeSecond(t time.Time) bool {
	return t.Equal(t.Truncate(time.Second)) && t.Location() == time.UTC && t.Unix() > 0 && t.Unix() < math.MaxUint32*16 && t.Year() <= 9999
}
