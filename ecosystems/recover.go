package ecosystems

import (
	"context"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// Recoverer is a Driver that knows where a file of a snapshot came from without planning, which
// helps with what no plan names any more.
type Recoverer interface {
	// Recover returns, for each of the entries, where upstream may still have its bytes. A
	// request without a URL says that nobody knows. Digests and proofs are not needed:
	// whoever asks knows the SHA-256. Parts of view may be missing.
	Recover(ctx context.Context, view layout.View, entries []layout.Entry) []fetch.Request
}
