package ecosystems

import (
	"context"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// Puller is a Driver that knows where to get what clients ask for and a snapshot lacks.
type Puller interface {
	// Puller returns what finds such files. It is called once for each snapshot that is served, and
	// asks nobody.
	Puller(in PullInput) PullFunc
}

// PullFunc says how the file at a native path is come by, or false if the path is none that upstream
// could have. It looks at the path alone, asks nobody, and may be called by many goroutines.
type PullFunc func(path string) (Pull, bool)

// PullInput is what a [Puller] may know and use.
type PullInput struct {
	// View is the snapshot, with what was pulled since.
	View    layout.View
	State   State // of the run that made the snapshot; to be read only
	Secrets Secrets
}

// Pull is one file that a snapshot may lack.
type Pull struct {
	ContentType string // of the answer; empty: application/octet-stream

	// Allowed says why there is no such file as far as the snapshot and the configuration tell: an error
	// that matches fetch.ErrAbsent. It asks nobody. What was pulled is not served any more either when it is not
	// allowed. Nil: it is.
	Allowed func() error

	// Get comes by the file, proven as if a sync had fetched it. It tells f of the bytes of the file
	// itself, by [fetch.Request.Follow], and of nothing else; it need not. An error that matches
	// fetch.ErrAbsent says that there is no such file, as Allowed does of every name that neither the snapshot
	// nor an identity in the path vouches for: nobody is asked about those.
	Get func(ctx context.Context, w Workshop, f fetch.Follower) (fetch.Object, error)
}

// PulledObject returns what was pulled for a path and waits to become part of a snapshot.
func (in Input) PulledObject(path string) (fetch.Object, bool) {
	i, ok := slices.BinarySearchFunc(in.Pulled, path, func(e layout.Entry, path string) int { return strings.Compare(e.Path, path) })
	if !ok || in.Pulled[i].Object == (store.ID{}) {
		return fetch.Object{}, false
	}
	return fetch.Object{ID: in.Pulled[i].Object, Size: in.Pulled[i].Size}, true
}
