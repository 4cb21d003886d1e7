package ecosystems

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"time"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// Input is what a driver may know and use while it plans.
type Input struct {
	Previous  layout.View // the current snapshot; nil before the first. Loaded when first used
	Upstream  Upstream
	State     State
	Secrets   Secrets
	Now       time.Time // the time of the run; drivers never ask the clock
	Selection Selection

	// Pulled is what clients have asked a server of this mirror for and the mirror lacked, sorted by
	// path: wanted as if it had been selected. It was proven when it came; an entry without an object is lost since.
	Pulled []layout.Entry

	// Dir is the absolute path of the folder in which the tree is published, for what
	// has to name itself.
	Dir string

	// Planning is set if nothing of what is yielded will be fetched or made: the
	// run only wants to know.
	Planning bool

	// Workshop makes objects that the driver itself has to read.
	Workshop Workshop

	// Git returns the mirror's git repositories, to be used with these settings of
	// git in each call. An error says that there is no git here.
	Git func(ctx context.Context, config map[string]string) (Repositories, error)

	// Record notes in the snapshot that will come of this run what upstream said it
	// was, as JSON. The last call counts.
	Record func(v any) error

	// Kept returns what was recorded in the snapshots that the mirror keeps, the
	// current one included, oldest first.
	Kept func() ([]json.RawMessage, error)

	// Settle waits until everything yielded so far has arrived or failed, and
	// returns what failed since the last call. The driver may then yield other
	// items for the same paths, withdraw them, or leave them failed. While only
	// planning nothing is downloaded, so nothing fails.
	Settle func(ctx context.Context) ([]Failure, error)

	// Notice reports something that a person should know and that stops nothing.
	Notice func(Notice)

	// Expect says, as soon as the driver knows it, how much content the run will
	// come to. An error means that there is no room for it; the driver yields it.
	Expect func(Expectation) error
}

// Expectation is how much a run will fetch.
type Expectation struct {
	Files     int
	Bytes     int64
	Estimated bool   // Bytes is a guess from typical sizes
	Instead   string // what could be selected to need less: "versions = \"latest:3\""
}

// Selection holds the switches of one run, as opposed to options of the mirror.
type Selection struct {
	Deep          bool // ask for every index again, conditionally; a sync also looks for what is published but lost
	AllowShrink   bool // accept an index that lost suspiciously much
	AllowRollback bool // accept an index older than the last one seen
	AllowPartial  bool // the run will publish although items failed
}

// Upstream gives drivers their indexes. Retries, order of candidates and
// concurrency are the engine's business.
type Upstream interface {
	// Document returns the current bytes of a mutable file. The engine sends
	// the validators that it remembers; bytes that are still current come from
	// the store. The request's Proof is applied to bytes that arrive; bytes that
	// are still current satisfied the Proof of the run that fetched them.
	Document(ctx context.Context, r fetch.Request) (Document, error)

	// Documents asks for many in parallel and yields them as they arrive, not
	// in order; Document.Index says which request each one answers. An error
	// concerns that document only.
	Documents(ctx context.Context, rs []fetch.Request) iter.Seq2[Document, error]

	// Size asks how many bytes a request would bring, without fetching them;
	// [fetch.UnknownSize] if upstream does not tell. The errors are those of a download.
	Size(ctx context.Context, r fetch.Request) (int64, error)
}

// Document is an index as it stands upstream.
type Document struct {
	fetch.Result
	Index int    // of the request, for Documents
	Data  []byte // its bytes; the driver may keep but not change them
}

// State is a driver's own memory between runs. What is saved becomes lasting
// only when the run ends well.
type State interface {
	Load(v any) (found bool, err error) // decodes JSON into v
	Save(v any) error
}

// Secrets keeps key files of the mirror, readable by its owner only and never
// part of a snapshot.
type Secrets interface {
	// LoadOrCreate returns the secret called name, which create makes if the
	// mirror has none.
	LoadOrCreate(name string, create func() ([]byte, error)) ([]byte, error)
}

// Failure is an item that could not be had.
type Failure struct {
	Item Item
	Err  error // errors.Is(Err, fetch.ErrAbsent): absent for good; otherwise failed for now
}

// Absent reports whether the item is absent for good.
func (f Failure) Absent() bool { return errors.Is(f.Err, fetch.ErrAbsent) }

// KeptOld is the kind of notices about something whose new state failed to
// arrive, so that a partial run goes on showing what the mirror had.
const KeptOld = "kept-old"

// UnknownYet is the kind of notices about what a plan cannot know before a sync has
// fetched something.
const UnknownYet = "unknown-yet"

// Notice is a remark for people and reports.
type Notice struct {
	Kind string `json:"kind"`           // a stable word for scripts: "lock-mismatch", "out-of-scope", "withdrawn", …
	Path string `json:"path,omitempty"` // native path or file concerned; may be empty
	Text string `json:"text"`           // one line
}
