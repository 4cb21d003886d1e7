// Package salvage is where a mirror that lost objects gets them back from: another mirror on
// disk ([OpenRoot]), another mirror by HTTP ([NewSite]), or an old bundle ([OpenBundle]).
//
// A [Source] only offers bytes. Whoever takes them, a [Sink], believes none that have not the
// SHA-256 and the size of what is wanted, however long they take and wherever they end.
package salvage

import (
	"context"
	"errors"
	"io"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
)

// Place is where a snapshot has an object.
type Place struct {
	Snapshot string // its id
	Path     string // native path
}

// Wanted is an object that a mirror lost.
type Wanted struct {
	ID        store.ID
	Size      int64 // bytes
	Ecosystem string
	Places    []Place // some of those that need it, never none; the published snapshot first
}

// Sink takes bytes of one wanted object. It proves them by SHA-256 and size before they get
// the name of an object. Errors that are not the source's own, such as a full disk, match
// [ErrHere].
type Sink interface {
	// Copy takes what r has, and never reads further than the size of the object.
	Copy(ctx context.Context, r io.Reader) error

	// Request has the engine fetch; what is wanted is added to the request.
	Request(ctx context.Context, r fetch.Request) error
}

// ErrHere marks errors of the mirror that is being repaired: no other source will do better.
var ErrHere = errors.New("the mirror cannot take it")

// Source may have objects. It may be asked by many goroutines.
type Source interface {
	// Name is what people know it by, without credentials.
	Name() string

	// Fetch gives an object to sink. If the source does not have it the error
	// matches [fs.ErrNotExist].
	Fetch(ctx context.Context, w Wanted, sink Sink) error
}

// Lister is a Source that may have the lists of snapshots.
type Lister interface {
	Source

	// List opens the file of a snapshot. Nothing of it is proven. If the source does not
	// have it the error matches [fs.ErrNotExist].
	List(ctx context.Context, ecosystem, snapshot string) (io.ReadCloser, error)
}
