package hexpm

import (
	"time"

	"github.com/offmirror/offmirror/fetch/store"
)

// state is the driver's memory of the run that made the current snapshot.
type state struct {
	Format       int                         `json:"format"`
	Fingerprint  string                      `json:"fingerprint"`
	Deep         time.Time                   `json:"deep"`         // the last sweep of every index
	Repositories map[string]*repositoryState `json:"repositories"` // by prefix
	Lists        map[string]store.ID         `json:"lists,omitempty"`
	Recheck      []string                    `json:"recheck,omitempty"` // installs and builds that were not whole, and are asked for again
}

// stateFormat changes whenever older states could mislead.
const stateFormat = 1

// repositoryState remembers one repository. The indexes are kept as upstream
// sent them: what changed since then is the difference to the next ones, and a
// filtered mirror has them nowhere else.
type repositoryState struct {
	Identity string `json:"identity"` // whose indexes they are, see [repository.identity]
	Names    index  `json:"names"`
	Versions index  `json:"versions"`

	Policies map[string]store.ID `json:"policies,omitempty"`

	// Unsettled packages changed according to an index while their own file did
	// not show it (yet), and since when. They are asked for again by each run.
	Unsettled map[string]time.Time `json:"unsettled,omitempty"`

	// Missing packages lack a tarball that they list, or their own file.
	Missing []string `json:"missing,omitempty"`

	// NoDocs are the versions, by package, that have no documentation.
	NoDocs map[string][]string `json:"no_docs,omitempty"`

	// Documents are upstream's own files of packages whose copy here is signed
	// anew.
	Documents map[string]store.ID `json:"documents,omitempty"`

	// Published are the indexes of the snapshot that this state belongs to.
	Published [2]store.ID `json:"published"`
}

// index is a names or versions file as upstream sent it.
type index struct {
	ID   store.ID `json:"id"`
	Data []byte   `json:"data"`
}

// grace is how long after a change its traces may still arrive: a new package
// can be replaced or withdrawn for a day, and caches may hold an hour more.
const grace = 25 * time.Hour

// settledBy reports whether waiting for a package any longer is pointless.
func settledBy(since, now time.Time) bool { return now.Sub(since) > grace }
