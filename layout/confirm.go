package layout

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
)

// Confirmation says that a snapshot was all that upstream had at some time. A
// mirror whose upstream does not change is fresh all the same; one that nothing
// confirms any more is frozen.
type Confirmation struct {
	Snapshot string
	Time     time.Time // UTC, whole seconds; zero: nothing was ever confirmed
}

// Confirmed returns the last confirmation. The snapshot may be one that has been
// rolled back from, or forgotten.
func (h *History) Confirmed() (Confirmation, error) {
	data, err := store.ReadRegular(h.root, h.confirmedPath(), 4096)
	if errors.Is(err, fs.ErrNotExist) {
		return Confirmation{}, nil
	}
	var c Confirmation
	if err == nil {
		id, at, _ := strings.Cut(strings.TrimSuffix(string(data), "\n"), " ")
		if c.Time, err = time.Parse(time.RFC3339, at); err == nil && !validSnapshotID(id) {
			err = errors.New("want SNAPSHOT TIME")
		}
		c.Snapshot = id
	}
	if err != nil {
		return Confirmation{}, fmt.Errorf("%s: %w; the next sync or bundle writes it anew", h.confirmedPath(), err)
	}
	return c, nil
}

// slack is what clocks are set right by without anybody noticing.
const slack = time.Minute

// Confirm records that the snapshot with this id was all that upstream had at a time.
//
// Bundles are told apart by these times, in whole seconds. So another snapshot than
// the one before gets a later time, and the same one no earlier time, if only little is missing: when
// both are of one second, or the clock was put back a little. A clock that was wrong
// by more than a minute is left for people to see.
func (h *History) Confirm(id string, at time.Time) error {
	if !validSnapshotID(id) {
		return fmt.Errorf("confirm: %.40q is no id of a snapshot", id)
	}
	at = at.Truncate(time.Second)
	before, err := h.Confirmed() // an unreadable one is written anew
	if ahead := before.Time.Sub(at); err == nil && ahead >= 0 && ahead < slack {
		at = before.Time
		if before.Snapshot != id {
			at = at.Add(time.Second)
		}
	}
	if err := makeFolder(h.root, "state/confirmed"); err != nil {
		return err
	}
	return writeText(h.root, h.confirmedPath(), id+" "+at.UTC().Format(time.RFC3339)+"\n")
}

func (h *History) confirmedPath() string { return "state/confirmed/" + h.ecosystem }
