package receipt

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/offmirror/offmirror/layout/bundle/trust"
)

// MaxSize is the size in bytes that a receipt may have: what a QR code holds at its lowest
// level of redundancy, and some.
const MaxSize = 2900

// Receipt is what a site holds. Every snapshot that it names was whole when it was made.
type Receipt struct {
	Site       string       `json:"site"` // accepted by [CheckSite]
	Time       time.Time    `json:"time"` // when it was made by the site's clock: UTC, whole seconds
	Key        trust.Public `json:"key"`  // that signed it
	Bundle     string       `json:"bundle,omitempty"`
	Ecosystems []Holding    `json:"ecosystems"`        // sorted by name
	Dropped    int          `json:"dropped,omitempty"` // kept snapshots that had no place, the oldest ones
}

// Holding is what a site holds of an ecosystem.
type Holding struct {
	Name      string    `json:"name"`
	Confirmed time.Time `json:"confirmed,omitzero"` // when something last was all that upstream had; zero: never
	Current   string    `json:"current,omitempty"`  // id of the published snapshot
	Kept      []string  `json:"kept,omitempty"`     // ids of the others, newest first
}

// Holds reports whether the site holds a snapshot.
func (r *Receipt) Holds(ecosystem, snapshot string) bool {
	return slices.Contains(r.Snapshots(ecosystem), snapshot)
}

// Snapshots returns the ids of the snapshots of an ecosystem that the site holds, the
// published one first. There may be none.
func (r *Receipt) Snapshots(ecosystem string) []string {
	i, ok := slices.BinarySearchFunc(r.Ecosystems, ecosystem, func(h Holding, name string) int { return cmp.Compare(h.Name, name) })
	if !ok {
		return nil
	}
	var ids []string
	if h := r.Ecosystems[i]; h.Current != "" {
		ids = append(ids, h.Current)
	}
	return append(ids, r.Ecosystems[i].Kept...)
}

// CheckSite says whether a text may be the name of a site: 1 to 64 letters, digits, hyphens,
// underscores and dots of ASCII, a letter or digit first.
func CheckSite(name string) error {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
	if name == "" || len(name) > 64 || strings.Trim(name, allowed) != "" || strings.IndexByte("-_.", name[0]) >= 0 {
		return fmt.Errorf("site %.80q: want 1 to 64 letters, digits, hyphens, underscores and dots, a letter or digit first", name)
	}
	return nil
}

// SiteFor makes the name of a site from that of a host: what a site cannot have in its name
// becomes a hyphen. From nothing it makes "mirror".
func SiteFor(host string) string {
	name := strings.Map(func(r rune) rune {
		if r < 0x80 && CheckSite("a"+string(r)) == nil {
			return r
		}
		return '-'
	}, host)
	name = strings.TrimLeft(name, "-_.")
	return cmp.Or(name[:min(len(name), 64)], "mirror")
}
