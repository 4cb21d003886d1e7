// Package ecosystems defines what a package ecosystem is to offmirror.
//
// A [Driver] reads upstream indexes and yields the [Item]s of the next
// snapshot. It never writes into a tree, never decides about retries,
// concurrency or resume, and never knows how objects are kept: that is the
// business of the packages fetch and layout, brought together by
// ecosystems/mirror. So the same list serves plan, sync and verify.
//
// An [Ecosystem] is the plain value that makes a driver known; the list of them
// is in ecosystems/all, and every driver must pass ecosystems/ecosystemtest.
package ecosystems

import (
	"context"
	"errors"
	"iter"
	"net/http"

	"github.com/offmirror/offmirror/layout"
)

// Driver mirrors one ecosystem as its options say.
type Driver interface {
	// Plan yields the items of the next snapshot, content before the indexes
	// that name it. It ends early, with [ErrUnchanged], when the current
	// snapshot is still exact. Any other error ends the run: nothing is
	// published. Items and their order depend only on upstream, options and in.
	Plan(ctx context.Context, in Input) iter.Seq2[Item, error]

	// Serve returns what the ecosystem's clients expect at their base URL. It
	// never dials out.
	Serve(view layout.View) http.Handler

	// Clients says how to point real clients at a mirror that is served at
	// baseURL, which has no trailing slash.
	Clients(baseURL string) []ClientSetup
}

// Prover is a Driver that can prove a published snapshot by the ecosystem's own
// identities (signatures, checksums inside indexes, tree hashes).
type Prover interface {
	// Prove yields the native path of each file that fails its proof, and why.
	// It reads objects through view only and is given objects whose SHA-256
	// has been checked.
	Prove(ctx context.Context, view layout.View) iter.Seq2[string, error]
}

// Remarker is a Driver that has something to say of a mirror when people ask how it stands.
type Remarker interface {
	// Remarks returns, in any order, what a person should know of the current
	// snapshot, from it and from what the driver remembers. It asks nobody.
	Remarks(view layout.View, memory State) ([]Notice, error)
}

// ErrUnchanged is yielded by [Driver.Plan] when the upstream is as it was at the
// current snapshot and so are the options.
var ErrUnchanged = errors.New("unchanged since the current snapshot")

// ClientSetup says how to point one client program at a mirror.
type ClientSetup struct {
	Client string // "mix (Elixir, with Hex)"
	Steps  []Step
}

// Step is one thing to do, ready to paste.
type Step struct {
	Text string // one line: what it does, or what is not possible and why
	File string // the file that Code belongs in; empty: a shell
	Code string // may be empty
}
