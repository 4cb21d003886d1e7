package ecosystems

import (
	"context"
	"io"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// Workshop makes objects. It may be used by many goroutines. Everything that it
// returns is durable in the store.
type Workshop interface {
	// Fetch gets an object, as a [Download] would.
	Fetch(ctx context.Context, r fetch.Request) (fetch.Object, error)

	// Held returns what Fetch would return without asking anybody.
	Held(r fetch.Request) (fetch.Object, bool)

	// Open opens an object of the store.
	Open(o fetch.Object) (layout.File, error)

	// Write makes an object of what write writes. With a key, which is as
	// [fetch.Request.Key], it does so only once: if the store still has what was
	// written under the key, that is returned and write is not called.
	//
	// An error of write is returned as it is, and nothing is kept.
	Write(ctx context.Context, key string, write func(w io.Writer) error) (fetch.Object, error)

	// Spool returns an empty temporary file on the mirror's file system. It is gone
	// when it is closed.
	Spool() (Spool, error)
}

// Spool is a temporary file. Reading is for any number of goroutines, but not
// beside writing.
type Spool interface {
	io.Writer
	io.ReaderAt
	io.Closer
}

// Repositories keeps git repositories, see [gitrepo.Store]. It may be used by many
// goroutines.
type Repositories interface {
	// Update brings a repository up to date. Without candidates it is looked for
	// where the engine would look for a download: local mirrors first, preferred
	// hosts in front.
	Update(ctx context.Context, src gitrepo.Source) (*gitrepo.Repo, gitrepo.Update, error)

	// Candidates returns where the repository of a URL with further mirrors is to be
	// looked for, in order.
	Candidates(url string, mirrors []string) []string

	// Probe asks whether there is a repository at a URL. The errors are those of an update
	// from there alone.
	Probe(ctx context.Context, url string) error

	// Open returns a repository as it is, without asking anybody.
	Open(url string) (*gitrepo.Repo, error)
}
