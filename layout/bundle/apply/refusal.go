package apply

import (
	"fmt"
	"strings"
	"time"

	"github.com/offmirror/offmirror/layout/bundle/read"
)

// ReplayError says that a bundle would lead an ecosystem back in time.
type ReplayError struct {
	Ecosystem string
	Bundle    string // that is refused
	Published time.Time
	Last      Record // what was applied last
}

func (e *ReplayError) Error() string {
	return fmt.Sprintf("%s: bundle %s shows %s as of %s, and %s of %s was applied already; apply the newest bundle; "+
		"if the clock of the sender was wrong then, or you want to go back, add --allow-rollback",
		e.Ecosystem, e.Bundle, e.Ecosystem, e.Published.Format(time.RFC3339), e.Last.Bundle, e.Last.Published.Format(time.RFC3339))
}

// BaseError says that a bundle leaves out objects which this mirror lacks.
type BaseError struct {
	Ecosystem string
	Bundle    string
	Base      []string // ids of the snapshots that the bundle was made against
	Lacking   []string // those of them that this mirror does not keep
	Files     int64    // of the new snapshot that are neither here nor in the bundle
	Path      string   // of the first of them
}

func (e *BaseError) Error() string {
	what := fmt.Sprintf("%s: %d of the files of bundle %s are neither in the mirror nor in the bundle, first %s", e.Ecosystem, e.Files, e.Bundle, e.Path)
	switch {
	case len(e.Lacking) > 0:
		return what + ": " + LackingBase(e.Lacking)
	case len(e.Base) > 0:
		return fmt.Sprintf("%s, although the mirror has its base, snapshot %s: run offmirror verify here; "+
			"a full bundle (bundle create --full) brings everything", what, some(e.Base))
	}
	return what + ": it was made wrong; have it made again"
}

// LackingBase says what to do about a bundle whose base is not here: snapshots of these ids.
func LackingBase(ids []string) string {
	return fmt.Sprintf("it was made for a mirror that has snapshot %s; apply the bundle that brings that one first, "+
		"or run offmirror receipt here and bundle create --receipt there, or have a full one made (bundle create --full)", some(ids))
}

func some(ids []string) string {
	if len(ids) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(ids[:3], ", "), len(ids)-3)
	}
	return strings.Join(ids, ", ")
}

// maxNamed is how many volumes a message names by a flag each.
const maxNamed = 8

// DamageError says that something in the volumes is not what the manifest says.
// What was whole is in the store.
type DamageError struct {
	Bundle string
	Damage []read.Damage // sorted by volume
}

func (e *DamageError) Error() string {
	volumes := e.Volumes()
	more := ""
	if len(e.Damage) > 1 {
		more = fmt.Sprintf(" (and %d more)", len(e.Damage)-1)
	}
	var flags strings.Builder
	for i, n := range volumes {
		if i == maxNamed {
			flags.WriteString(" …")
			break
		}
		fmt.Fprintf(&flags, " --volume %d", n)
	}
	return fmt.Sprintf("%v%s; nothing was published, and what is whole was kept: copy volume %s once more, or have it made again with "+
		"bundle create --remake %s%s, and apply again", e.Damage[0].Error(), more, numbers(volumes), e.Bundle, flags.String())
}

// Volumes returns the numbers of the volumes that are to be made again.
func (e *DamageError) Volumes() []int {
	var volumes []int
	for _, d := range e.Damage {
		if len(volumes) == 0 || volumes[len(volumes)-1] != d.Volume {
			volumes = append(volumes, d.Volume)
		}
	}
	return volumes
}

// IncompleteError says that volumes are to be brought before anything can be
// published. What is here was kept.
type IncompleteError struct {
	Bundle  string
	Volumes []int // sorted
	Of      int
}

func (e *IncompleteError) Error() string {
	return fmt.Sprintf("bundle %s: bring volume %s of %d and apply again; what is here was kept, nothing was published", e.Bundle, numbers(e.Volumes), e.Of)
}

// numbers writes sorted numbers, neighbours as a range: 1, 3-5.
func numbers(sorted []int) string {
	var b strings.Builder
	for i := 0; i < len(sorted); {
		j := i
		for j+1 < len(sorted) && sorted[j+1] == sorted[j]+1 {
			j++
		}
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprint(&b, sorted[i])
		if j > i {
			fmt.Fprintf(&b, "-%d", sorted[j])
		}
		i = j + 1
	}
	return b.String()
}

// RoomError says that what a bundle brings does not fit.
type RoomError struct {
	Need, Limit int64 // bytes
	Budget      bool  // the limit is what the configured one leaves

	// Otherwise the limit is what is free, less the reserve that stays so.
	Free, Reserve int64
}

func (e *RoomError) Error() string {
	if e.Budget {
		return fmt.Sprintf("the bundle brings %d bytes, and the budget leaves room for %d: raise [fetch] budget, or free some with offmirror gc", e.Need, e.Limit)
	}
	return fmt.Sprintf("the bundle brings %d bytes; %d are free, of which %d are kept free as a reserve: make room for %d more, with offmirror gc for instance",
		e.Need, e.Free, e.Reserve, e.Need-e.Limit)
}
