package layout

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Header says what a snapshot is and where it comes from. It is no part of the
// snapshot's identity, and it travels: it holds no secrets, and of files of the machine
// that made it their names, without the folders.
type Header struct {
	Format    int             `json:"format"`             // of the file; set when written
	ID        string          `json:"id"`                 // set when written
	Ecosystem string          `json:"ecosystem"`          // set when written
	Time      time.Time       `json:"time"`               // when its content was first complete
	Files     int64           `json:"files"`              // set when written
	Bytes     int64           `json:"bytes"`              // of all files; set when written
	Config    json.RawMessage `json:"config,omitempty"`   // what was asked for
	Upstream  json.RawMessage `json:"upstream,omitempty"` // what upstream said it was
	Missing   []Missing       `json:"missing,omitempty"`  // what should be here and is not; of very many the first ones
}

// Missing is an item that a snapshot lacks.
type Missing struct {
	Path   string `json:"path"`
	Name   string `json:"name,omitempty"` // "plug 1.15.3"
	Reason string `json:"reason"`         // one line
	Absent bool   `json:"absent"`         // for good; otherwise it failed for now
}

const (
	format         = 1
	maxHeader      = 64 << 20 // bytes of JSON
	maxCommas      = 2 << 20  // in it: bounds what it can be unpacked to
	maxMissing     = 100_000
	snapshotDigits = 32 // of an id
)

func parseHeader(line []byte) (Header, error) {
	var h Header
	if bytes.Count(line, []byte{','}) > maxCommas {
		return Header{}, fmt.Errorf("header: holds too many values")
	}
	if err := json.Unmarshal(line, &h); err != nil {
		return Header{}, fmt.Errorf("header: %w", err)
	}
	switch {
	case h.Format > format:
		return Header{}, fmt.Errorf("header: format %d is newer than this offmirror knows (%d); use a newer one", h.Format, format)
	case h.Format != format:
		return Header{}, fmt.Errorf("header: unknown format %d", h.Format)
	case !validEcosystem(h.Ecosystem):
		return Header{}, fmt.Errorf("header: bad ecosystem %.40q", h.Ecosystem)
	case !validSnapshotID(h.ID):
		return Header{}, fmt.Errorf("header: bad id %.40q", h.ID)
	case h.Files < 0 || h.Bytes < 0:
		return Header{}, fmt.Errorf("header: impossible counts")
	}
	return h, nil
}

func validSnapshotID(s string) bool { return len(s) == snapshotDigits && isLowerHex(s) }

func isLowerHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }

// validEcosystem accepts a name of small letters and digits that is no other
// folder of the mirror root.
func validEcosystem(s string) bool {
	if s == "" || len(s) > 40 || s == "store" || s == "snapshots" || s == "state" || reservedOnWindows(s) {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" && s[0] != '-'
}

// someMissing shortens a list that would make a header too large to be read again,
// by the number of items or by what their reasons quote from upstream.
func someMissing(all []Missing) []Missing {
	size, commas := maxHeader/2, maxCommas/2
	for i, m := range all {
		text, err := json.Marshal(m)
		size -= len(text) + 1
		commas -= bytes.Count(text, []byte{','}) + 1
		if i == maxMissing || err != nil || size < 0 || commas < 0 {
			return append(slices.Clip(all[:i]), Missing{Reason: fmt.Sprintf("and %d more", len(all)-i)})
		}
	}
	return all
}

// tellsTheSame reports whether two headers say the same of config, upstream and missing items.
func (h Header) tellsTheSame(other Header) bool {
	a, errA := json.Marshal([]any{h.Config, h.Upstream, h.Missing})
	b, errB := json.Marshal([]any{other.Config, other.Upstream, other.Missing})
	return errA == nil && errB == nil && bytes.Equal(a, b)
}
