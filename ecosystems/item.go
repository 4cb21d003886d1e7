package ecosystems

import (
	"context"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// Item is one thing that the next snapshot must hold: a path in the native tree,
// where to get it, and how to prove it.
type Item struct {
	Path   string       // in the native tree; checked with [layout.CheckPath] before any use
	Stage  layout.Stage // when readers may see it
	Source Source       // where its bytes come from
	Size   int64        // expected bytes for plan; 0 when the index does not tell
	Name   string       // what messages call it: "plug 1.15.3"
	Reason string       // why it is wanted: shown by plan

	// What plan sums up by; empty where it does not apply.
	Package  string // the package it belongs to
	Platform string // the platform it is for

	// Optional items may be absent upstream without anything being missing.
	Optional bool
}

// Source is where an item's bytes come from: [Download], [Prepared], [Have], [Made],
// [Link], [Withdrawn] or [Failed].
type Source interface{ source() }

// Download is bytes to be fetched, unless the store holds them.
type Download struct{ fetch.Request }

// Have is an object that is in the store already: an index that the driver read
// while planning, or an entry carried over from the previous snapshot.
type Have struct{ fetch.Object }

// Made is bytes that the driver made itself.
type Made struct{ Bytes []byte }

// Prepared is an object that takes more than a request to come by: a tarball
// written from git objects, an archive in another compression, a download with
// another one to fall back on.
type Prepared struct {
	// Make comes by the object. It runs beside the driver, with others, at most
	// once for each item, and not at all while only planning. Its errors are those
	// of a download.
	Make func(ctx context.Context, w Workshop) (fetch.Object, error)

	// First is the request that Make begins with, if there is one: it tells plan
	// where the bytes come from, how many they are, and whether they are here.
	First fetch.Request

	// From is, for the plan too, where Make looks in order if that is not by requests: the
	// URLs of a git repository. They are shown without credentials.
	From []string
}

// Link is no bytes but a symbolic link to another path of the tree, a file or a
// folder, in the form that [layout.CheckLink] wants. One whose target failed to
// arrive is left out of the snapshot with it; one that leads to nothing that any
// item told of is a failure.
type Link struct {
	Target string // relative, seen from the folder of the item
}

// Withdrawn takes back an earlier item of the same path: it is not part of the
// snapshot, and its failure, if it failed, does not count.
type Withdrawn struct{}

// Failed is an item that belongs in the snapshot but cannot be had, as the driver
// found out while planning: a locked version that upstream no longer lists, an
// index that never arrived. It counts like a download that failed with Err, so
// errors.Is(Err, fetch.ErrAbsent) decides whether it is absent for good.
type Failed struct{ Err error }

func (Download) source()  {}
func (Prepared) source()  {}
func (Have) source()      {}
func (Made) source()      {}
func (Link) source()      {}
func (Withdrawn) source() {}
func (Failed) source()    {}
