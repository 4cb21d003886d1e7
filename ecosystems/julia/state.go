package julia

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

// state is the driver's memory of the run that made the current snapshot.
type state struct {
	Format      int                         `json:"format"`
	Fingerprint string                      `json:"fingerprint"`
	Learning    string                      `json:"learning"`
	Partial     bool                        `json:"partial,omitempty"` // it lacked what upstream may still have
	Lists       map[pkgserver.Flavor]string `json:"lists,omitempty"`   // where the server has its lists
	Deep        time.Time                   `json:"deep"`              // when what is absent was last asked for
	Registries  []registryState             `json:"registries"`
	Artifacts   map[string]trees            `json:"artifacts,omitempty"` // of each package that has any, by its tree
	Without     []treehash.Hash             `json:"without,omitempty"`   // packages without artifacts, sorted
	Absent      map[string]string           `json:"absent,omitempty"`    // what upstream does not have, by path, and what it said

	// Denials serve who pulls; nil if nothing is denied.
	Denials *denials `json:"denials,omitempty"`

	// Parts is the memory of other parts of the plan, by their names.
	Parts map[string]json.RawMessage `json:"parts,omitempty"`
}

// stateFormat changes whenever older states could mislead.
const stateFormat = 1

// registryState is a registry as it was.
type registryState struct {
	Origin    string          `json:"origin"` // "server conservative" or "git URL"
	UUID      uuid.UUID       `json:"uuid"`
	Name      string          `json:"name"`
	Tree      treehash.Hash   `json:"tree"`     // upstream's
	Versions  int             `json:"versions"` // that upstream's lists
	Seen      []treehash.Hash `json:"seen"`     // earlier trees, the latest last
	Published treehash.Hash   `json:"published"`
}

// maxSeen bounds how many earlier states of a registry are remembered. They serve
// to notice that a server went back in time, by hours or days.
const maxSeen = 256

// trees are the artifacts that a mirror wants of one package; lazy ones, which
// clients can do without for a while, are marked.
type trees []wantedTree

type wantedTree struct {
	Tree    treehash.Hash `json:"tree"`
	Lazy    bool          `json:"lazy,omitempty"`
	Machine string        `json:"machine,omitempty"` // the kind that it is for
}

// registry finds what is remembered of a registry.
func (s *state) registry(origin string, id uuid.UUID) *registryState {
	if s == nil {
		return nil
	}
	for i, r := range s.Registries {
		if r.Origin == origin && (id.IsZero() || r.UUID == id) {
			return &s.Registries[i]
		}
	}
	return nil
}

// seen returns the trees to remember when a registry has moved on to another.
func (r *registryState) seenWith(tree treehash.Hash) []treehash.Hash {
	if r == nil {
		return nil
	}
	seen := slices.DeleteFunc(append(slices.Clone(r.Seen), r.Tree), func(h treehash.Hash) bool { return h == tree })
	return seen[max(0, len(seen)-maxSeen):]
}

// without reports whether a package was found to have no artifacts.
func (s *state) without(tree treehash.Hash) bool {
	_, found := slices.BinarySearchFunc(s.Without, tree, compareHashes)
	return found
}

func compareHashes(a, b treehash.Hash) int { return bytes.Compare(a[:], b[:]) }
