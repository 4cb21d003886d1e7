package fetch

import (
	"io"

	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/fetch/store"
)

// Request names bytes: what they are, and where they may be had.
//
// The candidates are tried in the order of [Engine]'s package comment until one delivers
// bytes that satisfy Want, Size and Proof.
type Request struct {
	URL     string   // the primary URL; names the request in messages
	Mirrors []string // further complete URLs for the same bytes, in order

	// Aliases are those of Mirrors that are primary URLs too, of somebody else for the same
	// bytes: their local mirrors come first as well, behind those of URL.
	Aliases []string

	Want    []digest.Digest // all of them must hold; with a SHA-256 among them the store may answer without a request
	Size    int64           // exact size in bytes if positive; 0 when not known beforehand
	MaxSize int64           // hard cap in bytes; 0 means the engine's default

	// Key names the bytes where no digest does: whatever satisfied the request once
	// is what the Key means from then on, and the store answers for it. The same Key
	// has to mean equally good bytes for ever, wherever they are from, such as
	// "julia artifact TREEHASH" with a Proof of that hash.
	Key string

	// Proof is the ecosystem's own proof, run after the digests hold and before
	// the bytes are durable or visible to anybody. It may read the object any
	// number of times and must not keep the reader. An error means wrong bytes:
	// the next candidate is tried.
	Proof func(body io.ReaderAt, size int64) error

	// Absent lists HTTP statuses that mean "does not exist here" beside 404 and
	// 410, for upstreams that hide missing objects behind, say, a 403.
	Absent []int

	// Tried, if not nil, is told what each candidate came to that was asked, in order:
	// with a nil Err, it delivered, or told [Engine.Size] that it would. It is called by the goroutine that asks, which for a
	// request that another one makes at the same time is that one's.
	Tried func(Attempt)

	// Follow, if not nil, sees the bytes as they arrive, before anything of them is proven.
	Follow Follower

	// Fresh asks caches on the way for a revalidated copy and sends no validators.
	Fresh bool
}

// Object is what a request came to: verified bytes, durable in the store.
type Object struct {
	ID   store.ID
	Size int64 // bytes
}

// Outcome says how an [Object] was come by.
type Outcome uint8

// The outcomes of a request.
const (
	Held        Outcome = iota // it was in the store; nothing was asked
	NotModified                // the upstream confirmed the copy in the store
	Fetched                    // it was transferred
)

// Result is the answer to a [Request].
type Result struct {
	Object
	Outcome     Outcome
	From        string // the URL that delivered or confirmed it, without credentials; empty when Held
	Transferred int64  // body bytes that crossed the network for it, failed attempts included
}
